"""A rival on a connection of its own, who holds real locks, and sees when others wait for them."""

import asyncio
from typing import Any, TypeAlias

import asyncpg

Rival: TypeAlias = "asyncpg.Connection[Any]"

WAITING = """
    FROM pg_stat_activity
   WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()
"""


async def somebody_waits(rival: Rival, how_many: int = 1) -> None:
    """Return when so many other connections of this database wait for a lock."""
    while how_many > await rival.fetchval(f"SELECT count(*) {WAITING}"):  # noqa: ASYNC110 - others do it, unseen
        await asyncio.sleep(0.005)


async def kill_who_waits(rival: Rival) -> int:
    """Terminate the connections that wait for a lock, once there is one; how many."""
    await somebody_waits(rival)
    killed: int = await rival.fetchval(f"SELECT count(pg_terminate_backend(pid)) {WAITING}")
    return killed
