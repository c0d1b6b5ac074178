"""What held after a fault: every invariant, and that the work is done, asked of Meta's book, the ledger, the tables."""

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


async def breaches_of(shop: Shop) -> list[str]:
    return await breaches(shop.world, shop.url)
