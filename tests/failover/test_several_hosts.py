"""`SUREREPLY_DATABASE_URL` names all nodes of a cluster, and every connection finds the primary among them."""

import asyncio
import socket

import pytest

from failover.cluster import Cluster
from failover.nodes import Node
from failover.scene import at_most
from failover.wires import LateWire
from support.commands import surereply_beside
from support.severed import carrying
from surereply.hints import Hints
from surereply.store.database import CONNECTION_LOST, Database, DatabaseUnreachable, connect, connect_alone, where
from surereply.store.hosts import one_host_each

SEVERAL = {
    "postgresql://me:pw@one:5432,two:5433/leads?sslmode=require": [
        "postgresql://me:pw@one:5432/leads?sslmode=require&target_session_attrs=primary",
        "postgresql://me:pw@two:5433/leads?sslmode=require&target_session_attrs=primary",
    ],
    "postgresql://[::1],[::2]:6/leads?target_session_attrs=read-write": [
        "postgresql://[::1]/leads?target_session_attrs=read-write",
        "postgresql://[::2]:6/leads?target_session_attrs=read-write",
    ],
    "postgresql://me@/leads?host=/one,/two&port=1,2": [
        "postgresql://me@/leads?host=/one&port=1&target_session_attrs=primary",
        "postgresql://me@/leads?host=/two&port=2&target_session_attrs=primary",
    ],
    "postgresql://me@/leads?host=/one,/two&port=7": [
        "postgresql://me@/leads?host=/one&port=7&target_session_attrs=primary",
        "postgresql://me@/leads?host=/two&port=7&target_session_attrs=primary",
    ],
    "postgresql://me@/leads?host=/one,/two": [
        "postgresql://me@/leads?host=/one&target_session_attrs=primary",
        "postgresql://me@/leads?host=/two&target_session_attrs=primary",
    ],
}
ONE = ("postgresql://me@one:5432/leads", "postgresql:///leads?host=/one", "postgresql:///leads")


async def primary_of(db: Database) -> int:
    """The port of the node that something is written to."""
    async with db.transaction() as tx:
        port: int = await tx.fetchval("SELECT inet_server_port()")
        await tx.execute("CREATE TABLE IF NOT EXISTS written (at timestamptz)")
    return port


def test_a_url_of_several_hosts_is_told_without_its_secrets() -> None:
    told = where("postgresql://me:secret@one:5432,two:5433/leads?target_session_attrs=primary&password=secret")

    assert told == "one:5432,two:5433/leads"


@pytest.mark.parametrize("url", SEVERAL)
def test_hosts_are_asked_one_by_one_and_only_a_primary_will_do(url: str) -> None:
    assert one_host_each(url) == SEVERAL[url]


@pytest.mark.parametrize("url", ONE)
def test_a_url_of_one_host_stays_as_it_is(url: str) -> None:
    assert one_host_each(url) == [url]


@pytest.mark.parametrize("named", ["?target_session_attrs=primary", ""])
async def test_connections_find_the_primary_wherever_it_moves(cluster: Cluster, named: str) -> None:
    """Also where nobody says what is looked for: a business that cannot write is no business."""
    db = await connect(cluster.url.replace("?target_session_attrs=primary", named), name="test", most=2)
    found, primaries = [], []
    try:
        for _ in range(3):
            found.append(await primary_of(db))
            primaries.append(cluster.primary.port)
            await cluster.switch_over()
    finally:
        await db.close()

    assert found == primaries
    assert len(set(primaries)) > 1


async def test_a_host_that_does_not_answer_holds_nobody_up(cluster: Cluster) -> None:
    """A machine that is gone answers nothing at all: the next host has time of its own."""
    cluster.primary.freeze()
    await cluster.fail_over()
    db = await connect(cluster.url, name="test", most=2)
    try:
        found = await primary_of(db)
    finally:
        await db.close()

    assert found == cluster.primary.port


async def test_while_no_host_is_the_primary_the_connection_counts_as_lost(cluster: Cluster) -> None:
    """Not as a mistake of ours: whoever tries again later must go on trying."""
    standbys_alone = cluster.url.replace(f"127.0.0.1:{cluster.primary.port},", "")

    with pytest.raises(CONNECTION_LOST):
        await connect_alone(standbys_alone, "test")
    with pytest.raises(DatabaseUnreachable, match="none of its hosts is a primary"):
        await connect(standbys_alone, name="test", most=2)

    await cluster.destroy_primary()
    await cluster.fail_over()
    db = await connect(standbys_alone, name="test", most=2)
    try:
        found = await primary_of(db)
    finally:
        await db.close()
    assert found == cluster.primary.port


async def test_one_host_that_is_a_standby_is_told_too(cluster: Cluster) -> None:
    only = f"{cluster.standbys[0].url}?target_session_attrs=primary"

    with pytest.raises(CONNECTION_LOST):
        await connect_alone(only, "test")


async def test_a_connection_that_is_half_way_to_its_end_counts_as_lost(node: Node) -> None:
    """Between the server's last word and the end of the connection asyncpg finds a mistake of its own: whoever does not
    take that for a lost connection, and ends, never reconnects."""
    async with carrying(LateWire(node.url)) as wire:
        connection = await connect_alone(wire.url, "test")
        wire.say_the_end()
        for _ in range(20):  # until the loop has read it
            await asyncio.sleep(0)
        with pytest.raises(CONNECTION_LOST):
            await connection.fetchval("SELECT 1")
        connection.terminate()


async def test_hints_follow_the_primary(cluster: Cluster) -> None:
    """Listening and telling are connections of their own; they find the new primary by themselves."""
    hears, tells = Hints(frozenset({"respond"})), Hints(frozenset())
    running = [asyncio.create_task(hints.run(cluster.url)) for hints in (hears, tells)]
    try:
        await cluster.switch_over()
        woken = asyncio.create_task(hears.wake("respond").wait(3600))
        async with asyncio.timeout(20):
            while not woken.done():
                tells.tell("respond")
                await asyncio.wait({woken}, timeout=0.1)
        ended = [task for task in running if task.done()]
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    assert ended == []


async def test_commands_work_on_a_cluster_too(cluster: Cluster) -> None:
    settings = {"DATABASE_URL": cluster.url}
    migrated = await surereply_beside("migrate", settings=settings)
    await cluster.switch_over()
    held = await surereply_beside("hold", settings=settings)
    looked = await surereply_beside("doctor", "--offline", settings=settings)

    assert (migrated.code, migrated.out) == (0, "nothing to apply: the schema is current\n")
    assert (held.code, held.err) == (0, "")
    assert "fsync is off" in looked.out  # it asked the server, whose tests have it off


async def test_a_connection_notices_when_the_machine_behind_it_is_gone(cluster: Cluster) -> None:
    """It would be waited on for minutes otherwise. Such a machine cannot be made here: what the kernel was told is
    looked at instead."""
    connection = await connect_alone(cluster.url, "test")
    try:
        own = connection._transport.get_extra_info("socket")
        alive = own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        told = [own.getsockopt(socket.IPPROTO_TCP, option) for option in options]
    finally:
        await at_most(10, connection.close())

    assert alive == 1
    assert told == [5, 3, 3, 15_000]
