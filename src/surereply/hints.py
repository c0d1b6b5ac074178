"""Hints between steps: a flag in one process, a coalesced notification between several. Losing one costs time alone."""

import asyncio
import contextlib
from typing import Any

import asyncpg
import structlog

from surereply.store.database import CONNECTION_LOST, connect_alone, notify
from surereply.worker import Wake

log = structlog.get_logger()

CHANNEL = "surereply"
COALESCE_SECONDS = 0.01
RECONNECT_SECONDS = 1.0


class Hints:
    """Wakes the steps of this process, and tells other processes about work for steps that this one does not run.

    Notifications go over a connection of their own, never inside a commit (that costs 3 to 6 times the throughput),
    and no more than one every `COALESCE_SECONDS`.
    """

    def __init__(self, here: frozenset[str]) -> None:
        self._here = here
        self._wakes = {role: Wake() for role in ("respond", "dispatch", "reconcile")}
        self._to_tell: set[str] = set()
        self._something = asyncio.Event()

    def wake(self, role: str) -> Wake:
        return self._wakes[role]

    def tell(self, role: str) -> None:
        """There is work for a step."""
        if role in self._here:
            self._wakes[role]()
        else:
            self._to_tell.add(role)
            self._something.set()

    async def run(self, url: str) -> None:
        """Listen and notify until cancelled; reconnects by itself."""
        while True:
            connection = None
            try:
                connection = await connect_alone(url, "hints")
                # One that the server closes is replaced at once, not when there is something to tell.
                connection.add_termination_listener(lambda _: self._something.set())
                await connection.add_listener(CHANNEL, self._heard)  # after it: one that is closed by now raises here
                await self._notify_for_ever(connection)
            except (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError) as error:
                log.info("hints.disconnected", error=type(error).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)
            finally:
                if connection is not None:
                    with contextlib.suppress(*CONNECTION_LOST, TimeoutError):
                        await connection.close(timeout=1)

    async def _notify_for_ever(self, connection: "asyncpg.Connection[Any]") -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), 30)
            self._something.clear()
            roles, self._to_tell = self._to_tell, set()
            # Also without a role, every 30 s: a connection that went deaf is found out.
            await notify(connection, CHANNEL, ",".join(sorted(roles)))
            await asyncio.sleep(COALESCE_SECONDS)

    def _heard(self, _: Any, __: int, ___: str, payload: str) -> None:
        for role in payload.split(","):
            if role in self._here and role in self._wakes:
                self._wakes[role]()
