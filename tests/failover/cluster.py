"""Three nodes with synchronous replication, and the controller that moves the primary: Patroni's part, for tests.

What a deployment has Patroni for, with `synchronous_mode` and `synchronous_mode_strict`, and how it is kept here:

- a commit waits for a standby, always: `synchronous_standby_names` names every node, so that a primary without standbys
  acknowledges nothing, rather than go on alone (strict);
- only a node that holds everything acknowledged is promoted: the standby that is furthest along, when all that are left
  were asked; it is refused if it is behind what a standby had confirmed to the primary before (`MustNotBePromoted`);
- there is one primary that can acknowledge: the others follow the new one as soon as it is there, so the old one, also
  if it lives on, has no standby any more; it is fenced (stopped), and rewound before it follows.

Elections, leases and watchdogs are not played: the controller is one, and knows.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from failover.nodes import DATABASE, LOOK_SECONDS, Node, Programs, Role, url_of
from support.ports import own_port

NAMES = ("ash", "birch", "cedar")
PATIENCE_SECONDS = 30.0


class MustNotBePromoted(Exception):
    """No node that is left holds everything that was acknowledged."""


class Cluster:
    """`primary` is where commits go; `url` names all of the nodes, and finds it."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = tuple(nodes)
        self.primary = self.nodes[0]
        self._confirmed = 0  # how much of the log a standby had surely confirmed to a primary

    @property
    def url(self) -> str:
        return url_of(*(node.port for node in self.nodes))

    @property
    def standbys(self) -> list[Node]:
        return [node for node in self.nodes if node is not self.primary and node.runs]

    async def start(self, source: Path) -> None:
        """All nodes, from the data of one that was shut down; the first is the primary."""
        names = tuple(node.name for node in self.nodes)
        for node in self.nodes:
            await node.copy(source)
            node.role = Role(None if node is self.primary else self.primary.port, names)
        await asyncio.gather(*(node.start() for node in self.nodes))
        await self.until_followed()

    async def until_followed(self, by: int | None = None) -> None:
        """Return when so many standbys (all that run) confirm what the primary writes."""
        wanted = len(self.standbys) if by is None else by
        sql = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')"
        await until_value(self.primary, sql, lambda count: count >= wanted)

    async def freeze_standbys(self) -> None:
        """Both stand still, and the primary has given them up: nothing it writes from now on reaches them.

        Without the latter, what the primary sent would lie in the kernel's buffers, and a standby that wakes up would
        find it there, however dead the primary.
        """
        frozen = self.standbys
        for node in frozen:
            node.freeze()
        await self._cut_streams(node.name for node in frozen)

    async def stop_standbys(self) -> None:
        """Both are gone; what they have is on their disks."""
        await asyncio.gather(*(node.crash() for node in self.standbys))

    async def start_standbys(self) -> None:
        """Whichever of the others do not run, or stand still, follow the primary again."""
        others = [node for node in self.nodes if node is not self.primary]
        for node in others:
            node.resume()
        await asyncio.gather(*(node.start() for node in others if not node.runs))
        await self.until_followed()

    async def destroy_primary(self) -> None:
        """The primary is gone, with its disk; nobody was told before."""
        if self.standbys and not any(node.frozen for node in self.standbys):
            await self._note_confirmed()
        await self.primary.destroy()

    async def fail_over(self) -> Node:
        """The standby that is furthest along is the primary, and the others follow it; the new primary.

        Raises `MustNotBePromoted`.
        """
        left = self.standbys
        for node in left:
            node.resume()
        positions = {node: await _position(node) for node in left}
        chosen = max(left, key=lambda node: positions[node], default=None)
        if chosen is None or positions[chosen] < self._confirmed:
            raise MustNotBePromoted
        await chosen.promote()
        self.primary = chosen
        for node in left:
            if node is not chosen:
                await node.apply(replace(node.role, follows=chosen.port))
        if len(left) > 1:
            await self.until_followed(by=len(left) - 1)
        return chosen

    async def switch_over(self) -> Node:
        """In order: the primary is stopped, which hands all of its log over, and then follows its successor."""
        old = self.primary
        await self._note_confirmed()
        await old.stop()
        new = await self.fail_over()
        old.role = replace(old.role, follows=new.port)
        await old.start()
        await self.until_followed()
        return new

    async def rebuild(self) -> None:
        """Nodes that were destroyed are made anew from the primary, and follow it."""
        for node in self.nodes:
            if not node.runs and not node.data.exists():
                await node.copy_running(self.primary)
                await node.start()
        await self.until_followed()

    async def cut_off(self) -> Node:
        """The primary lives on with its clients, and its standbys go on without it; the old primary."""
        old = self.primary
        await self._note_confirmed()
        await old.refuse_standbys()
        # Only now are the standbys asked how far they are: nothing can be confirmed to the old primary any more.
        await self._cut_streams(node.name for node in self.standbys)
        await until_value(old, "SELECT count(*) FROM pg_stat_replication", lambda count: count == 0)
        await self.fail_over()
        return old

    async def fence(self, old: Node) -> None:
        """What Patroni's watchdog does with a primary that is not the primary any more."""
        await old.stop()

    async def rejoin(self, old: Node) -> None:
        """A fenced primary forgets what it alone has, and follows."""
        async with self.primary.connection() as connection:
            await connection.execute("CHECKPOINT")  # PostgreSQL 15 looks for the new timeline in the control file
        await old.rewind(self.primary)
        await self.primary.value("SELECT pg_switch_wal()")  # lest it waits for the end of the page it was rewound to
        await old.start()
        await self.until_followed()

    async def stop(self) -> None:
        await asyncio.gather(*(node.destroy() for node in self.nodes))

    async def _note_confirmed(self) -> None:
        confirmed = await self.primary.value(
            "SELECT max(flush_lsn) - '0/0'::pg_lsn FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
        )
        self._confirmed = max(self._confirmed, int(confirmed or 0))

    async def _cut_streams(self, standbys: Iterable[str]) -> None:
        await self.primary.value(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_replication WHERE application_name = ANY($1)",
            list(standbys),
        )


async def _position(node: Node) -> int:
    """How much of its primary's log a standby has: what was streamed, or what it found on its disk at its start."""
    return int(await node.value("SELECT greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn"))


async def until_value(node: Node, sql: str, holds: Any, *args: Any) -> Any:
    """Ask a node until the answer is as wanted; the answer."""
    async with asyncio.timeout(PATIENCE_SECONDS), node.connection(DATABASE) as connection:
        while not holds(value := await connection.fetchval(sql, *args)):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(LOOK_SECONDS)
        return value


@asynccontextmanager
async def open_cluster(programs: Programs, home: Path, source: Path) -> AsyncIterator[Cluster]:
    """A cluster with the schema and nothing in it, until the block ends."""
    cluster = Cluster(Node(programs, home, name, own_port()) for name in NAMES)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(cluster.stop)
        await cluster.start(source)
        yield cluster
