"""IN-11: a customer without a number is answered, and two names turn out to be one contact by evidence alone."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from support.records import at_rest, count, known, lead_of, unexplained
from support.rivals import somebody_waits
from support.shop import Shop, open_shop
from support.webhooks import body_of_items, body_with, post, post_at_once, work_at_once
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab import payloads
from surereply.lab.faults import latency
from surereply.lab.phones import Phone
from surereply.responder import read_with_rules

NUMBER = "971501234567"
BSUID = "AE.13491208655302741918"
FAMILY = "Hello, I need a family visa"
MAIL = "My e-mail is a@example.com"


async def test_in_11_a_customer_without_a_number_is_answered(database_url: str) -> None:
    """IN-11: BSUID only."""
    async with open_shop(database_url) as shop:
        phone = shop.phone(None, bsuid=BSUID)
        phone.says(FAMILY)
        await shop.settle()
        phone.says("I am employed")
        await shop.settle()

        assert len(phone.texts) == 2
        assert {entry.recipient for entry in shop.world.graph.ledger.entries} == {BSUID}
        assert await count(shop, "contact") == 1
        assert await at_rest(shop)


async def test_in_11_seen_by_phone_then_by_both_then_by_bsuid_alone_is_one_contact(database_url: str) -> None:
    """IN-11: the message with both is the evidence; one conversation, one lead, no question twice."""
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER, bsuid=BSUID)
        phone.shows_bsuid = False
        phone.says(FAMILY)
        await shop.settle()
        phone.shows_bsuid = True
        phone.says("I am employed")
        await shop.settle()
        phone.shows_number = False
        phone.says("My family is abroad")
        await shop.settle()

        assert await count(shop, "contact") == await count(shop, "conversation") == await count(shop, "lead") == 1
        assert len(phone.texts) == 3
        assert len(set(phone.texts)) == 3
        assert "nationality" in phone.texts[-1]
        conversation = await shop.conversation_of(phone)
        assert (conversation["phone"], conversation["bsuid"]) == (NUMBER, BSUID)
        assert await at_rest(shop)


async def test_in_11_two_conversations_become_one_with_the_fields_of_both(database_url: str) -> None:
    """IN-11: the older id and the older lead stay; the other conversation is an alias, and nothing is asked again."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await _two_conversations(shop)
        older, younger = await shop.conversation_of(by_number), await shop.conversation_of(by_bsuid)
        together = _with_both(shop, by_number)
        together.says("Anything else you need?")
        await shop.settle()

        alias = (await shop.fetch("SELECT * FROM conversation WHERE id = $1", younger["id"]))[0]
        kept = (await shop.fetch("SELECT * FROM conversation WHERE id = $1", older["id"]))[0]
        assert alias["merged_into"] == kept["id"]
        assert (kept["phone"], kept["bsuid"]) == (NUMBER, BSUID)
        assert kept["lead_id"] == older["lead_id"]
        assert kept["state_version"] > max(older["state_version"], younger["state_version"])
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "email": "a@example.com"}
        assert told.items() <= (await known(shop, together)).items()
        assert await count(shop, "lead", "closed_at IS NULL") == 1
        assert await count(shop, "identifier", "conversation_id = $1", kept["id"]) == 2
        assert await count(shop, "contact", "merged_into IS NULL") == 1
        assert await count(shop, "act", "name = 'unite' AND detail->>'alias' = $1", str(alias["id"])) == 1
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_11_the_next_message_by_either_name_reaches_the_one_conversation(database_url: str) -> None:
    """IN-11: after the merge, each name alone is enough."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await _two_conversations(shop)
        _with_both(shop, by_number).says("Hello again")
        await shop.settle()
        turns = await count(shop, "turn")
        by_bsuid.says("My family is abroad")
        await shop.settle()
        by_number.says("My name is Omar Haddad")
        await shop.settle()

        rows = await shop.fetch("SELECT conversation_id FROM turn ORDER BY id OFFSET $1", turns)
        assert len(rows) == 2
        assert len({row["conversation_id"] for row in rows}) == 1
        assert (await known(shop, by_bsuid))["full_name"] == "Omar Haddad"
        assert await at_rest(shop)


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
        together = _with_both(shop, by_number)
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
        together = _with_both(shop, by_number)
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
        by_number, _ = await _two_conversations(shop)
        turns = await count(shop, "turn")
        await post(shop, body_with(_with_both(shop, by_number).says("Hello again")))
        shop.clock.advance(seconds=10)
        taken = await shop.process.respond()
        await shop.settle()

        assert taken == 0
        assert await count(shop, "turn") == turns + 1


async def test_in_11_work_that_reached_the_alias_meanwhile_moves_over(database_url: str) -> None:
    """IN-11: a delivery that looked its conversation up right before the merge loses nothing by it."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await _two_conversations(shop)
        younger = await shop.conversation_of(by_bsuid)
        _with_both(shop, by_number).says("Hello again")
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
        await post(shop, body_with(_with_both(shop, by_number).says("I am employed")))
        await shop.process.reconciler.unite_contacts_once()
        under_way = await count(shop, "reply", "status = 'SENDING' AND conversation_id = $1", younger["id"])
        await shop.process.dispatcher.drain()
        await shop.settle()

        assert under_way == 1
        under_its_old_id = await shop.fetch("SELECT status FROM reply WHERE conversation_id = $1", younger["id"])
        assert [row["status"] for row in under_its_old_id] == ["SENT"]
        assert len(shop.world.graph.ledger.accepted) == 3
        assert await at_rest(shop)


