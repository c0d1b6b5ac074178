"""TURN-15, TURN-16, TURN-17: a person gets the conversation, keeps it undisturbed, and gives it back."""

from datetime import timedelta

import pytest

from support.faults import fault
from support.records import at_rest, count, known, unexplained
from support.shop import FLOWS, Shop, open_shop
from support.talk import SlowReader, accepted, answer_by_hand, hear, owe, replies, statuses, talk, turns
from surereply.admin.handover import give_back, take_over
from surereply.lab.phones import Phone

FAMILY = "Hello, I need a family visa"
PERSON = "I want to talk to a human please"
CALLS_FOR_A_PERSON = {
    "asked": PERSON,
    "angry": "this is ridiculous, you are useless, worst service ever",
    "legal": "if you don't refund me i will go to my lawyer",
}


async def take(shop: Shop, phone: Phone) -> None:
    conversation = await shop.conversation_of(phone)
    await take_over(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock())


async def return_it(shop: Shop, phone: Phone) -> None:
    conversation = await shop.conversation_of(phone)
    assert await give_back(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock()) is None


@pytest.mark.parametrize("reason", CALLS_FOR_A_PERSON)
async def test_turn_15_who_needs_a_person_gets_one_once_and_the_bot_is_silent(database_url: str, reason: str) -> None:
    """TURN-15: one message, somebody is told, and nothing more until the conversation is given back."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        await talk(
            shop, phone, FAMILY, CALLS_FOR_A_PERSON[reason], CALLS_FOR_A_PERSON[reason], "hello?", "i am employed"
        )

        assert [row["reply_type"] for row in await replies(shop, phone)] == ["question", "handover"]
        assert len(phone.texts) == 2
        handovers = await shop.fetch("SELECT * FROM handover")
        assert [(row["reason"], row["taken_at"], row["given_back_at"]) for row in handovers] == [(reason, None, None)]
        assert handovers[0]["told"].startswith("handover: ")
        assert {turn["silence"] for turn in (await turns(shop, phone))[2:]} == {"handed_over"}
        assert (await known(shop, phone))["sponsor_status"] == "employee"
        assert await unexplained(shop) == []


async def test_turn_15_given_back_the_bot_answers_what_came_unanswered(database_url: str) -> None:
    """TURN-15: it goes on where it stopped, with one reply."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY, PERSON, "i am employed")

        await return_it(shop, phone)
        await shop.settle()
        await talk(shop, phone, "abroad")

        assert [row["question_key"] for row in await replies(shop, phone)] == [
            "sponsor_status", None, "family_location", "nationality",
        ]  # fmt: skip
        assert len(phone.texts) == 4
        assert await at_rest(shop)


async def _somebody(how: str, shop: Shop, phone: Phone) -> None:
    if how == "writes from the phone app":
        shop.world.owner_writes(phone, "I am on it")
        await shop.world.deliver()
    elif how == "answers in the panel":
        await answer_by_hand(shop, phone, "I am on it")
    else:
        await take(shop, phone)


@fault(58)
@pytest.mark.parametrize("how", ["takes over in the panel", "answers in the panel", "writes from the phone app"])
async def test_turn_16_who_answers_while_the_bot_thinks_is_not_talked_over(database_url: str, how: str) -> None:
    """TURN-16: the turn was decided on a state that is no longer the state; it decides again, and says nothing."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader) as shop:
        phone = shop.phone()
        await talk(shop, phone, "hello")
        await hear(shop, phone, FAMILY)
        await reader.think(shop.process, FAMILY)

        await _somebody(how, shop, phone)
        reader.let_go(FAMILY)
        await shop.process.responder.drain()
        await shop.settle()

        by_hand = ["I am on it"] if how == "answers in the panel" else []
        assert phone.texts[1:] == by_hand
        assert [turn["silence"] for turn in await turns(shop, phone)] == [None, "handed_over"]
        assert reader.read == ["hello", FAMILY]
        assert (await known(shop, phone))["service"] == "FAMILY_VISA"
        assert await unexplained(shop) == []


@pytest.mark.parametrize("how", ["takes over in the panel", "answers in the panel", "writes from the phone app"])
async def test_turn_16_a_reply_that_waits_is_suppressed_with_its_reason(database_url: str, how: str) -> None:
    """TURN-16: the bot's reply was decided and had not left when the person came."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)

        await _somebody(how, shop, phone)
        await shop.settle()

        assert phone.texts == (["I am on it"] if how == "answers in the panel" else [])
        waited = (await replies(shop, phone))[0]
        assert (waited["status"], waited["suppression"], waited["attempt"]) == ("SUPPRESSED", "handed_over", 0)
        reason = "phone_app" if how == "writes from the phone app" else "operator"
        assert (await shop.conversation_of(phone))["handover_reason"] == reason
        assert await at_rest(shop)


async def test_turn_16_our_own_echo_never_starts_a_turn(database_url: str) -> None:
    """TURN-16: what the owner wrote is kept, with the reason why it needs no turn."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)

        shop.world.owner_writes(phone, "family visa is AED 1")
        await shop.settle()

        assert len(phone.texts) == 1
        assert await count(shop, "message", "needs_no_turn = 'echo'") == 1
        assert len(await turns(shop, phone)) == 1


async def test_turn_17_a_conversation_given_back_by_hand_goes_on(database_url: str) -> None:
    """TURN-17: a defined way back; doing it twice is refused, and asks nothing twice."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        await take(shop, phone)
        await talk(shop, phone, "i am employed")
        await return_it(shop, phone)
        conversation = await shop.conversation_of(phone)

        refused = await give_back(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock())
        await shop.settle()

        assert refused is not None
        assert (refused.code, conversation["handed_over_at"]) == ("not_handed_over", None)
        assert [row["question_key"] for row in await replies(shop, phone)] == ["sponsor_status", "family_location"]
        assert await shop.value("SELECT given_back_by FROM handover") == "Nadia"


async def test_turn_17_after_the_set_time_the_bot_has_it_again(database_url: str) -> None:
    """TURN-17: nobody came; no customer is left in silence for ever, and nothing runs before its time."""
    source = (
        (FLOWS / "business-services.yaml").read_text().replace("handover:\n", "handover:\n  give_back_after: 2h\n", 1)
    )
    async with open_shop(database_url, flow_source=source) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY, PERSON, "i am employed")

        shop.clock.advance(minutes=90)
        await shop.settle(wait=timedelta())
        too_early = len(phone.texts)
        shop.clock.advance(minutes=30)
        await shop.settle(wait=timedelta())

        assert too_early == 2
        assert (await shop.conversation_of(phone))["handed_over_at"] is None
        assert (await replies(shop, phone))[-1]["question_key"] == "family_location"
        assert len(phone.texts) == 3
        assert await count(shop, "handover", "given_back_at IS NULL") == 0


async def test_turn_17_after_the_closing_a_new_request_is_answered_too(database_url: str) -> None:
    """TURN-17: a resolved conversation is no endless silence."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, "emirates id", "i lost it", "sharjah", "Omar Haddad")
        closed = (await replies(shop, phone))[-1]["reply_type"]

        heard = await talk(shop, phone, "how much does a family visa cost?")

        assert closed == "closing"
        assert len(heard) == 1
        assert set(await statuses(shop, phone)) == {"SENT"}
        assert len(accepted(shop, phone)) == 5
