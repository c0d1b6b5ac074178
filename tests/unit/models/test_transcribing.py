"""What an answer of a transcriber says, whatever comes back; and what is asked of it."""

import asyncio
import json

import pytest
from aiohttp import web

from support.transcriber import KEY, Asked, open_transcriber, says
from surereply.lab.media import voice_note
from surereply.models.transcribing import (
    LONGEST_TEXT,
    NotTranscribed,
    Transcribed,
    Transcriber,
    TranscriptionEndpoint,
    words_of,
)
from surereply.whatsapp.http import open_http


def answer(text: str) -> bytes:
    return json.dumps({"text": text, "usage": {"seconds": 3}}).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (answer("  I need a\n visa "), "I need a visa"),
        (answer("أحتاج تأشيرة"), "أحتاج تأشيرة"),
        (answer("a\0b"), "ab"),
        (b'{"text": "a \\ud800 b"}', NotTranscribed.RUBBISH),
        (answer(""), NotTranscribed.NOTHING_SAID),
        (answer(" … ♪ "), NotTranscribed.NOTHING_SAID),
        (answer("thanks for watching " * 30), NotTranscribed.RUBBISH),
        (answer(" ".join(str(number * 7919) for number in range(LONGEST_TEXT))), NotTranscribed.RUBBISH),
        (b"", NotTranscribed.RUBBISH),
        (b"\xff\xfe", NotTranscribed.RUBBISH),
        (b"[]", NotTranscribed.RUBBISH),
        (b'{"text": null}', NotTranscribed.RUBBISH),
        (b'{"text": {"a": 1}}', NotTranscribed.RUBBISH),
    ],
)
def test_an_answer_is_words_or_says_why_there_are_none(body: bytes, words: Transcribed) -> None:
    assert words_of(body) == words


def test_somebody_who_says_a_thing_twice_does_not_repeat_themselves() -> None:
    said = "yes yes I need a family visa, a family visa for my wife and for my two sons, my wife is in India now"

    assert words_of(answer(said)) == said


async def asked_of(base_url: str, *, times: int = 1, at_once: int = 4) -> list[Transcribed]:
    async with open_http() as http:
        transcribe = Transcriber(http, TranscriptionEndpoint(base_url, "whisper-1", KEY), at_once=at_once)
        return await asyncio.gather(*(transcribe(voice_note("hello"), "audio/ogg", "ogg") for _ in range(times)))


async def test_a_redirect_never_takes_the_key_and_the_voice_along() -> None:
    async with open_transcriber() as stranger:

        async def elsewhere(asked: Asked) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"{stranger.base_url}/audio/transcriptions"})

        async with open_transcriber(elsewhere) as heard:
            said = await asked_of(heard.base_url)

    assert said == [NotTranscribed.REFUSED]
    assert stranger.asked == []


async def test_nobody_there_is_unreachable() -> None:
    async with open_transcriber() as heard:
        gone = heard.base_url

    assert await asked_of(gone) == [NotTranscribed.UNREACHABLE]


async def test_no_more_are_asked_at_once_than_may_be() -> None:
    goes_on, two_there = asyncio.Event(), asyncio.Event()

    async def held(asked: Asked) -> web.StreamResponse:
        if len(heard.asked) == 2:
            two_there.set()
        await goes_on.wait()
        return web.json_response({"text": "hello"})

    async with open_transcriber(held) as heard, open_transcriber() as beside:
        asking = asyncio.create_task(asked_of(heard.base_url, times=6, at_once=2))
        await two_there.wait()
        for _ in range(5):  # whatever else was under way would have arrived, too
            await asked_of(beside.base_url)
        there = len(heard.asked)
        goes_on.set()

        assert await asking == ["hello"] * 6
        assert there == 2


async def test_an_answer_without_end_is_not_waited_for() -> None:
    async with open_transcriber(says(b'{"text": "' + b"x " * 1_000_000 + b'"}')) as heard:
        assert await asked_of(heard.base_url) == [NotTranscribed.RUBBISH]


def test_the_key_is_shown_nowhere() -> None:
    assert KEY not in repr(TranscriptionEndpoint("https://a.example/v1", "m", KEY))
