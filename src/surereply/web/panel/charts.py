"""Charts as SVG, made here: bars over time, and a funnel; their words are in the table beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDE, WIDTH, HEIGHT = 1100, 560, 190
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 10, 24
GRID_LINES = 4
ROW, LABEL_WIDTH, COUNT_WIDTH = 28, 180, 100


@dataclass(frozen=True, slots=True)
class Series:
    """`kind` is its class, and so its colour."""

    label: str
    kind: str
    values: Sequence[float]


def bars(
    labels: Sequence[str], series: Sequence[Series], title: str, *, stacked: bool = True, width: int = WIDTH
) -> Markup:
    """One bar a label; of several series stacked, or each from the ground, side by side."""
    count = len(labels)
    together = sum if stacked else max
    tops = [together([one.values[number] for one in series]) for number in range(count)]
    most = nice(max(tops, default=0))
    slot = (width - LEFT - RIGHT) / max(count, 1)
    drawn = [_grid(most, width), _labels(labels, slot)]
    for number in range(count):
        ground = 0.0
        for place, one in enumerate(series):
            value = one.values[number]
            height = value / most * (HEIGHT - TOP - BOTTOM)
            thick = slot * 0.72 if stacked else slot * 0.72 / len(series)
            x = LEFT + number * slot + slot * 0.14 + (0 if stacked else place * thick)
            y = HEIGHT - BOTTOM - ground - height
            if value:
                drawn.append(
                    Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5">').format(
                        one.kind, x, y, max(thick, 1), max(height, 1)
                    )
                    + Markup("<title>{} · {}: {}</title></rect>").format(labels[number], one.label, _shown(value))
                )
            ground += height if stacked else 0
    return _svg(width, HEIGHT, title, drawn)


def funnel(rows: Sequence[tuple[str, int, str]], title: str) -> Markup:
    """Label, count and class of each row; widths and shares are of the first. `rest`: the label alone."""
    most = max((count for _, count, _ in rows), default=0) or 1
    room = WIDTH - LABEL_WIDTH - COUNT_WIDTH
    first = rows[0][1] if rows else 0
    drawn = []
    for number, (label, count, kind) in enumerate(rows):
        y = number * ROW
        if kind == "rest":  # of what is left out there is no bar
            drawn.append(Markup('<text class="value" x="{}" y="{}">{}</text>').format(LABEL_WIDTH, y + 18, label))
            continue
        share = f" · {count / first:.0%}" if first else ""
        width = max(count / most * room, 2)
        drawn += [
            Markup('<text class="label" x="0" y="{}">{}</text>').format(y + 18, _cut(label)),
            Markup('<rect class="{}" x="{}" y="{}" width="{:.1f}" height="18" rx="4"/>').format(
                kind, LABEL_WIDTH, y + 5, width
            ),
            Markup('<text class="value" x="{:.1f}" y="{}">{}{}</text>').format(
                LABEL_WIDTH + width + 8, y + 18, f"{count:,}", share
            ),
        ]
    return _svg(WIDTH, max(len(rows), 1) * ROW + 4, title, drawn, "chart funnel")


def nice(most: float) -> float:
    """The next round number of which each grid line is a whole one: half a message there is not."""
    if most <= GRID_LINES:
        return float(GRID_LINES)
    size = float(10 ** (len(str(int(most))) - 1))
    steps = (step * size for step in (1, 1.2, 2, 4, 6, 8, 10, 12, 20))
    return next(top for top in steps if top >= most and top % GRID_LINES == 0)


def _grid(most: float, width: int) -> Markup:
    lines = Markup("")
    for number in range(GRID_LINES + 1):
        y = HEIGHT - BOTTOM - number / GRID_LINES * (HEIGHT - TOP - BOTTOM)
        lines += Markup(
            '<path class="grid" d="M{} {:.1f}H{}"/><text class="axis end" x="{}" y="{:.1f}">{}</text>'
        ).format(LEFT, y, width - RIGHT, LEFT - 6, y + 4, _shown(most * number / GRID_LINES))
    return lines


def _labels(labels: Sequence[str], slot: float) -> Markup:
    """As many as there is room for."""
    every = max(round(62 / slot), 1)
    return Markup("").join(
        Markup('<text class="axis middle" x="{:.1f}" y="{}">{}</text>').format(
            LEFT + number * slot + slot / 2, HEIGHT - 7, label
        )
        for number, label in enumerate(labels)
        if number % every == 0
    )


def _svg(width: int, height: int, title: str, drawn: Sequence[Markup], kind: str = "chart") -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, title, Markup("").join(drawn)
    )


def _cut(label: str) -> str:
    return label if len(label) <= 26 else f"{label[:25]}…"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
