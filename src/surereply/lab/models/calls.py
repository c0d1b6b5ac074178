"""What the fake model was asked and what it answered, append-only, and how many calls were under way at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from surereply.lab.models.asked import Asked
from surereply.lab.models.manners import Manner


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the model. Its key was looked at, and is not kept."""

    asked: Asked
    manner: Manner
    answer: str  # the text of the answer; "" where none was given
    input_tokens: int
    output_tokens: int
    began_monotonic_s: float
    ended_monotonic_s: float


class Calls:
    """Counts as they begin and end; nothing is ever taken out."""

    def __init__(self) -> None:
        self._done: list[Call] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.begun = 0
        self.hung_up = 0  # who asked was gone before the answer
        self.refused_keys = 0

    @property
    def done(self) -> tuple[Call, ...]:
        return tuple(self._done)

    @property
    def input_tokens(self) -> int:
        return sum(call.input_tokens for call in self._done)

    @property
    def output_tokens(self) -> int:
        return sum(call.output_tokens for call in self._done)

    def of(self, name: str) -> tuple[Call, ...]:
        """Those that asked for an answer of this name."""
        return tuple(call for call in self._done if call.asked.name == name)

    def add(self, call: Call) -> None:
        self._done.append(call)

    @contextmanager
    def under_way(self) -> Iterator[float]:
        """One call, from its first byte to its end; when it began."""
        self.begun += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield monotonic()
        finally:
            self.in_flight -= 1
