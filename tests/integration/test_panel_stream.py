"""What open pages are told: which conversations changed and who waits, by one look for all, and never a word."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support.app import ENDED, Web, open_web, talked
from support.panel import Browser, signed_in
from surereply.store import changes
from surereply.web import watch
from surereply.web.panel import stream


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_SECONDS", 0.02)


@asynccontextmanager
async def following(web: Web, browser: Browser) -> AsyncIterator["asyncio.Queue[str]"]:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with web.stream("/stream", [(b"cookie", cookies.encode())]) as events:
        assert await told(events) == ": connected"
        yield events


async def told(events: "asyncio.Queue[str]") -> str:
    return (await asyncio.wait_for(events.get(), 10)).strip()


async def next_of(events: "asyncio.Queue[str]", kind: str) -> Any:
    while True:
        event = await told(events)
        if event.startswith(f"event: {kind}\n"):
            return json.loads(event.split("data: ")[1])


async def test_a_page_is_told_which_conversation_changed_and_no_word_of_it(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        async with following(web, browser) as events:
            await next_of(events, "attention")
            conversation_id = await talked(web, "chrysanthemum")

            changed = await next_of(events, "changes")

            assert changed == {"conversations": [conversation_id]}


async def test_whoever_waits_for_a_person_is_told_with_since_when(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        async with following(web, browser) as events:
            assert (await next_of(events, "attention"))["waiting"] == []
            await talked(web, "I want to talk to a person")
            web.shop.clock.advance(seconds=20)

            attention = await next_of(events, "attention")
            while not attention["waiting"]:
                attention = await next_of(events, "attention")

            assert attention["waiting"] == [str(await web.shop.value("SELECT id FROM handover"))]
            assert attention["listed"] == 0


async def test_many_pages_share_one_look(database_url: str, monkeypatch: Any) -> None:
    looks = 0
    recent = changes.recent

    async def counting(*arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        return await recent(*arguments)

    monkeypatch.setattr(changes, "recent", counting)
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        async with following(web, browser) as first, following(web, browser) as second:
            await asyncio.sleep(0.3)
            counted = looks
            await talked(web, "hello")

            assert await next_of(first, "changes") == await next_of(second, "changes")
            assert counted <= 0.3 / 0.02 + 2
        await asyncio.sleep(0.1)
        counted = looks
        await asyncio.sleep(0.1)

        assert looks == counted  # nobody follows, nobody looks


async def test_streams_are_bounded_and_end_with_the_server(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(stream, "MOST_STREAMS", 1)
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        async with following(web, browser) as events:
            refused = await browser.get("/stream")
            web.parts.stopping.set()
            last = await told(events)
            while last != ENDED:
                last = await told(events)

        assert refused.status == 503


async def test_a_slow_reader_is_let_go_and_comes_again() -> None:
    channel = watch.Channel(nothing)
    slow: asyncio.Queue[bytes | None] = asyncio.Queue(1)
    channel.readers.add(slow)

    channel.tell(b"one")
    channel.tell(b"two")

    assert slow.get_nowait() is None
    assert channel.readers == set()


async def nothing(*_: Any) -> bytes:
    return b""


async def test_pages_and_machines_share_one_look(database_url: str, monkeypatch: Any) -> None:
    looking: list[Any] = []
    monkeypatch.setattr(changes, "recent", noting_who_looks(changes.recent, looking))
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        async with following(web, browser) as page, web.stream("/api/admin/stream") as machine:
            assert await told(machine) == ": connected"
            conversation_id = await talked(web, "hello")

            assert conversation_id in (await next_of(page, "changes"))["conversations"]
            assert (await next_of(machine, "turn"))["conversation_id"] == conversation_id
            assert len(set(looking)) == 1


def noting_who_looks(recent: Any, looking: list[Any]) -> Any:
    async def noted(*arguments: Any) -> Any:
        looking.append(asyncio.current_task())
        return await recent(*arguments)

    return noted
