"""When nothing moves by itself any more: a loop that can be asked, and who waits for whose lock."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from support.invariants import Fetch

SHORT_PAUSE_SECONDS = 1.0


class Loop(asyncio.SelectorEventLoop):
    """Short pauses take no time on it, and it can say whether anything is ready to run."""

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        if delay <= SHORT_PAUSE_SECONDS:
            return self.call_soon(callback, *args, context=context)
        return super().call_later(delay, callback, *args, context=context)

    @property
    def is_idle(self) -> bool:
        return not self._ready  # type: ignore[attr-defined]


async def blocked_backends(fetch: Fetch) -> set[int]:
    """Backends that wait for a lock, and not in a circle: those are told so by the server, and move."""
    rows = await fetch(
        """
        SELECT pid, pg_blocking_pids(pid) AS blockers
          FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
    )
    waits_for = {row["pid"]: {*row["blockers"]} for row in rows}
    return {pid for pid in waits_for if not _is_in_a_circle(pid, waits_for)}


def _is_in_a_circle(pid: int, waits_for: Mapping[int, Iterable[int]]) -> bool:
    reached, waiting = set(), [*waits_for[pid]]
    while waiting:
        one = waiting.pop()
        if one == pid:
            return True
        if one not in reached:
            reached.add(one)
            waiting += waits_for.get(one, ())
    return False
