"""What the machines found, kept: each as short as it can be told."""

import asyncio

from support.invariants import broken_invariants
from support.records import at_rest, count
from support.shop import open_shop
from support.talk import hear
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.thinking import read_with_rules


async def test_a_turn_that_lost_its_lease_is_fenced_also_where_its_own_process_leased_again(database_url: str) -> None:
    """A process that was stopped leases the same conversation anew, and writes both turns in one transaction: only the
    one that holds the lease is committed."""
    let_go = asyncio.Event()

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        await let_go.wait()
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        await hear(shop, phone, "Hello, I need a family visa")
        await shop.process.responder.respond_once()
        shop.clock.advance(seconds=16)
        leased_again = await shop.process.responder.respond_once()
        let_go.set()
        await shop.process.responder.drain()
        turns = await count(shop, "turn")
        await shop.settle()

        assert (leased_again, turns) == (1, 1)
        assert await broken_invariants(shop.fetch) == []
        assert len(phone.texts) == 1
        assert await at_rest(shop)
