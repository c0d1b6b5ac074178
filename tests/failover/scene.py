"""What the stories of this layer are told with: who waits for a standby, what was lost, which bug is planted."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

import asyncpg

from failover.cluster import Cluster, until_value
from failover.nodes import DATABASE, Node
from support.invariants import Book, book_of, broken_invariants, unfinished
from surereply.lab.world import World

WAITING = """
    SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name LIKE 'surereply %' LIMIT 1
"""


async def waits_for_a_standby(primary: Node) -> int:
    """Return when a commit of the business waits for a standby: the backend's pid."""
    pid: int = await until_value(primary, WAITING, lambda pid: pid is not None)
    return pid


async def ends_or_waits(work: "asyncio.Task[Any]", primary: Node) -> int | None:
    """Return when the work is done (None), or when its commit waits for a standby (the backend's pid)."""
    waits = asyncio.create_task(waits_for_a_standby(primary))
    await asyncio.wait({work, waits}, return_when=asyncio.FIRST_COMPLETED)
    if waits.done():
        return waits.result()
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    return None


async def lost(cluster: Cluster, world: World) -> list[str]:
    """Messages that were answered with 200, and are not there."""
    return [finding for finding in await broken(cluster, world) if "was answered with 200 and is not kept" in finding]


async def broken(cluster: Cluster, world: World) -> list[str]:
    """Invariants that do not hold on the primary."""
    return await _audit(cluster.primary, broken_invariants, book_of(world.meta.book, world.graph.ledger))


async def left_undone(cluster: Cluster, world: World) -> list[str]:
    return await _audit(cluster.primary, unfinished, book_of(world.meta.book, world.graph.ledger))


async def _audit(node: Node, audit: Any, book: Book) -> list[str]:
    async with node.connection(DATABASE) as connection:
        findings: list[str] = await audit(connection.fetch, book)
        return findings


async def rows(node: Node, sql: str, *args: Any) -> Sequence[asyncpg.Record]:
    async with node.connection(DATABASE) as connection:
        return list(await connection.fetch(sql, *args))


async def at_most(seconds: float, work: Awaitable[Any]) -> Any:
    """For what must not take for ever: raises TimeoutError."""
    async with asyncio.timeout(seconds):
        return await work
