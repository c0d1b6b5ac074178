"""Fault 57: the server of our own database ends under a `serve` that goes on; it comes back, and everything goes on."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

import asyncpg
import pytest

from faults.afterwards import breaches_in_the_end
from faults.served import a_served_world, all_told, serve
from support.faults import fault
from support.postgres import open_folder, run_sql
from support.servers import WORDS, say_and_hear, settings_of, until
from surereply.store.embedded_home import process_lives, running_dsn, server_state
from surereply.store.embedded_kept import kept_embedded

PATIENCE_SECONDS = 30


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = open_folder()
    yield folder
    rmtree(folder, ignore_errors=True)


@fault(57)
async def test_a_database_of_our_own_that_was_killed_comes_back_under_those_who_serve(folder: Path) -> None:
    """Nobody starts `serve` again: what was delivered meanwhile got 503, came again, and is answered once."""
    data = folder / "home" / "data"
    async with a_served_world() as (world, [port]):
        phones = [world.phone(f"97150000{number:04d}") for number in range(3)]
        settings = settings_of(world, port, HOME=str(folder / "home"))
        async with serve(settings) as server:
            await say_and_hear(phones, WORDS[0])
            await all_told(world)
            await _killed(data)
            await say_and_hear(phones, WORDS[1])
            await all_told(world)
            held = await breaches_in_the_end(world, await _url_of(folder / "home"))
            status = server.process.returncode

    refused = [answer for update in world.meta.book for answer in update.answers if answer != 200]
    assert status is None
    assert refused
    assert [len(phone.texts) for phone in phones] == [2] * len(phones)
    assert held == []


@fault(57)
async def test_it_comes_back_in_the_same_place_also_where_its_socket_lies_elsewhere(folder: Path) -> None:
    """A path too long for a socket gets a temporary one; whoever connects again looks there."""
    home = folder / ("long" * 25)
    with kept_embedded(home) as dsn:
        await run_sql(dsn, "CREATE TABLE kept AS SELECT 1")
        await _killed(home / "data")
        await _answers(dsn)
        await run_sql(dsn, "SELECT * FROM kept")
        told = running_dsn(home)

    assert told == dsn
    assert str(home) not in dsn
    assert running_dsn(home) is None


async def _killed(data: Path) -> int:
    """The server's main process is gone, with SIGKILL; its pid."""
    pid, _ = server_state(data)
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not process_lives(pid))
    return pid


async def _url_of(home: Path) -> str:
    """Where the server takes connections, once it does."""
    await until(lambda: running_dsn(home) is not None)
    url = running_dsn(home)
    assert url is not None
    await _answers(url)
    return url


async def _answers(url: str) -> None:
    """Return when the server takes connections."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await run_sql(url, "SELECT 1")
                return
            await asyncio.sleep(0.02)
