"""TURN-5 to TURN-9: what is asked again, how often, and what counts as an answer."""

from collections.abc import Callable

import pytest

from support.records import known
from support.shop import Shop, open_shop
from support.talk import PRICE, accepted, replies, state, talk, turns
from support.transcriber import open_transcriber
from surereply.lab.payloads import list_reply
from surereply.lab.phones import Phone

NONSENSE = ["blub blub", "hmm hmm", "zzz qqq", "mmm", "ppp", "jjj", "kk kk", "ooo", "rr"]


def last_words(text: str) -> str:
    return text.rsplit("\n\n", maxsplit=1)[-1]


async def test_turn_5_the_same_question_on_the_same_day_is_put_in_other_words(database_url: str) -> None:
    """TURN-5: every message is answered, no bubble repeats the one before, and a field is given up in the end."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        await talk(shop, phone, "family visa", *NONSENSE)

        assert len(phone.texts) == len(NONSENSE) + 1
        asked = [row["question_key"] for row in await replies(shop, phone)]
        assert asked[:4] == ["sponsor_status", "sponsor_status", "family_location", "family_location"]
        types = [row["reply_type"] for row in await replies(shop, phone)]
        assert types[:4] == ["question", "clarification", "question", "clarification"]
        assert shop.world.graph.ledger.said_twice_running() == []
        assert len({row["outbound_dedupe_key"] for row in await replies(shop, phone)}) == len(phone.texts)


async def test_turn_5_nor_is_a_question_swallowed_that_was_asked_hours_before(database_url: str) -> None:
    """TURN-5: silence of an hour changes nothing: the customer's next words are answered."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        for text in ("family visa", "blub", "blub", "blub"):
            await talk(shop, phone, text)
            shop.clock.advance(hours=1)

        assert len(phone.texts) == 4
        assert {row["status"] for row in await replies(shop, phone)} == {"SENT"}


async def test_turn_6_no_field_is_asked_for_more_often_than_its_attempts(database_url: str) -> None:
    """TURN-6: an answer that is not valid, again and again: `max_attempts`, then the field is skipped."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        await talk(shop, phone, "family visa", *NONSENSE)

        asked = [row["question_key"] for row in await replies(shop, phone) if row["question_key"]]
        assert {name: asked.count(name) for name in asked} == {
            "sponsor_status": 2, "family_location": 2, "nationality": 2, "full_name": 2,
        }  # fmt: skip
        assert (await state(shop, phone))["skipped"] == list(dict.fromkeys(asked))
        assert (await replies(shop, phone))[8]["reply_type"] == "closing"


async def test_turn_6_no_more_questions_than_the_limit_are_asked_in_all(database_url: str) -> None:
    """TURN-6: six fields are missing, five questions are put, and then a person gets the rest."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        counts = []
        for text in ("hello", "mainland company", "restaurant", "2 partners", "3 visas", "as soon as possible"):
            await talk(shop, phone, text)
            counts.append((await shop.conversation_of(phone))["questions_asked_count"])

        assert counts == [1, 2, 3, 4, 5, 5]
        assert (await shop.conversation_of(phone))["handover_reason"] == "questions_spent"
        assert "full_name" not in [row["question_key"] for row in await replies(shop, phone)]


async def test_turn_7_a_question_for_an_answer_is_answered_and_the_pending_one_put_again(database_url: str) -> None:
    """TURN-7: from the flow's knowledge; uncounted; and its words are nobody's answer."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, "family visa")
        asked = last_words(phone.texts[-1])

        heard = await talk(shop, phone, PRICE)

        assert len(heard) == 1
        assert "AED" in heard[0]
        assert last_words(heard[0]) == asked
        assert "sponsor_status" not in await known(shop, phone)
        conversation = await shop.conversation_of(phone)
        assert (conversation["questions_asked_count"], conversation["last_question_key"]) == (1, "sponsor_status")
        assert (await state(shop, phone))["attempts"] == {"sponsor_status": 1}


async def to_the_name(shop: Shop, phone: Phone) -> None:
    """A conversation up to the question for the name."""
    await talk(shop, phone, "visa renewal", "15 April 2027", "15 May 2029", "philippines")
    assert (await replies(shop, phone))[-1]["question_key"] == "full_name"


WORDLESS: list[Callable[[Phone], object]] = [
    Phone.sends_photo,
    Phone.sends_sticker,
    Phone.sends_voice,
    lambda phone: phone.sends_location(25.2, 55.3, "Dubai Mall"),
    lambda phone: phone.sends_document("passport.pdf"),
    lambda phone: phone.sends_contact("Omar Haddad", "971509998877"),
]


@pytest.mark.parametrize("send", WORDLESS, ids=["photo", "sticker", "voice", "location", "document", "contact"])
async def test_turn_8_what_has_no_words_is_not_stored_as_the_name(
    database_url: str, send: Callable[[Phone], object]
) -> None:
    """TURN-8: the customer is asked to type, and the answer that is then typed counts."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await to_the_name(shop, phone)

        send(phone)
        await shop.settle()
        before = await known(shop, phone)
        heard = phone.texts[-1]
        await talk(shop, phone, "Maria Santos")

        assert "full_name" not in before
        assert heard != phone.texts[3]
        assert "May I have your full name" in heard
        assert (await known(shop, phone))["full_name"] == "Maria Santos"
        assert (await turns(shop, phone))[-2]["silence"] is None


async def test_turn_8_a_voice_note_is_transcribed_where_a_transcriber_is_set(database_url: str) -> None:
    """TURN-8: what was said is the name; without a transcriber it is asked to be typed (above)."""
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = shop.phone()
        await to_the_name(shop, phone)

        phone.sends_voice("Maria Santos")
        await shop.settle()

        assert (await known(shop, phone))["full_name"] == "Maria Santos"


async def test_turn_8_a_caption_that_does_not_answer_is_no_failed_answer(database_url: str) -> None:
    """TURN-8: the customer is asked to type, and the question is not spent by it."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await to_the_name(shop, phone)

        phone.sends_photo("my passport")
        await shop.settle()

        assert "Could you type it for me, please?" in phone.texts[-1]
        assert "May I have your full name" in phone.texts[-1]
        assert "full_name" not in await known(shop, phone)
        assert (await state(shop, phone))["attempts"]["full_name"] == 1


async def test_turn_9_a_tapped_button_is_the_answer_it_stands_for(database_url: str) -> None:
    """TURN-9: by its id, at once, and also when an older bubble's button is tapped later."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, "bank account")
        first = phone.receives[-1]
        assert [choice.title for choice in first.choices] == ["Mainland", "Free zone"]

        phone.taps("Free zone")
        await shop.world.deliver()
        at_once = await shop.process.respond()
        await shop.settle()
        after_the_tap = await known(shop, phone)
        phone.taps("Mainland", of=first.wamid)
        await shop.settle()

        assert at_once == 1
        assert after_the_tap["licence"] == "freezone"
        assert (await known(shop, phone))["licence"] == "mainland"
        assert len(accepted(shop, phone)) == 3


async def test_turn_9_a_tapped_list_row_is_the_answer_it_stands_for(database_url: str) -> None:
    """TURN-9: a list row's title may be cut short; its id says what was meant."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, "golden visa")
        row = next(choice for choice in phone.receives[-1].choices if "professional" in choice.id)

        phone.sends(list_reply(row.id, "…"), "…", kind="tap")
        await shop.settle()

        assert row.in_list
        assert (await known(shop, phone))["golden_category"] == "professional"
