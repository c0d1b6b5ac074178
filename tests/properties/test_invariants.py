"""Each invariant is one that can be broken: the tables are spoilt by hand, and the finding bears its name."""

from typing import Any

import asyncpg

from support.invariants import Book, Request, book_of, broken_invariants, look, moved_back, unfinished
from support.shop import Shop, open_shop
from support.talk import hear
from surereply.domain.identity import new_id

SPOILT = {
    "kept twice": (
        "kept once",
        "INSERT INTO message SELECT bucket, gen_random_uuid(), conversation_id, delivery_id, wamid, kind, text,"
        " content, sent_at, received_at, 'unknown', raw FROM message LIMIT 1",
    ),
    "a key without its message": ("kept once", "UPDATE inbound_key SET message_id = gen_random_uuid()"),
    "a message without its key": ("kept once", "DELETE FROM inbound_key"),
    "read by nobody": ("read once", "DELETE FROM unread"),
    "read twice": ("read once", "UPDATE turn SET message_ids = message_ids || (SELECT message_id FROM unread LIMIT 1)"),
    "no wake-up": ("read once", "DELETE FROM conversation_ticket"),
    "a turn that is not counted": ("one turn at a time", "UPDATE conversation SET state_version = state_version + 1"),
    "a version that fell": ("one turn at a time", "UPDATE conversation SET state_version = 0"),
    "two turns on one state": ("one turn at a time", "UPDATE turn SET state_version = 1"),
    "a reply without a key": ("one reply a reason", "DELETE FROM reply_key"),
    "a key met inside the fence": (
        "one reply a reason",
        "INSERT INTO collision SELECT bucket, id, conversation_id, outbound_dedupe_key, reply_type, NULL, cause, id,"
        " cause, turn_id, true, created_at FROM reply LIMIT 1",
    ),
    "marked again because time passed": ("written down first", "UPDATE reply SET attempt = attempt + 1"),
    "not marked": ("written down first", "UPDATE reply SET attempt = 0, status = 'FAILED', failed_at = sent_at"),
    "accepted, and owed all the same": ("written down first", "UPDATE reply SET status = 'PENDING'"),
    "sent past the window": (
        "looked at again",
        "UPDATE reply r SET sending_at = c.window_from + INTERVAL '24 hours' FROM conversation c WHERE true",
    ),
    "in doubt and nowhere listed": ("no reply vanishes", "UPDATE reply SET status = 'UNKNOWN'"),
    "failed and nowhere listed": ("no reply vanishes", "UPDATE reply SET status = 'FAILED', failed_at = sent_at"),
    "a fact forgotten": ("facts only grow", "UPDATE lead SET fields = '{}'"),
    "a fact without a source": ("facts only grow", "DELETE FROM lead_change"),
    "a fact overwritten unseen": (
        "facts only grow",
        "UPDATE lead SET fields = jsonb_set(fields, '{service,confidence}', '0.1')",
    ),
    "a question too many": ("questions counted once", "UPDATE conversation SET questions_asked_count = 6"),
    "a question counted twice": (
        "questions counted once",
        "UPDATE turn SET state_after = jsonb_set(state_after, '{questions_asked_count}', '3')",
    ),
    "a report undone": ("forward only", "UPDATE reply SET reported = NULL"),
    "a window opened by a false clock": (
        "forward only",
        "UPDATE conversation SET window_from = window_from + INTERVAL '1 day'",
    ),
    "a ticket of nothing": (
        "history is free",
        "INSERT INTO conversation_ticket (bucket, conversation_id, line_id, first_unread_at, unread_due_at)"
        " SELECT bucket, gen_random_uuid(), line_id, created_at, created_at FROM conversation",
    ),
}


async def _a_day(shop: Shop) -> None:
    """Something of everything: read and unread messages, sends that were reported, facts and questions."""
    phone = shop.phone()
    for text in ("Hello, I need a family visa", "I am employed"):
        phone.says(text)
        await shop.settle()
    await hear(shop, phone, "My name is Omar Haddad")


async def test_tables_that_are_spoilt_are_found_by_the_invariant_that_says_so(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await _a_day(shop)
        witness = await asyncpg.connect(database_url)
        book = book_of(shop.world.meta.book, shop.world.graph.ledger)
        sound = await broken_invariants(witness.fetch, book)
        unseen = [how for how, (name, sql) in SPOILT.items() if not await _is_found(witness, book, name, sql)]
        await witness.close()

        assert sound == []
        assert unseen == []


async def _is_found(witness: "asyncpg.Connection[Any]", book: Book, invariant: str, sql: str) -> bool:
    """And taken back."""
    transaction = witness.transaction()
    await transaction.start()
    await witness.execute(sql)
    findings = await broken_invariants(witness.fetch, book)
    await transaction.rollback()
    return any(finding.startswith(f"{invariant}: ") for finding in findings)


async def test_what_was_answered_and_accepted_is_compared_with_the_tables(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await _a_day(shop)
        sent = book_of((), shop.world.graph.ledger).requests[0]
        twice = Book(requests=[sent, sent])
        unmarked = Book(requests=[Request(new_id(shop.clock()), 1, True)])
        lost = Book(acknowledged=["wamid.lost"])

        assert any("accepted 2 times" in one for one in await broken_invariants(shop.fetch, twice))
        assert any("requested" in one for one in await broken_invariants(shop.fetch, unmarked))
        assert await broken_invariants(shop.fetch, lost) == [
            "kept once: message wamid.lost was answered with 200 and is not kept"
        ]
        assert len(await unfinished(shop.fetch)) == 1


async def test_what_moved_back_is_seen_between_two_looks(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await _a_day(shop)
        before = await look(shop.fetch)
        await shop.execute("UPDATE reply SET status = 'UNKNOWN', reported = NULL, delivered_at = NULL")
        await shop.execute("UPDATE conversation SET state_version = 1, window_from = NULL, questions_asked_count = 0")
        await shop.execute("UPDATE lead SET fields = fields - 'service'")
        found = {finding.split(": ")[0] for finding in moved_back(before, await look(shop.fetch))}

        await shop.execute("UPDATE conversation SET stopped_at = created_at")
        stopped = await look(shop.fetch)
        await shop.execute("UPDATE reply SET attempt = attempt + 1")
        left = moved_back(stopped, await look(shop.fetch))

        assert moved_back(before, before) == []
        assert {finding.split(": ")[0] for finding in left} == {"looked at again"}
        assert found == {"forward only", "questions counted once", "facts only grow"}
