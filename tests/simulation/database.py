"""The real database, asked one statement at a time; it breaks off, refuses and forgets as the simulation wants it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from simulation import trail
from simulation.gates import Gates, Operation, Work
from simulation.loop import SetLoop
from surereply.store.database import SAFETY_SETTINGS, Database, connection_settings

CONNECTIONS = 8  # of a process
RELAXED = "SET LOCAL synchronous_commit = off"
# What the connections ask the server for, on the set clock: there the server cannot keep it by itself.
LOCK_TIMEOUT_SECONDS = int(SAFETY_SETTINGS["lock_timeout"]) / 1000
IDLE_TIMEOUT_SECONDS = int(SAFETY_SETTINGS["idle_in_transaction_session_timeout"]) / 1000
# A real deadlock is waited for really: soon.
DEADLOCK_TIMEOUT = "25ms"


class GatedConnection(asyncpg.Connection):  # type: ignore[misc]
    """Every statement, BEGIN and COMMIT among them, goes through a gate."""

    __slots__ = ("gates", "idle_since", "is_relaxed", "owner", "pid", "purpose")

    async def execute(self, query: str, *args: Any, **more: Any) -> Any:
        if query in (RELAXED, "BEGIN;"):
            self.is_relaxed = query == RELAXED
        return await self._asks(query, super().execute, query, *args)

    async def executemany(self, command: str, args: Any, **more: Any) -> Any:
        return await self._asks(command, super().executemany, command, args)

    async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._asks(query, super().fetch, query, *args)

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._asks(query, super().fetchval, query, *args)

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        return await self._asks(query, super().fetchrow, query, *args)

    async def _asks(self, what: str, ask: Any, *args: Any) -> Any:
        return await self.gates.pass_through(what, lambda: ask(*args), self)

    def is_in_transaction(self) -> bool:
        return not self.is_closed() and bool(super().is_in_transaction())

    async def past_the_gate(self, query: str) -> None:
        """A statement of the simulation's own."""
        await super().execute(query)


