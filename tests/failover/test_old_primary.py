"""An old primary lives on with its clients: it acknowledges nothing, sends nothing, and they move to the new one."""

import asyncio
from typing import Any

import asyncpg
import pytest

from failover.cluster import Cluster
from failover.nodes import Node
from failover.scene import at_most, broken, ends_or_waits, rows
from failover.wires import FollowingWire
from support.faults import fault
from support.severed import carrying
from support.shop import open_shop
from support.talk import owe
from surereply.store.database import Database, NotReplicated, connect

pytestmark = fault(39)


async def impatiently(work: "asyncio.Task[Any]", primary: Node) -> Any:
    """Every commit of it that waits for a standby is cut off, as its client's patience would do in a minute."""
    while (waiting := await ends_or_waits(work, primary)) is not None:
        await primary.value("SELECT pg_cancel_backend($1)", waiting)
    return (await asyncio.gather(work, return_exceptions=True))[0]


async def port_written_to(db: Database) -> int:
    async with db.transaction() as tx:
        port: int = await tx.fetchval("SELECT inet_server_port()")
        await tx.execute("INSERT INTO erased_key VALUES (1, gen_random_uuid()::text::bytea, now())")
    return port


async def forget(db: Database) -> None:
    async with db.statement() as tx:
        await tx.execute("DELETE FROM erased_key")


async def test_nothing_done_on_an_old_primary_is_acknowledged_or_sent(cluster: Cluster) -> None:
    """Its clients still reach it, and it still takes what they write; only it has nobody to confirm it."""
    async with open_shop(cluster.primary.url) as shop:
        owed, writes = shop.phone("971500000001"), shop.phone("971500000002")
        await owe(shop, owed)
        old = await cluster.cut_off()
        writes.says("Hello, I need a family visa")
        deliver, process = shop.world.meta.deliver_once, shop.process
        for work in (deliver, deliver, process.respond, process.dispatch, process.dispatch):
            await impatiently(asyncio.create_task(work()), old)
            shop.clock.advance(seconds=10)
        on_the_old = await rows(old, "SELECT FROM message")
        claimed_on_the_old = await rows(old, "SELECT FROM reply WHERE attempt > 0")
        acknowledged, sent = writes.said[0].update.acknowledgements, shop.world.graph.ledger.entries

        await cluster.fence(old)
        await cluster.rejoin(old)

        assert (acknowledged, sent) == (0, ())
        assert (len(on_the_old), len(claimed_on_the_old)) == (2, 2)
        assert len(await rows(old, "SELECT FROM message")) == 1
        assert await broken(cluster.primary, shop.world) == []


async def test_clients_of_an_old_primary_that_cannot_commit_move_to_where_the_address_leads_now(
    cluster: Cluster,
) -> None:
    """The proxy left their connections open, and nobody fenced the old primary: what does not commit is dropped."""
    async with carrying(FollowingWire(cluster)) as wire:
        await _clients_move(cluster, wire.url)


async def test_clients_that_know_all_hosts_ask_the_others_before_the_old_primary(cluster: Cluster) -> None:
    """The old primary is the first in the URL, answers, and takes itself for the primary."""
    await _clients_move(cluster, cluster.url)


async def _clients_move(cluster: Cluster, url: str) -> None:
    db = await connect(url, name="test", most=1)
    try:
        first = await port_written_to(db)
        old = await cluster.cut_off()
        on_the_old = await impatiently(asyncio.create_task(port_written_to(db)), old)
        then = await at_most(20, port_written_to(db))
    finally:
        await db.close()

    assert first == old.port
    assert isinstance(on_the_old, NotReplicated)
    assert then == cluster.primary.port


@pytest.mark.parametrize("statement", [True, False])
async def test_a_connection_that_led_to_a_standby_is_not_kept(cluster: Cluster, statement: bool) -> None:
    """A proxy was wrong for a moment: what cannot be written there is written where it can be, the next time."""
    async with carrying(FollowingWire(cluster)) as wire:
        wire.astray = cluster.standbys[0]
        db = await connect(wire.url, name="test", most=1)
        try:
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await (forget(db) if statement else port_written_to(db))
            wire.astray = None
            then = await port_written_to(db)
        finally:
            await db.close()

    assert then == cluster.primary.port
