"""One page about a torture, whole in itself: no outside requests, light and dark, everything escaped."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from surereply.lab.torture.faults import FAULTS, Kind
from surereply.lab.torture.result import Result
from surereply.lab.torture.screen import figures
from surereply.lab.torture.timeline import Sample

WIDTH, LEFT, LANE, CHART = 1000.0, 90.0, 22.0, 110.0  # of the picture, in its own units
LEAST_MARK = 2.0
TICKS = 10
MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """One strike in its lane; `told` is shown when one points at it."""

    x: float
    width: float
    told: str


@dataclass(frozen=True, slots=True)
class Curve:
    """`points` as a polyline takes them, from 0 to `most` over the height of a chart."""

    name: str
    points: str
    most: str
    top: float


def render(result: Result) -> str:
    source = (files("surereply.lab.torture") / "report.html").read_text(encoding="utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return page.from_string(source).render(
        result=result,
        figures=figures(result),
        troubles=[(FAULTS[name], times) for name, times in sorted(result.struck.items())],
        picture=_picture(result),
    )


def _picture(result: Result) -> dict[str, object]:
    """The timeline: a lane for each kind of trouble, and curves of what went on below them."""
    lasts_s = max([result.seconds, *(sample.at_s for sample in result.samples)], default=1.0) or 1.0

    def x(at_s: float) -> float:
        return round(LEFT + (WIDTH - LEFT) * min(at_s / lasts_s, 1.0), 1)

    lanes = [(kind.value, place * LANE, _marks(result, kind, x)) for place, kind in enumerate(Kind)]
    below = len(lanes) * LANE + 14
    curves = [
        _curve(name, _thinned(values), x, below + place * (CHART / 2 + 18))
        for place, (name, values) in enumerate(_values(result.samples))
    ]
    step_s = _round_step(lasts_s / TICKS)
    ticks = [(x(at_s), f"{at_s:g} s") for at_s in (number * step_s for number in range(int(lasts_s / step_s) + 1))]
    height = below + len(curves) * (CHART / 2 + 18) + 16
    return {
        "width": WIDTH,
        "height": height,
        "left": LEFT,
        "lane": LANE,
        "chart": CHART / 2,
        "lanes": lanes,
        "curves": curves,
        "ticks": ticks,
        "calm_x": x(result.seconds),
    }


def _marks(result: Result, kind: Kind, x: Callable[[float], float]) -> list[Mark]:
    return [
        Mark(
            x(one.at_s),
            max(x(one.until_s if one.until_s is not None else one.at_s) - x(one.at_s), LEAST_MARK),
            f"{one.at_s:.1f} s: {one.trouble}: {one.said}",
        )
        for one in result.happenings
        if one.kind == kind.value
    ]


def _values(samples: Sequence[Sample]) -> list[tuple[str, list[tuple[float, float]]]]:
    """Rates over the samples before, and what waited."""
    pairs = [(a, b) for a, b in zip(samples, samples[4:], strict=False) if b.at_s > a.at_s]
    said = [(b.at_s, (b.said - a.said) / (b.at_s - a.at_s)) for a, b in pairs]
    accepted = [(b.at_s, (b.accepted - a.accepted) / (b.at_s - a.at_s)) for a, b in pairs]
    waiting = [(one.at_s, float(one.waiting)) for one in samples]
    unacknowledged = [(one.at_s, float(one.unacknowledged)) for one in samples]
    return [
        ("messages/s", said),
        ("replies/s", accepted),
        ("customers who wait", waiting),
        ("not acknowledged", unacknowledged),
    ]


def _thinned(values: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """No more points than one can see, of each group of neighbours the highest."""
    size = max(1, -(-len(values) // MOST_POINTS))
    groups = [values[start : start + size] for start in range(0, len(values), size)]
    return [max(group, key=lambda one: one[1]) for group in groups]


def _curve(name: str, values: list[tuple[float, float]], x: Callable[[float], float], top: float) -> Curve:
    most = max((value for _, value in values), default=0.0) or 1.0
    height = CHART / 2
    points = " ".join(f"{x(at_s)},{round(top + height * (1 - value / most), 1)}" for at_s, value in values)
    return Curve(name, points, f"{most:,.0f}", top)


def _round_step(step_s: float) -> float:
    return next((nice for nice in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800) if nice >= step_s), 3600.0)