@pytest.mark.parametrize("notice", ["number", "user id"])
async def test_in_11_a_notice_of_a_change_is_evidence(database_url: str, notice: str) -> None:
    """IN-11: `user_changed_number` and `user_changed_user_id`; replies go to the new name from then on."""
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER) if notice == "number" else shop.phone(None, bsuid=BSUID)
        phone.says(FAMILY)
        await shop.settle()
        new = "971507654321" if notice == "number" else "AE.99999999999999999999"
        phone.changes_number(new) if notice == "number" else phone.changes_user_id(new)
        await shop.settle()
        phone.says("I am employed")
        await shop.settle()

        assert await count(shop, "contact") == await count(shop, "lead") == 1
        assert [entry.recipient for entry in shop.world.graph.ledger.accepted][1:] == [new]
        assert "Where is your family now?" in phone.texts[-1]
        assert await unexplained(shop) == []


async def test_in_11_after_a_change_of_number_that_is_known_already_replies_go_to_the_new_one(
    database_url: str,
) -> None:
    """IN-11: they wrote from the new number before WhatsApp told: two conversations, then one, at the new number."""
    async with open_shop(database_url) as shop:
        old, new = shop.phone(NUMBER), shop.phone("971507654321")
        old.says(FAMILY)
        await shop.settle()
        new.says(MAIL)
        await shop.settle()
        await post(shop, body_with(old.changes_number("971507654321")))
        await shop.settle()
        new.says("I am employed")
        await shop.settle()

        assert shop.world.graph.ledger.accepted[-1].recipient == "971507654321"
        assert await count(shop, "contact", "merged_into IS NULL") == 1
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "email": "a@example.com"}
        assert told.items() <= (await known(shop, new)).items()


@pytest.mark.parametrize(
    "pair",
    [
        ({"number": NUMBER}, {"number": "971507654321"}),
        ({"number": None, "bsuid": BSUID}, {"number": None, "bsuid": "AE.99999999999999999999"}),
        ({"number": NUMBER}, {"number": None, "bsuid": BSUID}),
    ],
)
async def test_in_11_without_evidence_nobody_is_merged(database_url: str, pair: tuple[dict[str, Any], ...]) -> None:
    """IN-11: neither the same name nor the same username makes one person of two, also in one POST."""
    async with open_shop(database_url) as shop:
        phones = [shop.phone(**names, name="Omar Haddad", username="omar") for names in pair]
        await post(shop, body_with(*(phone.says(FAMILY) for phone in phones)))
        await shop.settle()
        for phone in phones:
            phone.says("I am employed")
        await shop.settle()

        assert await count(shop, "contact") == await count(shop, "lead") == 2
        assert await count(shop, "act", "name = 'unite'") == 0
        assert [len(phone.texts) for phone in phones] == [2, 2]


async def test_in_11_a_shared_card_of_somebody_else_is_no_evidence(database_url: str) -> None:
    """IN-11: a contact in `contacts[]` that is not the sender's own card names another person."""
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER)
        phone.says(FAMILY)
        other = shop.phone(None, bsuid=BSUID)
        other.says(FAMILY)
        await shop.settle()
        item = phone.says("I am employed").update.content
        phone.sends_contact("Somebody Else", "+971507777777")
        await post(shop, body_of_items(shop, [item]))
        await shop.settle()

        assert await count(shop, "contact") == 2
        assert await count(shop, "merge_ticket") == 0


async def test_in_11_stops_are_united_and_counts_are_the_greater(database_url: str) -> None:
    """IN-11: a customer who said stop under one name hears nothing under the other either."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await _two_conversations(shop)
        counts = [(await shop.conversation_of(phone))["questions_asked_count"] for phone in (by_number, by_bsuid)]
        by_bsuid.says("STOP")
        await shop.settle()
        sent = len(shop.world.graph.ledger)
        together = _with_both(shop, by_number)
        together.says("My family is abroad")
        await shop.settle()

        kept = await shop.conversation_of(together)
        assert kept["stopped_at"] is not None
        assert kept["questions_asked_count"] == max(counts) == 2
        assert len(shop.world.graph.ledger) == sent
        assert await shop.value("SELECT silence FROM turn ORDER BY id DESC LIMIT 1") == "stopped"


async def test_in_11_a_handover_is_united_and_stands_on_the_list_of_the_one_conversation(database_url: str) -> None:
    """IN-11: a person has it, and giving it back under the one id takes it off the list."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await _two_conversations(shop)
        by_bsuid.says("I want to talk to a person")
        await shop.settle()
        together = _with_both(shop, by_number)
        together.says("Hello?")
        await shop.settle()

        kept = await shop.conversation_of(together)
        waiting = await shop.fetch("SELECT conversation_id FROM handover WHERE given_back_at IS NULL")
        assert kept["handover_reason"] == "asked"
        assert [row["conversation_id"] for row in waiting] == [kept["id"]]


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
        together = _with_both(shop, by_number)
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
        await post(shop, body_with(_with_both(shop, by_number).says("for my investment in property")))
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
        by_number, by_bsuid = await _two_conversations(shop)
        together = _with_both(shop, by_number)
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
        by_number, _ = await _two_conversations(shop)
        await post(shop, body_with(_with_both(shop, by_number).says("My family is abroad")))
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


async def _two_conversations(shop: Shop) -> tuple[Phone, Phone]:
    """One customer whom we take for two: asked twice under the number, once under the BSUID."""
    by_number, by_bsuid = shop.phone(NUMBER), shop.phone(None, bsuid=BSUID)
    for phone, words in ((by_number, FAMILY), (by_number, "I am employed"), (by_bsuid, MAIL)):
        phone.says(words)
        await shop.settle()
    return by_number, by_bsuid


def _with_both(shop: Shop, phone: Phone) -> Phone:
    """The same customer, whose messages now show both names."""
    phone.bsuid, phone.shows_bsuid = BSUID, True
    shop.world.moved(phone)
    return phone
