"""A real wire that breaks between a COMMIT and its answer, for each of the four: ingest, turn, claim, result."""

from datetime import timedelta

import asyncpg
import pytest

from support.faults import fault
from support.invariants import book_of, broken_invariants, unfinished
from support.records import at_rest
from support.severed import Wire, open_wire
from support.shop import Shop, open_shop
from support.talk import accepted
from surereply.lab.phones import Phone
from surereply.store.database import COMMIT_IN_DOUBT


async def _ingest(shop: Shop, phone: Phone, wire: Wire) -> None:
    wire.lose_the_answer_to("COMMIT")
    await shop.world.meta.deliver_once()


async def _turn(shop: Shop, phone: Phone, wire: Wire) -> None:
    await shop.world.deliver()
    shop.clock.advance(seconds=10)
    await shop.process.responder.respond_once()
    wire.lose_the_answer_to("COMMIT")
    await shop.process.responder.drain()


async def _claim(shop: Shop, phone: Phone, wire: Wire) -> None:
    await shop.world.deliver()
    shop.clock.advance(seconds=10)
    await shop.process.respond()
    wire.lose_the_answer_to("COMMIT")
    with pytest.raises(COMMIT_IN_DOUBT):
        await shop.process.dispatcher.dispatch_once()


async def _result(shop: Shop, phone: Phone, wire: Wire) -> None:
    await shop.world.deliver()
    shop.clock.advance(seconds=10)
    await shop.process.respond()
    await shop.process.dispatcher.dispatch_once()
    wire.lose_the_answer_to("COMMIT")
    await shop.process.dispatcher.drain()


@fault(12)
@pytest.mark.parametrize("step", [_ingest, _turn, _claim, _result], ids=lambda step: step.__name__.strip("_"))
async def test_a_commit_whose_answer_is_lost_on_the_wire_happened_once(database_url: str, step: object) -> None:
    assert callable(step)
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        await step(shop, phone, wire)
        await shop.settle(wait=timedelta(seconds=31))
        await shop.settle()  # what was given back is tried again a second later
        witness = await asyncpg.connect(database_url)
        book = book_of(shop.world.meta.book, shop.world.graph.ledger)
        findings = [*await broken_invariants(witness.fetch, book), *await unfinished(witness.fetch, book)]
        await witness.close()

        assert wire.answers_lost == 1
        assert findings == []
        assert len(accepted(shop, phone)) == len(phone.texts) == 1
        assert await at_rest(shop)
