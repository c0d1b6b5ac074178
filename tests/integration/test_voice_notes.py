"""Voice notes through the real steps: transcribed once, read as words, and asked to be typed where they cannot be."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from support.app import open_web
from support.media import NUMBER, erase_everywhere
from support.panel import signed_in, text_of
from support.records import count, known
from support.shop import Shop, open_shop
from support.talk import talk
from support.transcriber import (
    KEY,
    MODEL,
    Answer,
    Asked,
    open_transcriber,
    says,
    says_nothing,
    says_what_it_hears,
)
from surereply.domain.operators import Role
from surereply.lab.media import Spoiled
from surereply.lab.phones import Phone

NAME = "May I have your full name"
ASKS_TO_TYPE = "Could you type it for me, please?"


async def to_the_name(shop: Shop) -> Phone:
    """A conversation up to the question for the name."""
    phone = shop.phone(NUMBER)
    await talk(shop, phone, "visa renewal", "15 April 2027", "15 May 2029", "philippines")
    assert NAME in phone.texts[-1]
    return phone


async def test_a_voice_note_is_read_as_the_words_that_are_said(database_url: str) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = await to_the_name(shop)

        phone.sends_voice("My name is Maria Santos")
        await shop.settle()

        assert (await known(shop, phone))["full_name"] == "Maria Santos"
        assert ASKS_TO_TYPE not in phone.texts[-1]
        assert [(one.authorization, one.fields, one.file_name, one.mime_type) for one in heard.asked] == [
            (
                f"Bearer {KEY}",
                {"model": MODEL, "response_format": "json", "temperature": "0"},
                "voice.ogg",
                "audio/ogg",
            )
        ]


async def test_facts_quote_the_words_that_were_said(database_url: str) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = shop.phone(NUMBER)
        phone.sends_voice("I need a family visa")
        await shop.settle()

        value = await shop.value("SELECT fields -> 'service' FROM lead")

        assert '"text": "family visa"' in value
        assert await shop.value("SELECT text FROM message") == ""
        assert await shop.value("SELECT text FROM transcript") == "I need a family visa"


BAD_ANSWERS = {
    "server error": (says(b"", 500), "unreachable"),
    "refused": (says(b'{"error": {"message": "no such model"}}', 404), "refused"),
    "over a limit": (says(b"", 429), "refused"),
    "no JSON": (says(b"<html>"), "rubbish"),
    "another shape": (says(b'{"words": ["a"]}'), "rubbish"),
    "no text": (says(b'{"text": " ... "}'), "nothing_said"),
    "a loop": (says(b'{"text": "' + b"thank you for watching " * 40 + b'"}'), "rubbish"),
    "endless": (says(b'{"text": "' + b"x" * 300_000 + b'"}'), "rubbish"),
}


@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_a_voice_note_that_is_not_transcribed_is_asked_to_be_typed(database_url: str, name: str) -> None:
    answer, problem = BAD_ANSWERS[name]
    async with open_transcriber(answer) as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = await to_the_name(shop)

        phone.sends_voice("My name is Maria Santos")
        await shop.settle()

        assert ASKS_TO_TYPE in phone.texts[-1]
        assert NAME in phone.texts[-1]
        assert "full_name" not in await known(shop, phone)
        assert await shop.value("SELECT problem FROM transcript") == problem
        assert len(heard.asked) == 1


async def test_without_a_transcriber_the_customer_is_asked_to_type(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = await to_the_name(shop)

        phone.sends_voice("My name is Maria Santos")
        await shop.settle()

        assert ASKS_TO_TYPE in phone.texts[-1]
        assert await count(shop, "transcript") == 0


async def test_a_transcriber_that_does_not_answer_costs_its_time_and_no_more(database_url: str) -> None:
    async with open_transcriber(says_nothing) as heard:
        environment = {**heard.environment, "transcribe_timeout_ms": 500}
        async with open_shop(database_url, environment=environment) as shop:
            phone = await to_the_name(shop)

            phone.sends_voice("My name is Maria Santos")
            await shop.settle()

            assert ASKS_TO_TYPE in phone.texts[-1]
            assert await shop.value("SELECT problem FROM transcript") == "timeout"


async def test_nobody_else_waits_for_a_voice_note(database_url: str) -> None:
    """The call is outside any transaction: another conversation's turn commits while it lasts."""
    goes_on = asyncio.Event()

    async def slow(asked: Asked) -> web.StreamResponse:
        await goes_on.wait()
        return web.json_response({"text": "I need a family visa"})

    async with open_transcriber(slow) as heard, open_shop(database_url, environment=heard.environment) as shop:
        speaks, writes = shop.phone(NUMBER), shop.phone("971507654321")
        speaks.sends_voice("I need a family visa")
        writes.says("hello")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.responder.respond_once()
        while not await count(shop, "turn"):
            pass

        open_transactions = await shop.value(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        goes_on.set()
        await shop.process.responder.drain()
        await shop.settle()

        assert open_transactions == 0
        assert len(speaks.texts) == len(writes.texts) == 1


@pytest.mark.parametrize(
    ("answer", "kept", "heard_by_phone"),
    [(says_what_it_hears, "My name is Maria Santos", "Maria Santos"), (says(b"", 500), "", ASKS_TO_TYPE)],
    ids=["transcribed", "failed"],
)
async def test_a_turn_that_is_taken_again_pays_no_second_time(
    database_url: str, answer: Answer, kept: str, heard_by_phone: str
) -> None:
    """Its commit fails, and its process is killed: what was heard, and that nothing was, stands with the message."""
    async with open_transcriber(answer) as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = await to_the_name(shop)
        phone.sends_voice("My name is Maria Santos")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.execute(
            """
            CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''no''; END'
            """
        )
        await shop.execute("CREATE TRIGGER stumble BEFORE INSERT ON turn FOR EACH ROW EXECUTE FUNCTION stumble()")
        await shop.process.respond()
        at_first = await shop.value("SELECT text FROM transcript")
        await shop.execute("DROP TRIGGER stumble ON turn")
        await shop.restart()
        await shop.settle(wait=timedelta(minutes=1))

        assert at_first == kept
        assert heard_by_phone in phone.texts[-1]
        assert len(heard.asked) == 1


async def test_who_lost_the_lease_meanwhile_keeps_nothing_that_was_said(database_url: str) -> None:
    """OPS-6: erased while a voice note is being listened to."""
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        listening, goes_on = asyncio.Event(), asyncio.Event()

        async def slow(asked: Asked) -> web.StreamResponse:
            listening.set()
            await goes_on.wait()
            return web.json_response({"text": "I need a family visa"})

        heard.answer = slow
        shop.phone(NUMBER).sends_voice()
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        turn = asyncio.create_task(shop.process.respond())
        await listening.wait()
        await erase_everywhere(shop)
        goes_on.set()
        await turn

        assert await count(shop, "transcript") == await count(shop, "turn") == 0


async def test_ops_6_what_was_said_is_erased_with_the_contact(database_url: str) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = shop.phone(NUMBER)
        phone.sends_voice("I need a family visa")
        await shop.settle()
        before = await count(shop, "transcript")

        await erase_everywhere(shop)

        assert (before, await count(shop, "transcript")) == (1, 0)


async def test_music_that_is_passed_on_is_not_listened_to(database_url: str) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = await to_the_name(shop)
        sent = phone.sends_voice("la la la")
        assert sent.update.content["audio"]["voice"]
        sent.update.content["audio"]["voice"] = False

        await shop.settle()

        assert ASKS_TO_TYPE in phone.texts[-1]
        assert heard.asked == []


async def test_a_voice_note_that_is_too_large_is_not_even_fetched(database_url: str) -> None:
    async with open_transcriber() as heard:
        environment = {**heard.environment, "transcribe_max_mb": 1}
        async with open_shop(database_url, environment=environment) as shop:
            phone = await to_the_name(shop)
            sent = phone.sends_voice("My name is Maria Santos")
            shop.world.media.spoil(sent.update.content["audio"]["id"], Spoiled(size=1024 * 1024 + 1))

            await shop.settle()

            assert ASKS_TO_TYPE in phone.texts[-1]
            assert (heard.asked, shop.world.media.fetches) == ([], 0)
            assert await shop.value("SELECT problem FROM transcript") == "too_large"


async def test_of_many_voice_notes_at_once_a_few_are_listened_to(database_url: str) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = shop.phone(NUMBER)
        for number in range(8):
            phone.sends_voice(f"family visa {number}")
        await shop.settle()

        assert len(heard.asked) == 5
        assert len(phone.texts) == 1


async def test_what_was_said_stands_in_the_thread_and_in_the_debug_panel_marked(database_url: str) -> None:
    async with open_transcriber() as heard, open_web(database_url, environment=heard.environment) as site:
        phone = site.shop.phone(NUMBER)
        phone.sends_voice("I need a <b>family visa</b> please")
        await site.shop.settle()
        heard.answer = says(b"", 500)
        phone.sends_voice("and a bank account")
        await site.shop.settle()
        path = f"/conversations/{(await site.shop.conversation_of(phone))['id']}"

        page = await (await signed_in(site, Role.VIEWER)).get(path)

        text = text_of(page)
        assert "transcribed" in text
        assert "Not transcribed: the transcriber could not be reached" in text
        assert MODEL in text
        assert b"I need a &lt;b&gt;family visa&lt;/b&gt; please" in page.body
        assert b"<b>family" not in page.body
        assert b"<mark" in page.body
        assert page.body.count(b"<audio ") == 2


async def test_what_was_said_is_found_by_search(database_url: str) -> None:
    async with open_transcriber() as heard, open_web(database_url, environment=heard.environment) as site:
        site.shop.phone(NUMBER).sends_voice("I need a quorumvisa")
        await site.shop.settle()
        while await site.shop.process.bookkeeper.fill_cards_once():
            pass

        browser = await signed_in(site, Role.VIEWER)
        found, not_found = [
            text_of(await browser.post("/inbox", {"sought": word}, hx_request="true"))
            for word in ("quorumvisa", "quorumhouse")
        ]

        assert f"+{NUMBER}" in found
        assert f"+{NUMBER}" not in not_found


async def test_nothing_that_was_said_is_logged(database_url: str, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        shop.phone(NUMBER).sends_voice("Zebulon Quartermain")
        await shop.settle()

    out, err = capfd.readouterr()
    assert "voice.heard" in out + err
    assert "Zebulon" not in out + err
    assert KEY not in out + err
