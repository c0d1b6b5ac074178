"""IN-11: while two conversations become one, what is unread, owed, leased or being sent is neither lost nor doubled."""

import asyncio
from datetime import timedelta

import asyncpg

from support.records import at_rest, count, known, lead_of, unexplained
from support.rivals import somebody_waits
from support.shop import open_shop
from support.two_names import BSUID, FAMILY, MAIL, NUMBER, two_conversations, with_both
from support.webhooks import body_of_items, body_with, post, post_at_once, work_at_once
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab import payloads
from surereply.lab.faults import latency
from surereply.thinking import read_with_rules


async def test_in_11_pending_replies_and_unread_messages_move_in_order(database_url: str) -> None:
    """IN-11: what both conversations owed, and what nobody had read yet, is neither lost nor said twice."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
        await post(shop, body_with(by_number.says(FAMILY)))
        shop.clock.advance(seconds=10)
        await post(shop, body_with(by_bsuid.says(MAIL)))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        owed_apart = await count(shop, "reply_ticket", "status = 'PENDING'")
        await post(shop, body_with(by_number.says("I am employed")))
        await post(shop, body_with(by_bsuid.says("My name is Omar Haddad")))
        together = with_both(shop, by_number)
        await post(shop, body_with(together.says("My family is abroad")))
        await shop.process.reconciler.unite_contacts_once()
        unread = await shop.fetch("SELECT DISTINCT conversation_id FROM unread")
        owed = await shop.fetch("SELECT DISTINCT conversation_id FROM reply_ticket")
        await shop.settle()

        kept = await shop.conversation_of(together)
        assert owed_apart == 2
        assert [row["conversation_id"] for row in unread] == [kept["id"]]
        assert [row["conversation_id"] for row in owed] == [kept["id"]]
        last_turn = (await shop.fetch("SELECT message_ids FROM turn ORDER BY id DESC LIMIT 1"))[0]
        assert len(last_turn["message_ids"]) == 3
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "family_location": "outside",
                "email": "a@example.com", "full_name": "Omar Haddad"}  # fmt: skip
        assert told.items() <= (await known(shop, together)).items()
        statuses = await shop.fetch("SELECT status, suppression FROM reply ORDER BY id")
        assert [tuple(row) for row in statuses] == [
            ("SUPPRESSED", "superseded"), ("SUPPRESSED", "superseded"), ("SENT", None),
        ]  # fmt: skip
        assert len(shop.world.graph.ledger.accepted) == 1
        assert "welcome" in shop.world.graph.ledger.accepted[0].text
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_11_pending_replies_of_both_leave_in_order_where_nothing_is_unread(database_url: str) -> None:
    """IN-11: a notice brings no words to answer: what was owed is sent, each once."""
    async with open_shop(database_url) as shop:
        first, second = shop.phone(NUMBER), shop.phone("971507654321")
        await post(shop, body_with(first.says(FAMILY)))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await post(shop, body_with(second.says(MAIL)))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await post(shop, body_with(first.changes_number("971507654321")))
        await shop.settle()

        assert [entry.recipient for entry in shop.world.graph.ledger.accepted] == ["971507654321"] * 2
        replies = await shop.fetch("SELECT id, conversation_id, status, sent_at FROM reply ORDER BY id")
        assert [row["status"] for row in replies] == ["SENT", "SENT"]
        assert len({row["conversation_id"] for row in replies}) == 1
        assert [entry.text for entry in shop.world.graph.ledger.accepted] == [
            row["text"] for row in await shop.fetch("SELECT body->>'text' AS text FROM reply ORDER BY id")
        ]


async def test_in_11_a_turn_that_is_being_thought_out_is_beaten_by_the_merge(database_url: str) -> None:
    """IN-11: both leases are dropped; the turn that was under way changes nothing, and its messages are read once."""
    hold, held = asyncio.Event(), asyncio.Event()

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        if message.text == FAMILY and not hold.is_set():
            held.set()
            await hold.wait()
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, processes=2, read=read) as shop:
        by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
        await post(shop, body_with(by_number.says(MAIL)))
        await shop.settle()
        await post(shop, body_with(by_bsuid.says(FAMILY)))
        shop.clock.advance(seconds=10)
        slow, other = shop.processes
        await slow.responder.respond_once()
        await held.wait()
        together = with_both(shop, by_number)
        await post(shop, body_with(together.says("I am employed")))
        await other.reconciler.unite_contacts_once()
        hold.set()
        await slow.responder.drain()
        turns_before = await count(shop, "turn")
        await shop.settle()

        assert turns_before == 1
        assert len(together.texts) == 2
        assert len((await shop.fetch("SELECT message_ids FROM turn ORDER BY id DESC LIMIT 1"))[0]["message_ids"]) == 2
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "email": "a@example.com"}
        assert told.items() <= (await known(shop, together)).items()
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_11_no_turn_is_taken_between_the_evidence_and_the_merge(database_url: str) -> None:
    """IN-11: else one half of the customer would be asked what the other half told."""
    async with open_shop(database_url) as shop:
        by_number, _ = await two_conversations(shop)
        turns = await count(shop, "turn")
        await post(shop, body_with(with_both(shop, by_number).says("Hello again")))
        shop.clock.advance(seconds=10)
        taken = await shop.process.respond()
        await shop.settle()

        assert taken == 0
        assert await count(shop, "turn") == turns + 1


async def test_in_11_work_that_reached_the_alias_meanwhile_moves_over(database_url: str) -> None:
    """IN-11: a delivery that looked its conversation up right before the merge loses nothing by it."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await two_conversations(shop)
        younger = await shop.conversation_of(by_bsuid)
        with_both(shop, by_number).says("Hello again")
        await shop.settle()
        await shop.execute(
            "UPDATE identifier SET conversation_id = $1, contact_id = $2 WHERE kind = 'bsuid'",
            younger["id"],
            younger["contact_id"],
        )
        sent = len(shop.world.graph.ledger)
        by_bsuid.says("My family is abroad")
        await shop.settle()

        assert len(shop.world.graph.ledger) == sent + 1
        assert (await known(shop, by_number))["family_location"] == "outside"
        assert await at_rest(shop)
        assert await unexplained(shop) == []


