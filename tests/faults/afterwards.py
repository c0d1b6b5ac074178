"""What held after a fault: every invariant, and that the work is done, asked of Meta's book, the ledger, the tables."""

import asyncio

import asyncpg

from support.invariants import book_of, broken_invariants, unfinished
from support.shop import Shop
from surereply.lab.world import World


async def breaches(world: World, database_url: str) -> list[str]:
    """Every promise that was broken, a line each; empty when all held and nothing is left to do."""
    book = book_of(world.meta.book, world.graph.ledger)
    connection = await asyncpg.connect(database_url)
    try:
        return [*await broken_invariants(connection.fetch, book), *await unfinished(connection.fetch, book)]
    finally:
        await connection.close()


async def breaches_in_the_end(world: World, database_url: str, *, patience_s: float = 30) -> list[str]:
    """The same of processes that still work: what is left once all is done, or our patience."""
    found = await breaches(world, database_url)
    try:
        async with asyncio.timeout(patience_s):
            while found:
                await asyncio.sleep(0.1)
                found = await breaches(world, database_url)
    except TimeoutError:
        pass
    return found


async def breaches_of(shop: Shop) -> list[str]:
    return await breaches(shop.world, shop.url)
