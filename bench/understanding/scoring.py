"""Counts into figures: precision, recall, F1, with bootstrap intervals, and what one reader gains over another."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

RESAMPLES = 1_000
_TAIL = 0.025

# What is counted of a conversation: right, wrong and missed values, and turns whose whole state is right.
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Interval:
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


def add(total: Counts, counts: Counts) -> None:
    for name, count in counts.items():
        total[name] = total.get(name, 0) + count


def summed(rows: Sequence[Counts]) -> Counts:
    total: Counts = {}
    for row in rows:
        add(total, row)
    return total


def precision(counts: Counts, what: str) -> float:
    right = counts.get(f"{what}_right", 0)
    return _percent(right, right + counts.get(f"{what}_wrong", 0))


def recall(counts: Counts, what: str) -> float:
    right = counts.get(f"{what}_right", 0)
    return _percent(right, right + counts.get(f"{what}_missed", 0))


def f1(counts: Counts, what: str) -> float:
    right = counts.get(f"{what}_right", 0)
    return _percent(2 * right, 2 * right + counts.get(f"{what}_wrong", 0) + counts.get(f"{what}_missed", 0))


def share(counts: Counts, of: str, among: str) -> float:
    return _percent(counts.get(of, 0), counts.get(among, 0))


def interval(rows: Sequence[Counts], figure: Callable[[Counts], float], seed: int) -> Interval:
    """The figure of all conversations, and the middle 95 % of it over resampled ones."""
    columns = _columns(rows, figure)
    figures = sorted(figure(_drawn(columns, drawn)) for drawn in _draws(len(rows), seed))
    return _interval(figure(summed(rows)), figures)


def gain(before: Sequence[Counts], after: Sequence[Counts], figure: Callable[[Counts], float], seed: int) -> Interval:
    """What the figure gains on the same conversations: both resampled together."""
    old, new = _columns(before, figure), _columns(after, figure)
    gains = sorted(figure(_drawn(new, drawn)) - figure(_drawn(old, drawn)) for drawn in _draws(len(before), seed))
    return _interval(figure(summed(after)) - figure(summed(before)), gains)


class _Asked(dict[str, int]):
    """Notes which counts a figure looks at, so that only those are resampled."""

    def get(self, key: str, default: int = 0) -> int:  # type: ignore[override]
        self[key] = 1
        return default


def _columns(rows: Sequence[Counts], figure: Callable[[Counts], float]) -> dict[str, list[int]]:
    asked = _Asked()
    figure(asked)
    return {key: [row.get(key, 0) for row in rows] for key in asked}


def _draws(count: int, seed: int) -> Iterator[list[int]]:
    dice = random.Random(seed)
    for _ in range(RESAMPLES if count else 0):
        yield dice.choices(range(count), k=count)


def _drawn(columns: dict[str, list[int]], drawn: list[int]) -> Counts:
    return {key: sum([column[at] for at in drawn]) for key, column in columns.items()}


def _interval(value: float, figures: list[float]) -> Interval:
    if not figures:
        return Interval(value, value, value)
    tail = int(len(figures) * _TAIL)
    return Interval(value, figures[tail], figures[-1 - tail])


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