class Server:
    """The database server as the simulation sees it: over a connection of its own, beside everybody's."""

    def __init__(self, url: str, gates: Gates, loop: SetLoop) -> None:
        self._url = url
        self._gates = gates
        self._loop = loop
        self._asking = asyncio.Lock()
        self._asks = 0
        self.monitor: asyncpg.Connection[Any]
        self.is_down = False
        self.connections: list[GatedConnection] = []

    async def open(self) -> None:
        # Timers of caches would never let the set time come to its end.
        self.monitor = await asyncpg.connect(self._url, max_cached_statement_lifetime=0)

    async def database(self, owner: Any, name: str) -> Database:
        """Connections of one owner, as `surereply.store.database.connect` opens them, through the gates."""

        async def connect(*args: Any, **settings: Any) -> Any:
            if self.is_down:
                raise ConnectionRefusedError("the database is down")
            connection = await self._gates.pass_through(
                "connect", lambda: asyncpg.connect(*args, **settings), place="connect"
            )
            connection.gates, connection.owner, connection.is_relaxed = self._gates, owner, False
            connection.pid, connection.purpose = connection.get_server_pid(), ""
            connection.idle_since = self._loop.time()
            self.connections.append(connection)
            return connection

        settings = connection_settings(self._url, name, for_steps=True)
        settings["server_settings"] |= {"deadlock_timeout": DEADLOCK_TIMEOUT}
        pool = await asyncpg.create_pool(
            **settings,
            min_size=0,
            max_size=CONNECTIONS,
            max_inactive_connection_lifetime=0,
            max_cached_statement_lifetime=0,
            reset=_nothing_to_reset,
            connect=connect,
            connection_class=GatedConnection,
        )
        return Database(pool)

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """Beside everything, past the gates."""
        async with self._asked():
            return list(await self.monitor.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: Any) -> Any:
        return (await self.fetch(sql, *args))[0]

    async def changes(self) -> list[trail.Change]:
        async with self._asked():
            return await trail.take(self.monitor)

    @property
    def is_asked(self) -> bool:
        """Whether the simulation itself waits for an answer."""
        return self._asks > 0

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[None]:
        self._loop.asks_outside()
        self._asks += 1
        try:
            async with self._asking:
                yield
        finally:
            self._asks -= 1
            self._loop.heard_from_outside()

    async def held_back(self, asked: Sequence[Operation]) -> set[int]:
        """Which of these wait for a lock of somebody who waits at a gate; by number.

        Not those in a deadlock: the server ends it soon. And not two that wait for the same one: which of them gets
        the lock first is decided inside the server, by no seed. So the later one is given up on, as if it were late.
        """
        running = {one.on.pid: one for one in self._gates.running if one.on and not one.on.is_closed()}
        rows = await self.fetch("SELECT pid, pg_blocking_pids(pid) AS by FROM unnest($1::int[]) AS pid", list(running))
        waits_for = {row["pid"]: set(row["by"]) for row in rows if row["by"]}
        free = {one.pid for one in self.connections if not one.is_closed()} - running.keys()
        while more := {pid for pid, others in waits_for.items() if pid not in free and others & free}:
            free |= more
        held = [running[pid] for pid in waits_for if pid in free]
        late = {one.number for one in held if one in asked and _is_behind(one, held, waits_for)}
        if late:
            await self._give_up_on([one for one in held if one.number in late])
        return {one.number for one in held if one in asked} - late

    async def break_off(self, connections: Sequence[GatedConnection]) -> None:
        """Cut them, and wait until the server has rolled back what they had begun."""
        pids = [one.pid for one in connections if not one.is_closed()]
        self.connections = [one for one in self.connections if one not in connections]
        for connection in connections:
            connection.terminate()
        await self.fetch("SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS pid", pids)
        self._gates.look_again()

    def of(self, owner: Any) -> list[GatedConnection]:
        return [one for one in self.connections if one.owner is owner]

    def next_time_out(self) -> float | None:
        """Seconds until the server gives up on somebody."""
        ends = [one.began_at + LOCK_TIMEOUT_SECONDS for one in self._gates.running if one.is_held_back]
        ends += [one.idle_since + IDLE_TIMEOUT_SECONDS for one in self._idle_in_transaction()]
        return max(min(ends) - self._loop.time(), 0.0) if ends else None

    async def time_out(self) -> None:
        """Give up, as the real one would, on who waited too long for a lock, or held its own for too long."""
        now = self._loop.time()
        waiting = [
            one
            for one in self._gates.running
            if one.is_held_back and one.began_at + LOCK_TIMEOUT_SECONDS <= now and not one.on.is_closed()
        ]
        if waiting:
            await self._give_up_on(waiting)
            self._gates.look_again()
        idle = [one for one in self._idle_in_transaction() if one.idle_since + IDLE_TIMEOUT_SECONDS <= now]
        if idle:
            await self.break_off(idle)

    async def _give_up_on(self, operations: Sequence[Operation]) -> None:
        await self.fetch(
            "SELECT pg_cancel_backend(pid) FROM unnest($1::int[]) AS pid", [one.on.pid for one in operations]
        )

    def _idle_in_transaction(self) -> list[GatedConnection]:
        busy = {id(one.on) for one in self._gates.running}
        return [one for one in self.connections if one.is_in_transaction() and id(one) not in busy]

    async def restart(self, down_seconds: float, note: Callable[[str, str], None]) -> None:
        """Everybody's connections are gone, and new ones are refused for a while."""
        note("database", f"goes down for {down_seconds:.1f} s")
        self.is_down = True
        await self.break_off(list(self.connections))

        def come_back() -> None:
            self.is_down = False
            note("database", "is back")

        self._loop.call_later(down_seconds, come_back)

    async def rows_in_default_partitions(self) -> int:
        tables = ("message", "turn", "reply", "report", "delivery")
        counts = [await self.fetchrow(f"SELECT count(*) FROM {table}_default") for table in tables]
        return sum(row[0] for row in counts)

    async def follow_ups(self) -> int:
        row = await self.fetchrow("SELECT count(*) FROM reply WHERE reply_type = 'follow_up'")
        return int(row[0])


def _is_behind(one: Operation, held: Sequence[Operation], waits_for: Mapping[int, set[int]]) -> bool:
    """Somebody else, who came earlier, waits for the same lock."""
    return any(
        waits_for[one.on.pid] & waits_for[other.on.pid] and (other.is_held_back or other.number < one.number)
        for other in held
        if other is not one
    )


async def _nothing_to_reset(_: Any) -> None:
    """As the business's own pools do."""


def refused_with(sqlstate: str) -> Any:
    """The server itself raises the error, in place of doing what it was asked."""

    async def way(operation: Operation, work: Work) -> Any:
        connection: GatedConnection = operation.on
        try:
            await connection.past_the_gate(
                f"DO $$ BEGIN RAISE EXCEPTION 'simulated' USING ERRCODE = '{sqlstate}'; END $$"
            )
        finally:
            if operation.what == "COMMIT;":
                await connection.past_the_gate("ROLLBACK")
        raise AssertionError("the server did not refuse")

    return way


def cut(server: Server, *, after: bool) -> Any:
    """The connection breaks: before the server hears the statement, or after it is done and before its answer."""

    async def way(operation: Operation, work: Work) -> Any:
        if after:
            await work()
        await server.break_off([operation.on])
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    return way


async def lost_commit(operation: Operation, work: Work) -> Any:
    """A relaxed commit is told, and never reaches the disk: the server crashes before it does."""
    await operation.on.past_the_gate("ROLLBACK")
    return "COMMIT"
