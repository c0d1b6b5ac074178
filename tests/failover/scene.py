"""What the stories of this layer are told with: who waits for a standby, what was lost, which bug is planted."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg

from failover.cluster import until_value
from failover.nodes import DATABASE, Node
from support.invariants import Book, Fetch, book_of, broken_invariants, unfinished
from surereply.lab.world import World

Audit: TypeAlias = Callable[[Fetch, Book], Awaitable[list[str]]]

NOT_KEPT = "was answered with 200 and is not kept"
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


async def lost(node: Node, world: World) -> list[str]:
    """Messages that were answered with 200, and are not there."""
    return [finding for finding in await broken(node, world) if NOT_KEPT in finding]


async def broken(node: Node, world: World) -> list[str]:
    """Invariants that do not hold on a node, after what Meta and the provider saw."""
    return await _audit(node, broken_invariants, world)


async def left_undone(node: Node, world: World) -> list[str]:
    """What a business at rest has none of."""
    return await _audit(node, unfinished, world)


async def _audit(node: Node, audit: Audit, world: World) -> list[str]:
    async with node.connection(DATABASE) as connection:
        return await audit(connection.fetch, book_of(world.meta.book, world.graph.ledger))


async def rows(node: Node, sql: str, *args: Any) -> Sequence[asyncpg.Record]:
    async with node.connection(DATABASE) as connection:
        return list(await connection.fetch(sql, *args))


async def at_most(seconds: float, work: Awaitable[Any]) -> Any:
    """For what must not take for ever: raises TimeoutError."""
    async with asyncio.timeout(seconds):
        return await work