async def test_in_11_what_is_being_sent_ends_under_its_old_id(database_url: str) -> None:
    """IN-11: SENDING is nobody's to move; its answer and its reports find it where it was."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
        await post(shop, body_with(by_number.says(MAIL)))
        shop.clock.advance(seconds=10)
        await post(shop, body_with(by_bsuid.says(FAMILY)))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        younger = await shop.conversation_of(by_bsuid)
        shop.world.graph.faults.script(BSUID, [latency(0.4, after=True)])
        await shop.process.dispatcher.dispatch_once()
        await post(shop, body_with(with_both(shop, by_number).says("I am employed")))
        await shop.process.reconciler.unite_contacts_once()
        under_way = await count(shop, "reply", "status = 'SENDING' AND conversation_id = $1", younger["id"])
        await shop.process.dispatcher.drain()
        await shop.settle()

        assert under_way == 1
        under_its_old_id = await shop.fetch("SELECT status FROM reply WHERE conversation_id = $1", younger["id"])
        assert [row["status"] for row in under_its_old_id] == ["SENT"]
        assert len(shop.world.graph.ledger.accepted) == 3
        assert await at_rest(shop)


async def test_in_11_an_enquiry_that_is_over_does_not_swallow_the_open_one(database_url: str) -> None:
    """IN-11: of a closed lead and an open one the open one goes on."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
        for words in ("I lost my Emirates ID", "Dubai", "My name is Omar Haddad"):
            by_number.says(words)
            await shop.settle()
        assert "Here is what we noted" in by_number.texts[-1]
        by_bsuid.says("I need a golden visa")
        await shop.settle()
        open_lead = await lead_of(shop, by_bsuid)
        together = with_both(shop, by_number)
        together.says("for my investment in property")
        await shop.settle()

        lead = await lead_of(shop, together)
        assert lead["id"] == open_lead["id"]
        assert lead["closed_at"] is None
        assert lead["service_type_enum"] == "GOLDEN_VISA"
        assert (await shop.fetch("SELECT service_type_enum FROM lead ORDER BY id"))[0][0] == "EMIRATES_ID"


