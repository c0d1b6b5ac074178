"""Processes of the business that die where they stand: in this one, and for real, by SIGKILL."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from asyncio.subprocess import Process as Child
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mutants.run import as_planted
from support.shop import Process, Shop

TESTS = Path(__file__).resolve().parents[1]
START_SECONDS = 30
LIVING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"


async def die(process: Process) -> None:
    """Nothing of the process runs on, nothing is tidied up: its connections are cut, its requests hang up."""
    process.db.terminate()
    tasks = {*process.responder._thinking, *process.dispatcher._in_flight}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def succeed(shop: Shop) -> Process:
    """The first process is dead; a new one, which knows what is on disk, takes its place."""
    await die(shop.processes.pop(0))
    return await shop.start()


@asynccontextmanager
async def doomed(shop: Shop, step: str, point: str) -> AsyncIterator[Child]:
    """A process of its own that takes one step up to a point (see `support.doomed`), and stands there."""
    program = as_planted("support.doomed", shop.url, shop.world.api_url, shop.clock().isoformat(), step, point)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program,
        stdout=PIPE, env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    )  # fmt: skip
    assert child.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await child.stdout.readline()
        assert line.decode().strip() == point, "the process never came to the point"
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def kill_at(shop: Shop, step: str, point: str) -> int:
    """Run a process to the point and `kill -9` it there; its exit code, once the server has let go of what it held."""
    async with doomed(shop, step, point) as child:
        child.send_signal(signal.SIGKILL)
        code = await child.wait()
    async with asyncio.timeout(START_SECONDS):
        while await shop.value(LIVING, "surereply doomed"):  # noqa: ASYNC110 - the server notices by itself
            await asyncio.sleep(0.01)
    return code
