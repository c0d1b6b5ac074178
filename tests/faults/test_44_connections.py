"""Fault 44: others have taken every connection of the server: 503, health says so, and it heals by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from shutil import rmtree
from typing import TypeAlias

import asyncpg
import pytest

from faults.afterwards import breaches_of
from support.app import Web, open_web
from support.faults import fault
from support.postgres import QUICK, new_database, open_folder, template_database
from support.records import count
from support.servers import until
from support.shop import Process
from support.webhooks import body_with, post
from surereply.store.database import DatabaseUnreachable, connect
from surereply.store.embedded import start_embedded
from surereply.worker import Wake, run_step

Once: TypeAlias = Callable[[], Awaitable[int]]

FAMILY = "Hello, I need a family visa"
MOST_CONNECTIONS = 25


@pytest.fixture
def small_url() -> Iterator[str]:
    """A database on a server with few connections."""
    folder = open_folder()
    server = start_embedded(folder / "home", QUICK | {"max_connections": str(MOST_CONNECTIONS)})
    try:
        with template_database(server.dsn) as template, new_database(server.dsn, template) as url:
            yield url
    finally:
        server.stop()
        rmtree(folder, ignore_errors=True)


class Others:
    """Somebody who takes whatever connection is free."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.taken: list[asyncpg.Connection] = []

    async def take_all(self) -> None:
        while True:
            try:
                self.taken.append(await asyncpg.connect(self._url))
            except asyncpg.TooManyConnectionsError:
                return

    async def take_ours(self) -> None:
        """Our connections are lost, as by a restart of a proxy, and their places are gone at once."""
        ours = "application_name LIKE 'surereply%' AND pid <> pg_backend_pid()"
        await self.taken[0].execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
        while await self.taken[0].fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {ours}"):
            await self.take_all()
        await self.take_all()

    async def leave(self) -> None:
        await asyncio.gather(*(one.close() for one in self.taken))
        self.taken.clear()


@asynccontextmanager
async def others_at(url: str) -> AsyncIterator[Others]:
    others = Others(url)
    try:
        yield others
    finally:
        await others.leave()


@fault(44)
async def test_without_a_connection_nothing_is_acknowledged_and_all_of_it_comes_in_later(small_url: str) -> None:
    """Every step fails and is tried again, by the loop that runs them all; nobody has to start anything anew."""
    async with open_web(small_url) as web, others_at(small_url) as others:
        shop = web.shop
        phones = [shop.phone(f"97150000000{number}") for number in range(3)]
        first, owed, late = phones
        owed.says(FAMILY)
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await others.take_all()
        kept_while_we_have_ours = await post(shop, body_with(first.says(FAMILY)))
        await others.take_ours()

        refused = await post(shop, body_with(late.says(FAMILY)))
        told, ready = await _told(web), (await web.raw("GET", "/readyz")).status
        failed: set[str] = set()
        stopping = asyncio.Event()
        steps = [
            asyncio.create_task(run_step(name, _noting(name, once, failed), Wake(), stopping, idle_seconds=0.01))
            for name, once in _steps_of(shop.process).items()
        ]
        await until(lambda: failed == _steps_of(shop.process).keys())
        await others.leave()
        await until(lambda: bool(owed.texts))
        stopping.set()
        await asyncio.gather(*steps)
        await shop.settle()

        assert (kept_while_we_have_ours, refused) == (200, 503)
        assert told == (503, "red", ["database_unreachable"])
        assert ready == 503
        assert (await _told(web))[:2] == (200, "green")
        assert failed == _steps_of(shop.process).keys()
        assert [len(phone.texts) for phone in phones] == [1, 1, 1]
        assert await count(shop, "message") == 3
        assert await breaches_of(shop) == []


def _steps_of(process: Process) -> dict[str, Once]:
    return {
        "dispatch": process.dispatcher.run_once,
        "apply_reports": process.reconciler.apply_reports_once,
        "settle_doubts": process.reconciler.settle_doubts_once,
        "respond": process.responder.run_once,
    }


def _noting(name: str, once: Once, failed: set[str]) -> Once:
    """The same step; that it failed is noted."""

    async def step() -> int:
        try:
            return await once()
        except Exception:
            failed.add(name)
            raise

    return step


async def _told(web: Web) -> tuple[int, str, list[str]]:
    answer = await web.get("/health/ai")
    return answer.status, answer.json["verdict"], [reason["code"] for reason in answer.json["reasons"]]


@fault(44)
async def test_who_starts_then_is_told_why_in_one_line(small_url: str) -> None:
    async with others_at(small_url) as others:
        await others.take_all()

        with pytest.raises(DatabaseUnreachable, match="too many clients"):
            await connect(small_url, name="test", most=1)