async def test_in_11_a_closing_that_still_waits_does_not_stand_in_the_way_of_the_open_enquiry(
    database_url: str,
) -> None:
    """IN-11: what is PENDING of the older lead is seen by the next turn, and carried by its reply."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
        for words in ("I lost my Emirates ID", "Dubai"):
            by_number.says(words)
            await shop.settle()
        await post(shop, body_with(by_number.says("My name is Omar Haddad")))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await post(shop, body_with(by_bsuid.says("I need a golden visa")))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        waiting = await shop.fetch("SELECT reply_type FROM reply WHERE status = 'PENDING' ORDER BY id")
        await post(shop, body_with(with_both(shop, by_number).says("for my investment in property")))
        shop.clock.advance(seconds=10)
        await shop.process.reconciler.unite_contacts_once()
        taken = await shop.process.respond()
        await shop.settle()

        assert [row["reply_type"] for row in waiting] == ["closing", "question"]
        assert taken == 1
        assert await shop.value("SELECT count(*) FROM reply WHERE status = 'SUPPRESSED'") == 2
        assert (await lead_of(shop, by_number))["service_type_enum"] == "GOLDEN_VISA"
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_11_evidence_that_arrives_on_several_servers_at_once_merges_once(database_url: str) -> None:
    """IN-11: the same evidence in many copies, at the same instant, with the merge running beside it."""
    async with open_shop(database_url, processes=3) as shop:
        by_number, by_bsuid = await two_conversations(shop)
        together = with_both(shop, by_number)
        body = body_with(together.says("My family is abroad"), by_bsuid.says("I am from India"))
        sent = len(shop.world.graph.ledger)
        answers, *_ = await asyncio.gather(
            post_at_once(shop, [body], copies=5),
            *(process.reconciler.unite_contacts_once() for process in shop.processes * 3),
        )
        await asyncio.gather(*(process.reconciler.unite_contacts_once() for process in shop.processes))
        shop.clock.advance(seconds=10)
        await work_at_once(shop)
        await shop.settle()

        assert answers == {200}
        assert await count(shop, "act", "name = 'unite'") == 1
        assert len(shop.world.graph.ledger) == sent + 1
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_11_three_names_that_are_one_contact_end_as_one(database_url: str) -> None:
    """IN-11: two pieces of evidence that share a name lead all three to the oldest, in whatever order they come."""
    async with open_shop(database_url) as shop:
        first, second, third = (shop.phone(f"97150000000{number}") for number in range(3))
        for phone in (first, second, third):
            phone.says(FAMILY)
            await shop.settle()
        to_first = payloads.message("wamid.N1", shop.clock(), payloads.changed_number(third.address, first.address),
                                    number=third.address)  # fmt: skip
        to_second = payloads.message("wamid.N2", shop.clock(), payloads.changed_number(third.address, second.address),
                                     number=third.address)  # fmt: skip
        await post(shop, body_of_items(shop, [to_first, to_second]))
        await shop.settle()

        assert await count(shop, "contact", "merged_into IS NULL") == 1
        ids = await shop.fetch("SELECT DISTINCT conversation_id FROM identifier")
        assert [row[0] for row in ids] == [await shop.value("SELECT min(id::text)::uuid FROM conversation")]
        assert await count(shop, "merge_ticket") == 0


async def test_in_11_a_merge_waits_for_a_turn_that_is_just_being_written(database_url: str) -> None:
    """IN-11: tickets first, then conversations, in id order: a rival's lock is waited for, and nothing deadlocks."""
    async with open_shop(database_url) as shop:
        by_number, _ = await two_conversations(shop)
        await post(shop, body_with(with_both(shop, by_number).says("My family is abroad")))
        rival = await asyncpg.connect(database_url)
        async with rival.transaction():
            await rival.execute("SELECT FROM conversation WHERE bsuid = $1 FOR NO KEY UPDATE", BSUID)
            merge = asyncio.create_task(shop.process.reconciler.unite_contacts_once())
            await somebody_waits(rival)
        await merge
        await rival.close()
        await shop.settle(wait=timedelta(seconds=10))

        assert await count(shop, "act", "name = 'unite'") == 1
        assert await unexplained(shop) == []
