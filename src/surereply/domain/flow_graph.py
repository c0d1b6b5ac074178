"""A flow as a picture: each service type with its fields in asking order, the closing and the handover."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Protocol, TypeAlias

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, FlowField
from surereply.domain.flow_texts import in_language

# Lengths are in px of the picture's own size.
MARGIN = 32
HEADER = 96
SERVICE_WIDTH = 248
BOX_WIDTH, BOX_HEIGHT = 184, 46
GAP_X, GAP_Y = 30, 14
ROW_GAP = 18
END_WIDTH = 132
FOOTER = 86
FONT_SIZE, SMALL_SIZE = 13, 11

_STYLE = """
text {
  font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans Arabic", sans-serif;
}
.page { fill: #f7f8fa; }
.title { fill: #16202e; font-size: 22px; font-weight: 700; }
.note { fill: #5b6675; font-size: 13px; }
.box { fill: #ffffff; stroke: #c6ced9; stroke-width: 1; }
.waits { stroke-dasharray: 5 4; }
.service { fill: #0b6e4f; }
.close { fill: #e3f3ec; stroke: #0b6e4f; stroke-width: 1.5; }
.person { fill: #fdf0dd; stroke: #b46a00; stroke-width: 1.5; }
.name { fill: #16202e; font-size: 13px; font-weight: 600; }
.kind { fill: #5b6675; font-size: 11px; }
.on { fill: #ffffff; font-size: 13px; font-weight: 600; }
.on-small { fill: #d5efe4; font-size: 11px; }
.number { fill: #0b6e4f; font-size: 11px; font-weight: 700; }
.count { fill: #16202e; font-size: 11px; font-weight: 700; }
.on.end { text-anchor: end; }
.line { fill: none; stroke: #9aa6b5; stroke-width: 1.3; }
.tip { fill: #9aa6b5; }
/* From right to left the whole picture is mirrored, and each text turned back in its place. */
.mirrored text {
  direction: rtl; text-anchor: end;
  transform-box: fill-box; transform-origin: center; transform: scaleX(-1);
}
.mirrored .on.end { text-anchor: start; }
@media (prefers-color-scheme: dark) {
  .page { fill: #12161c; }
  .title, .name, .count { fill: #eef2f6; }
  .note, .kind { fill: #9daab9; }
  .box { fill: #1c232c; stroke: #3a4655; }
  .service { fill: #13805d; }
  .close { fill: #12332a; stroke: #3fbf95; }
  .person { fill: #3a2a10; stroke: #e0a040; }
  .number { fill: #5fd3ac; }
  .line { stroke: #5d6b7c; }
  .tip { fill: #5d6b7c; }
}
"""


class Words(Protocol):
    """What the picture says beside the flow's own words, by key, in one language; `{names}` are filled in."""

    @property
    def language(self) -> str: ...
    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""

    def __call__(self, key: str, **values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Row:
    """A service type's line: columns of fields; a column of several holds those of which one is asked."""

    service: str
    columns: tuple[tuple[str, ...], ...]

    @property
    def height(self) -> int:
        deepest = max((len(column) for column in self.columns), default=1)
        return deepest * BOX_HEIGHT + (deepest - 1) * GAP_Y


Counts: TypeAlias = Mapping[tuple[str, str | None], int]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A flow that is being drawn, and in whose words."""

    flow: Flow
    say: Words
    counts: Counts

    def told(self, texts: dict[str, str]) -> str:
        """A text of the flow in the picture's language, where the flow speaks it."""
        return in_language(texts, self.say.language, self.flow.languages[0])

    @property
    def business(self) -> str:
        return self.told(self.flow.business.name)


def flow_svg(flow: Flow, say: Words, counts: Counts | None = None) -> str:
    """The flow as an SVG document that needs nothing beside it; light or dark as the reader's screen is.

    `counts`: how many leads of a service (its name and None) there are, and how many of them know a field.
    """
    drawing = Drawing(flow, say, counts or {})
    rows = [Row(name, _columns(flow, name)) for name in flow.services]
    most_columns = max(len(row.columns) for row in rows)
    end_x = MARGIN + SERVICE_WIDTH + most_columns * (GAP_X + BOX_WIDTH) + 2 * GAP_X
    width = end_x + END_WIDTH + MARGIN
    rows_height = sum(row.height + ROW_GAP for row in rows) - ROW_GAP
    height = HEADER + rows_height + FOOTER + MARGIN
    mirrored = f' class="mirrored" transform="translate({width} 0) scale(-1 1)"' if say.direction == "rtl" else ""
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img">',
        f"<title>{_safe(drawing.business)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
        f"<g{mirrored}>",
        *_header(drawing),
        *_rows(drawing, rows, end_x),
        *_closing(drawing, end_x, rows_height),
        *_handover(drawing, HEADER + rows_height + ROW_GAP + GAP_Y, width),
        "</g>",
        "</svg>",
    ]
    return "\n".join(drawn) + "\n"


def _columns(flow: Flow, service: str) -> tuple[tuple[str, ...], ...]:
    """The fields in asking order; neighbours that wait for the same choice stand in one column."""
    columns: list[list[str]] = []
    for name in dict.fromkeys((*flow.services[service].needs, *flow.always)):
        if name == SERVICE_FIELD:
            continue
        waits_for = set(flow.fields[name].when)
        if waits_for and columns and set(flow.fields[columns[-1][-1]].when) == waits_for:
            columns[-1].append(name)
        else:
            columns.append([name])
    return tuple(tuple(column) for column in columns)


def _header(drawing: Drawing) -> Iterator[str]:
    yield _text(MARGIN, 48, "title", drawing.business)
    flow = drawing.flow
    note = drawing.say(
        "graph.note",
        name=flow.name,
        languages=", ".join(flow.languages),
        questions=flow.limits.max_questions,
        attempts=flow.limits.max_attempts,
    )
    yield _text(MARGIN, 72, "note", note)


def _rows(drawing: Drawing, rows: list[Row], end_x: int) -> Iterator[str]:
    y = HEADER
    for row in rows:
        yield from _row(drawing, row, y, end_x)
        y += row.height + ROW_GAP


def _row(drawing: Drawing, row: Row, y: int, end_x: int) -> Iterator[str]:
    middle = y + row.height // 2
    yield from _service(drawing, row.service, middle - BOX_HEIGHT // 2)
    x, tops = MARGIN + SERVICE_WIDTH, [middle]
    for number, column in enumerate(row.columns, 1):
        left = x + GAP_X
        column_height = len(column) * BOX_HEIGHT + (len(column) - 1) * GAP_Y
        first = middle - column_height // 2
        next_tops = [first + place * (BOX_HEIGHT + GAP_Y) + BOX_HEIGHT // 2 for place in range(len(column))]
        for start in tops:
            for end in next_tops:
                yield _arrow(x, start, left, end)
        for name, centre in zip(column, next_tops, strict=True):
            yield from _field(drawing, name, number, left, centre - BOX_HEIGHT // 2)
            if known := drawing.counts.get((row.service, name)):
                yield _text(left + BOX_WIDTH + 4, centre - 5, "count", f"{known:,}")
        x, tops = left + BOX_WIDTH, next_tops
    for start in tops:
        yield _arrow(x, start, end_x, middle)


def _service(drawing: Drawing, name: str, y: int) -> Iterator[str]:
    label = drawing.told(drawing.flow.services[name].label)
    leads = drawing.counts.get((name, None))
    yield f"<g><title>{_safe(f'{name}: {label}')}</title>"
    yield _box("service", MARGIN, y, SERVICE_WIDTH)
    room = SERVICE_WIDTH - (26 if leads is None else 66)
    yield _text(MARGIN + 14, y + 20, "on", _fit(label, room, FONT_SIZE))
    if leads is not None:
        yield _text(MARGIN + SERVICE_WIDTH - 12, y + 20, "on end", f"{leads:,}")
    yield _text(MARGIN + 14, y + 36, "on-small", _fit(name, SERVICE_WIDTH - 26, SMALL_SIZE))
    yield "</g>"


def _field(drawing: Drawing, name: str, number: int, x: int, y: int) -> Iterator[str]:
    field = drawing.flow.fields[name]
    yield f"<g><title>{_safe(f'{name}: {drawing.told(field.question)}')}</title>"
    yield _box("box waits" if field.when else "box", x, y, BOX_WIDTH)
    yield _text(x + 12, y + 20, "number", str(number))
    yield _text(x + 26, y + 20, "name", _fit(drawing.told(field.label), BOX_WIDTH - 36, FONT_SIZE))
    yield _text(x + 26, y + 36, "kind", _fit(_kind(drawing, field), BOX_WIDTH - 36, SMALL_SIZE))
    yield "</g>"


def _kind(drawing: Drawing, field: FlowField) -> str:
    """`date`, `choice of 3`, `list of date`; of a field that waits, for what."""
    say = drawing.say
    if field.when:
        choice, options = next(iter(field.when.items()))
        labels = (drawing.told(drawing.flow.fields[choice].options[option].label) for option in options)
        return say("graph.waits_for", options=", ".join(labels))
    if field.type is FieldType.CHOICE:
        return say("graph.choice", count=len(field.options))
    if field.type is FieldType.LIST:
        return say("graph.list", kind=say(f"graph.type.{field.of}"))
    return say(f"graph.type.{field.type}")


def _closing(drawing: Drawing, x: int, height: int) -> Iterator[str]:
    middle = HEADER + height // 2
    yield f"<g><title>{_safe(drawing.told(drawing.flow.texts.closing))}</title>"
    yield f'<rect class="close" x="{x}" y="{HEADER}" width="{END_WIDTH}" height="{height}" rx="10"/>'
    yield _text(x + 16, middle - 4, "name", drawing.say("graph.closing"))
    yield _text(x + 16, middle + 14, "kind", drawing.say("graph.closing.means"))
    yield "</g>"


def _handover(drawing: Drawing, y: int, width: int) -> Iterator[str]:
    flow, say = drawing.flow, drawing.say
    reasons = [say("graph.asked")]
    reasons += [say("reason.angry")] if flow.handover.on_angry else []
    reasons += [say("reason.legal")] if flow.handover.on_legal else []
    reasons += [say("reason.discount")] if flow.handover.on_discount else []
    if flow.limits.when_spent == "hand_over":
        reasons.append(say("graph.spent", count=flow.limits.max_questions))
    back = flow.handover.give_back_after
    way_back = say("graph.back_after", hours=f"{back.total_seconds() / 3600:g}") if back else say("graph.back_by_hand")
    yield f'<rect class="person" x="{MARGIN}" y="{y}" width="{width - 2 * MARGIN}" height="56" rx="10"/>'
    yield _text(MARGIN + 16, y + 24, "name", say("graph.person"))
    yield _text(MARGIN + 16, y + 43, "kind", f"{' · '.join(reasons)} — {way_back}")


def _box(kind: str, x: int, y: int, width: int) -> str:
    return f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{BOX_HEIGHT}" rx="8"/>'


def _arrow(x: int, y: int, to_x: int, to_y: int) -> str:
    """A line that leaves and arrives level, with a tip."""
    bend = x + (to_x - x) // 2 if to_x - x <= GAP_X else to_x - GAP_X // 2
    path = f"M{x} {y}H{to_x - 5}" if y == to_y else f"M{x} {y}H{bend}V{to_y}H{to_x - 5}"
    tip = f"M{to_x - 7} {to_y - 4}L{to_x} {to_y}L{to_x - 7} {to_y + 4}Z"
    return f'<path class="line" d="{path}"/><path class="tip" d="{tip}"/>'


def _text(x: int, y: int, kind: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" class="{kind}">{_safe(text)}</text>'


def _safe(text: str) -> str:
    """Escaped, without the control characters that XML does not allow."""
    return escape("".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) != "Cc"))


def _fit(text: str, width: int, size: int) -> str:
    """The text cut to the width by a rough measure: no font is at hand."""
    room = width / size
    for place, letter in enumerate(text):
        room -= 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.62 if letter.isupper() else 0.55
        if room < 0:
            return text[: max(place - 1, 0)].rstrip() + "…"
    return text
