"""Every statement of a process passes a stage, where it can be held, refused or cut off; all of it is real."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import asyncpg

from surereply.store.database import Database, connection_settings

CONNECTIONS = 8
# Who waits in a circle is told so at once; and a statement is planned once a connection, not five times.
QUICK = {"deadlock_timeout": "30ms", "plan_cache_mode": "force_generic_plan"}


class Trouble(StrEnum):
    """What a statement meets; the value of an error is its SQLSTATE."""

    HELD = "held before it runs, its transaction open"
    CUT = "the backend is terminated before it runs"
    UNANSWERED = "it runs, and the connection breaks before its answer"
    DEADLOCK = "40P01"
    SERIALISATION = "40001"
    LOCK_TIMEOUT = "55P03"
    STATEMENT_TIMEOUT = "57014"


# Results may be lost in a crash of the database, since a report repairs them; these may not.
MUST_BE_ON_DISK = {
    "a message": "INSERT INTO inbound_key",
    "a turn": "INSERT INTO turn ",
    "the mark of a send": "SET status = 'SENDING'",
}
ERRORS = (Trouble.DEADLOCK, Trouble.SERIALISATION, Trouble.LOCK_TIMEOUT, Trouble.STATEMENT_TIMEOUT)


@dataclass(slots=True)
class Plan:
    """The `nth` statement from now (1: the next) meets the trouble; 0 stands for the next COMMIT."""

    trouble: Trouble
    nth: int = 0

    def is_due(self, sql: str) -> bool:
        if self.nth == 0:
            return sql.startswith("COMMIT")
        self.nth -= 1
        return self.nth == 0


@dataclass(slots=True)
class Stage:
    """Of one process. `terminate` ends a backend, whoever asks. Without a plan, statements just pass."""

    terminate: Callable[[int], Awaitable[None]]
    moved: asyncio.Event  # set whenever something that was under way has ended
    passed: list[str] = field(default_factory=list)
    running: dict[int, str] = field(default_factory=dict)  # statements by backend
    connecting: int = 0
    held: list[asyncio.Event] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)  # findings: commits that did not wait for the disk, and must
    plans: list[Plan] = field(default_factory=list)

    def plan(self, trouble: Trouble | None, nth: int = 0) -> None:
        """In place of whatever was planned before."""
        self.plans = [Plan(trouble, nth)] if trouble is not None else []

    def go_on(self) -> None:
        """Whatever is held runs, and nothing more is planned."""
        self.plans.clear()
        for event in self.held:
            event.set()
        self.held.clear()

    async def take(self, connection: "StagedConnection", sql: str, run: Callable[[], Awaitable[Any]]) -> Any:
        met = next((plan for plan in [*self.plans] if plan.is_due(sql)), None)
        if met is not None:
            self.plans.remove(met)
        self.passed.append(sql)
        self.seen += connection.note(sql)
        trouble = met.trouble if met else None
        if trouble is Trouble.HELD:
            await self._hold()
        elif trouble is Trouble.CUT:
            await self.terminate(connection.pid)
            return await self._run(connection, sql, lambda: _to_the_end_of(connection, run))
        elif trouble in ERRORS:
            return await self._run(connection, sql, lambda: connection.refuse(sql, str(trouble)))
        result = await self._run(connection, sql, run)
        if trouble is Trouble.UNANSWERED:
            await self.terminate(connection.pid)
            await connection.is_known_to_be_gone()
            # What asyncpg raises where a connection ends under a call. The server has done its part.
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return result

    async def _hold(self) -> None:
        event = asyncio.Event()
        self.held.append(event)
        try:
            await event.wait()
        finally:
            if event in self.held:
                self.held.remove(event)

    async def _run(self, connection: "StagedConnection", sql: str, run: Callable[[], Awaitable[Any]]) -> Any:
        self.running[connection.pid] = sql
        try:
            return await run()
        finally:
            self.running.pop(connection.pid, None)
            self.moved.set()


async def _to_the_end_of(connection: "StagedConnection", run: Callable[[], Awaitable[Any]]) -> Any:
    """A call on a connection that was cut; it ends when the client has read that, too."""
    try:
        return await run()
    finally:
        await connection.is_known_to_be_gone()


class StagedConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """asyncpg's own connection; each call goes by its stage first, BEGIN and COMMIT among them."""

    stage: Stage
    pid: int  # of its backend, known also when the connection is gone
    is_relaxed: bool = False
    wrote: AbstractSet[str] = frozenset()  # by this transaction, of what must be on disk

    async def execute(self, query: str, *args: Any, **more: Any) -> Any:
        run = super().execute
        return await self.stage.take(self, query, lambda: run(query, *args, **more))

    async def executemany(self, query: str, *args: Any, **more: Any) -> Any:
        run = super().executemany
        return await self.stage.take(self, query, lambda: run(query, *args, **more))

    async def fetch(self, query: str, *args: Any, **more: Any) -> Any:
        run = super().fetch
        return await self.stage.take(self, query, lambda: run(query, *args, **more))

    async def fetchval(self, query: str, *args: Any, **more: Any) -> Any:
        run = super().fetchval
        return await self.stage.take(self, query, lambda: run(query, *args, **more))

    async def fetchrow(self, query: str, *args: Any, **more: Any) -> Any:
        run = super().fetchrow
        return await self.stage.take(self, query, lambda: run(query, *args, **more))

    def note(self, sql: str) -> list[str]:
        """Follows a transaction: what must be on disk when it ends may not be committed in a relaxed one."""
        if sql.startswith("BEGIN"):
            self.is_relaxed, self.wrote = False, set()
        elif "synchronous_commit" in sql:
            self.is_relaxed = True
        self.wrote = self.wrote | {name for name, text in MUST_BE_ON_DISK.items() if text in sql}
        if sql.startswith("COMMIT") and self.is_relaxed:
            return [f"written down first: {name} was committed without waiting for the disk" for name in self.wrote]
        return []

    async def is_known_to_be_gone(self) -> None:
        """Return when the client, too, knows that its backend has ended. Until then a pool would hand it out again."""
        while not self.is_closed():  # noqa: ASYNC110 - asyncpg tells it to nobody who may wait
            await asyncio.sleep(0.001)

    async def refuse(self, sql: str, sqlstate: str) -> None:
        """The server raises the error in place of the statement; a COMMIT that fails ends its transaction."""
        if sql.startswith("COMMIT"):
            await super().execute("ROLLBACK")
        await super().execute(f"DO $$ BEGIN RAISE EXCEPTION 'as planned' USING ERRCODE = '{sqlstate}'; END $$")


async def staged_database(url: str, name: str, stage: Stage) -> tuple[Database, "asyncpg.Pool[Any]"]:
    """A pool as `connect` opens it, on connections that pass the stage."""

    async def connect(*args: Any, **more: Any) -> Any:
        stage.connecting += 1
        try:
            made = await asyncpg.connect(*args, **more)
            made.pid = made.get_server_pid()
            return made
        finally:
            stage.connecting -= 1
            stage.moved.set()

    settings = connection_settings(url, name, for_steps=True)
    settings["server_settings"] |= QUICK
    pool = await asyncpg.create_pool(
        **settings, min_size=0, max_size=CONNECTIONS, max_inactive_connection_lifetime=0, reset=_no_reset,
        connect=connect, connection_class=type("Connection", (StagedConnection,), {"stage": stage}),
    )  # fmt: skip
    return Database(pool), pool


async def _no_reset(_: Any) -> None:
    """As in `store.database`."""
