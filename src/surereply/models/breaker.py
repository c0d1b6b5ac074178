"""A model that fails again and again is left alone for a while, so that nobody waits for it in vain. Pure."""

from dataclasses import dataclass

FAILURES_IN_A_ROW = 5
OPEN_SECONDS = 30.0


@dataclass(slots=True)
class Breaker:
    """`now` is a clock that never goes back, in seconds."""

    failures: int = 0
    open_until: float = 0.0

    def lets_through(self, now: float) -> bool:
        """Whether the model may be asked; after the pause, by one call at a time until one succeeds."""
        if self.failures < FAILURES_IN_A_ROW:
            return True
        if now < self.open_until:
            return False
        self.open_until = now + OPEN_SECONDS  # whoever asks now is the trial; the others wait for what it finds
        return True

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, now: float) -> None:
        self.failures += 1
        self.open_until = now + OPEN_SECONDS
