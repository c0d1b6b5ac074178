"""Real `surereply serve` processes, with every setting in the test's hand, and customers who talk to them."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp

from support.commands import ADMIN_TOKEN, Running, running
from support.ports import own_port
from support.servers import HURRY, webhook_of
from surereply.lab.graph import Manners
from surereply.lab.meta import Habits
from surereply.lab.reporting import Reporting
from surereply.lab.world import World

OURS = ("surereply",)


@asynccontextmanager
async def a_served_world(*, ports: int = 1, seed: int = 0) -> AsyncIterator[tuple[World, list[int]]]:
    """A WhatsApp in a hurry, and the ports on which it looks for servers."""
    chosen = [own_port() for _ in range(ports)]
    manners = Manners(reporting=Reporting(delay_s=0.01))
    addresses = [webhook_of(port) for port in chosen]
    async with World(webhook_url=addresses, habits=Habits(redelivery=HURRY), manners=manners, seed=seed) as world:
        yield world, chosen


@asynccontextmanager
async def serve(settings: dict[str, str], *arguments: str, program: Sequence[str] = OURS) -> AsyncIterator[Running]:
    """Started and ready; ended by SIGTERM with the block, if nothing ended it before."""
    async with running("serve", *arguments, settings=settings, program=program) as server:
        await server.ready()
        yield server


async def killed(server: Running) -> int:
    """SIGKILL, at once; the exit code."""
    return await server.end(signal.SIGKILL)


async def health(port: int) -> tuple[str, list[str]]:
    """The verdict, and the codes of its reasons."""
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    address = f"http://127.0.0.1:{port}/api/admin/health/ai"
    async with aiohttp.ClientSession() as http, http.get(address, headers=headers) as answer:
        told = await answer.json(content_type=None)
    return told["verdict"], [reason["code"] for reason in told["reasons"]]


async def is_ready(port: int) -> bool:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/readyz") as answer:
        return answer.status == 200


async def all_told(world: World) -> None:
    """Return when WhatsApp has nothing left to deliver."""
    async with asyncio.timeout(30):
        while world.meta.unacknowledged():  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(0.01)
