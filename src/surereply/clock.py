"""The time that leases and windows are counted in: the database's, told by our own steady clock in between."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime: ...


def boottime() -> float:
    """Seconds of a clock that goes on while the machine is suspended, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class DatabaseClock:
    """Follows the database's clock: processes with wrong clocks still agree on when a lease ends."""

    def __init__(self, steady: Callable[[], float] = boottime) -> None:
        self._steady = steady
        self._epoch = time.time() - steady()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._epoch + self._steady(), UTC)

    def follow(self, database_now: datetime, asked_at: float, answered_at: float) -> None:
        """Set by what the database said between two readings of the steady clock (seconds)."""
        self._epoch = database_now.timestamp() - (asked_at + answered_at) / 2

    def steady(self) -> float:
        return self._steady()
