"""IN-11: a customer without a number is answered, and two names turn out to be one contact by evidence alone."""

from typing import Any

import pytest

from support.records import at_rest, count, known, unexplained
from support.shop import open_shop
from support.two_names import BSUID, FAMILY, MAIL, NUMBER, two_conversations, with_both
from support.webhooks import body_of_items, body_with, post


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


async def test_in_11two_conversations_become_one_with_the_fields_of_both(database_url: str) -> None:
    """IN-11: the older id and the older lead stay; the other conversation is an alias, and nothing is asked again."""
    async with open_shop(database_url) as shop:
        by_number, by_bsuid = await two_conversations(shop)
        older, younger = await shop.conversation_of(by_number), await shop.conversation_of(by_bsuid)
        together = with_both(shop, by_number)
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
        by_number, by_bsuid = await two_conversations(shop)
        with_both(shop, by_number).says("Hello again")
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
        by_number, by_bsuid = await two_conversations(shop)
        counts = [(await shop.conversation_of(phone))["questions_asked_count"] for phone in (by_number, by_bsuid)]
        by_bsuid.says("STOP")
        await shop.settle()
        sent = len(shop.world.graph.ledger)
        together = with_both(shop, by_number)
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
        by_number, by_bsuid = await two_conversations(shop)
        by_bsuid.says("I want to talk to a person")
        await shop.settle()
        together = with_both(shop, by_number)
        together.says("Hello?")
        await shop.settle()

        kept = await shop.conversation_of(together)
        waiting = await shop.fetch("SELECT conversation_id FROM handover WHERE given_back_at IS NULL")
        assert kept["handover_reason"] == "asked"
        assert [row["conversation_id"] for row in waiting] == [kept["id"]]
