"""The lab's time: the wall's, or one that a test sets."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    return datetime.now(UTC)


class StandingClock:
    """Stands still until it is moved; calling it gives the time (aware, UTC)."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = start or datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> datetime:
        """Move by the parts of a timedelta: `advance(hours=25)`."""
        self._now += timedelta(**by)
        return self._now

    def set(self, instant: datetime) -> None:
        """Move to an instant, also back: a false clock is one of the faults."""
        self._now = instant
