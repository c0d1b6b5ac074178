"""How long each stage of reading a message takes, for whoever asks: reading itself looks at no clock."""

from collections.abc import Callable

STAGES = ("normalise", "language", "gazetteers", "signals", "recognisers", "assignment", "chunker", "knowledge")


class Stages:
    """Milliseconds by stage of `STAGES`. `clock`: seconds, steady."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since = clock()
        self.milliseconds: dict[str, float] = {}

    def done(self, stage: str) -> None:
        """The stage ends here; the next one begins."""
        now = self._clock()
        self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + (now - self._since) * 1_000
        self._since = now


class _Untimed(Stages):
    def done(self, stage: str) -> None:
        pass


UNTIMED = _Untimed(lambda: 0.0)
