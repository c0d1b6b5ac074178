"""WhatsApp's own rate limits: messages a second of a number, and messages to one user."""

from dataclasses import dataclass
from datetime import datetime

from surereply.lab.errors import Refusal

PAIR_BURST = 45
PAIR_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Which limits are on. `per_second` counts what a number sends and receives (80 by default at Meta)."""

    per_second: int | None = None
    pair: bool = False


class Gauge:
    """Counts against the limits, on the clock it is given."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lines: dict[str, _Bucket] = {}
        self._pairs: dict[tuple[str, str], _Bucket] = {}

    def note_inbound(self, phone_number_id: str, now: datetime) -> None:
        """A customer's message uses up throughput; it is never refused for it."""
        if self.limits.per_second is not None:
            self._line(phone_number_id, self.limits.per_second).take(now)

    def refusal(self, phone_number_id: str, recipient: str, now: datetime) -> Refusal | None:
        """Take a place for one send, or say which limit is reached (then nothing is taken of the pair's)."""
        per_second = self.limits.per_second
        if per_second is not None and not self._line(phone_number_id, per_second).take(now):
            return Refusal(130429)
        if self.limits.pair and not self._pair(phone_number_id, recipient).take(now):
            return Refusal(131056)
        return None

    def _line(self, phone_number_id: str, per_second: int) -> "_Bucket":
        if phone_number_id not in self._lines:
            self._lines[phone_number_id] = _Bucket(per_second, 1 / per_second)
        return self._lines[phone_number_id]

    def _pair(self, phone_number_id: str, recipient: str) -> "_Bucket":
        pair = (phone_number_id, recipient)
        if pair not in self._pairs:
            self._pairs[pair] = _Bucket(PAIR_BURST, PAIR_SECONDS)
        return self._pairs[pair]


class _Bucket:
    """Holds up to `size` tokens; one more comes every `seconds`."""

    def __init__(self, size: int, seconds: float) -> None:
        self._size = size
        self._seconds = seconds
        self._tokens = float(size)
        self._filled_at: datetime | None = None

    def take(self, now: datetime) -> bool:
        if self._filled_at is not None:
            passed = max(0.0, (now - self._filled_at).total_seconds())
            self._tokens = min(float(self._size), self._tokens + passed / self._seconds)
        self._filled_at = now
        # A hair of tolerance: six seconds in floating point must be a whole token.
        if self._tokens < 1 - 1e-9:
            return False
        self._tokens -= 1
        return True
