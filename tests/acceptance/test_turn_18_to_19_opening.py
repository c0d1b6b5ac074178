"""TURN-18, TURN-19: the first word and the last one: the greeting, STOP and START."""

import pytest

from support.records import at_rest, unexplained
from support.shop import open_shop
from support.talk import hear, owe, replies, talk, turns

FAMILY = "Hello, I need a family visa"


@pytest.mark.parametrize("word", ["STOP", "stop", "Unsubscribe", "opt out", "توقف", "قف", "إلغاء الاشتراك"])
async def test_turn_18_stop_is_confirmed_once_and_then_there_is_silence(database_url: str, word: str) -> None:
    """TURN-18: in each of the flow's languages; whatever comes after it gets no answer."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)

        heard = await talk(shop, phone, word, word, "hello?", "how much does a family visa cost?")

        assert len(heard) == 1
        assert (await replies(shop, phone))[-1]["reply_type"] == "opt_out"
        assert (await shop.conversation_of(phone))["stopped_at"] is not None
        assert {turn["silence"] for turn in (await turns(shop, phone))[2:]} == {"stopped"}
        assert await unexplained(shop) == []


async def test_turn_18_stop_does_not_wait_for_more_words(database_url: str) -> None:
    """TURN-18: it is taken at once, and what was still owed does not leave any more."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)

        phone.says("STOP")
        await shop.world.deliver()
        at_once = await shop.process.respond()
        await shop.process.dispatch()

        assert at_once == 1
        assert [row["reply_type"] for row in await replies(shop, phone) if row["status"] == "SENT"] == ["opt_out"]
        assert len(phone.texts) == 1


@pytest.mark.parametrize("text", ["STOP this bill", "please stop charging me late fees", "i want to stop my old visa"])
async def test_turn_18_stop_inside_a_sentence_is_not_an_opt_out(database_url: str, text: str) -> None:
    """TURN-18: only the word alone is."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        heard = await talk(shop, phone, text)

        assert len(heard) == 1
        assert (await replies(shop, phone))[-1]["reply_type"] != "opt_out"
        assert (await shop.conversation_of(phone))["stopped_at"] is None


async def test_turn_18_start_ends_the_silence(database_url: str) -> None:
    """TURN-18: the customer is welcomed back, and the pending question is put again."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY, "STOP", "hello?")

        heard = await talk(shop, phone, "START", "i am employed")

        assert len(heard) == 2
        assert "Good to have you back" in heard[0]
        assert "Who sponsors?" in heard[0]
        assert "Where is your family" in heard[1]
        assert (await shop.conversation_of(phone))["stopped_at"] is None


async def test_turn_18_a_stop_while_a_person_has_the_conversation_counts_as_well(database_url: str) -> None:
    """TURN-18: also a person's reply, which passes a handover, does not pass a stop."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, "I want to talk to a human please", "STOP", "hello?")

        assert [row["reply_type"] for row in await replies(shop, phone)] == ["handover", "opt_out"]
        assert len(phone.texts) == 2


async def test_turn_19_the_greeting_comes_once_in_the_bubble_of_the_question(database_url: str) -> None:
    """TURN-19: one reply a turn, one bubble; never a second greeting for the lead."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        first = await talk(shop, phone, "Hello")
        later = await talk(shop, phone, "hi", "family visa", "hello", "i am employed")

        assert len(first) == 1
        assert first[0].startswith("Hello and welcome to Palm Gate")
        assert "Which service do you need?" in first[0]
        assert not any("welcome to Palm Gate" in text for text in later)
        assert [len(turn["message_ids"]) for turn in await turns(shop, phone)] == [1] * 5
        assert len(await replies(shop, phone)) == len(phone.texts) == 5
        assert await at_rest(shop)


async def test_turn_19_a_greeting_that_did_not_leave_is_said_with_the_next_reply(database_url: str) -> None:
    """TURN-19: once means once on the phone, not once in our tables."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone, "Hello")

        await hear(shop, phone, "family visa")
        await shop.settle()

        assert len(phone.texts) == 1
        assert phone.texts[0].startswith("Hello and welcome to Palm Gate")
        assert "Who sponsors?" in phone.texts[0]
