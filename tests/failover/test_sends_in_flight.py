"""The primary is destroyed around a send: before its claim is replicated, during it, before its result is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from failover.cluster import Cluster, until_value
from failover.scene import at_most, broken, ends_or_waits, left_undone
from failover.wires import FollowingWire
from mutants import MUTANTS, plant
from support.faults import fault
from support.severed import carrying
from support.shop import Shop, open_shop
from support.talk import accepted, arrived, owe, statuses
from surereply.lab.faults import latency
from surereply.lab.graph import Manners
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting

UNTIL_THE_LEASE_ENDED = 31


@asynccontextmanager
async def open_shop_that_owes(cluster: Cluster, processes: int = 1) -> AsyncIterator[tuple[Shop, Phone]]:
    """A reply is owed, and that is replicated."""
    async with carrying(FollowingWire(cluster)) as wire, open_shop(wire.url, processes=processes) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        yield shop, phone


async def lose_the_claim(cluster: Cluster, shop: Shop) -> None:
    """The dispatcher sends, or waits for the standby, when the primary is destroyed; then another one sends."""
    await cluster.freeze_standbys()
    sending = asyncio.create_task(shop.process.dispatch())
    await ends_or_waits(sending, cluster.primary)
    await cluster.destroy_primary()
    await asyncio.gather(sending, return_exceptions=True)
    await cluster.fail_over()
    await shop.restart()
    await shop.process.dispatch()
    shop.clock.advance(seconds=UNTIL_THE_LEASE_ENDED)
    await shop.settle()


@fault(40)
async def test_a_claim_that_was_not_replicated_sent_nothing(cluster: Cluster) -> None:
    async with open_shop_that_owes(cluster) as (shop, phone):
        await lose_the_claim(cluster, shop)

        assert len(accepted(shop, phone)) == 1
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


@fault(40)
async def test_a_claim_that_was_lost_is_not_given_back_in_place_of_another_ones(cluster: Cluster) -> None:
    """The first dispatcher's claim went with the primary; the second one's has the same attempt, and is being sent."""
    async with open_shop_that_owes(cluster, processes=2) as (shop, phone):
        first, second = shop.processes
        await cluster.freeze_standbys()
        waiting = asyncio.create_task(first.dispatch())
        await ends_or_waits(waiting, cluster.primary)
        await cluster.destroy_primary()
        await asyncio.gather(waiting, return_exceptions=True)
        await cluster.fail_over()
        shop.world.graph.faults.script(phone.address, [latency(0.6, after=True)])
        sending = asyncio.create_task(second.dispatch())
        await arrived(shop, phone)
        for _ in range(3):
            shop.clock.advance(seconds=2)
            await first.dispatch()
        await sending
        await shop.settle()

        assert len(accepted(shop, phone)) == 1
        assert await broken(cluster.primary, shop.world) == []


@fault(40)
async def test_with_an_asynchronous_claim_the_customer_gets_two_copies(cluster: Cluster, sound_code: None) -> None:
    """The hole is real: the first byte outran the standby, and the new primary knows of no send."""
    with plant(MUTANTS["asynchronous_claim"]):
        async with open_shop_that_owes(cluster) as (shop, phone):
            await lose_the_claim(cluster, shop)

            assert len(accepted(shop, phone)) == 2
            assert len(shop.world.graph.ledger.sent_twice()) == 1


@fault(40)
async def test_a_request_under_way_while_the_primary_changes_is_written_down_on_the_new_one(cluster: Cluster) -> None:
    """Its claim was replicated; the answer comes when the old primary is gone."""
    async with open_shop_that_owes(cluster) as (shop, phone):
        shop.world.graph.faults.script(phone.address, [latency(0.6)])
        sending = asyncio.create_task(shop.process.dispatch())
        await until_value(cluster.primary, "SELECT count(*) FROM reply WHERE status = 'SENDING'", bool)
        await cluster.destroy_primary()
        await cluster.fail_over()
        await at_most(20, asyncio.gather(sending, return_exceptions=True))
        shop.clock.advance(seconds=UNTIL_THE_LEASE_ENDED)
        await shop.settle()

        assert len(accepted(shop, phone)) == 1
        assert await statuses(shop, phone) == ["SENT"]
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


@fault(41)
@pytest.mark.parametrize("echoes", [True, False])
async def test_a_result_that_is_lost_with_the_primary_sends_nothing_again(cluster: Cluster, echoes: bool) -> None:
    """Results may be lost: the new primary knows of the send, and not how it ended. The report tells; without one it is
    in doubt, and listed."""
    async with open_shop_that_owes(cluster) as (shop, phone):
        if not echoes:
            shop.world.graph.change_manners(Manners(reporting=Reporting(stages=())))
        await lose_the_result(cluster, shop, phone)
        after_the_failover = await statuses(shop, phone)
        shop.clock.advance(seconds=UNTIL_THE_LEASE_ENDED)
        await shop.settle()

        assert after_the_failover == ["SENDING"]
        assert len(accepted(shop, phone)) == 1
        assert await statuses(shop, phone) == (["SENT"] if echoes else ["UNKNOWN"])
        assert await broken(cluster.primary, shop.world) == []
        assert not echoes or await left_undone(cluster.primary, shop.world) == []


async def lose_the_result(cluster: Cluster, shop: Shop, phone: Phone) -> None:
    """Between claim and answer the standbys stop hearing of the primary, which is destroyed when it has the result."""
    shop.world.graph.faults.script(phone.address, [latency(0.8, after=True)])
    sending = asyncio.create_task(shop.process.dispatch())
    await arrived(shop, phone)
    await cluster.freeze_standbys()
    await at_most(20, sending)
    assert await statuses(shop, phone) == ["SENT"]
    await cluster.destroy_primary()
    await cluster.fail_over()
