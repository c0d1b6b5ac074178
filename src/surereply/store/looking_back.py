"""How far back a claim looks for work that is due: mostly a minute, and all the way every ten seconds."""

from datetime import UTC, datetime, timedelta

THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
A_WHILE = timedelta(seconds=60)
ALL_THE_WAY_EVERY = timedelta(seconds=10)


class LookBack:
    """Remembers where the work began when it was last looked for.

    A ticket that was taken leaves a dead entry in its index until nobody could still see it. Under a long reader (a
    dump, a session that somebody forgot) these pile up, and a claim that begins at the beginning reads them all. What
    was due not long before the oldest work of the last look is seen each time; what is older (a lease that ended late,
    a line that may send again) waits for the next look all the way.
    """

    def __init__(self) -> None:
        self._oldest: datetime | None = None
        self._all_the_way_at: datetime | None = None

    def since(self, now: datetime) -> datetime:
        """Where the look that is taken now begins."""
        if self._oldest is None or self._all_the_way_at is None or self._is_time(now, self._all_the_way_at):
            self._all_the_way_at = now
            return THE_BEGINNING
        return self._oldest - A_WHILE

    def found(self, now: datetime, oldest: datetime | None) -> None:
        """When the oldest work that it found was due; None where it found nothing."""
        self._oldest = min(oldest or now, now)

    def _is_time(self, now: datetime, last: datetime) -> bool:
        return not timedelta() <= now - last < ALL_THE_WAY_EVERY
