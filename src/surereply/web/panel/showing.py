"""How times, spans, sizes and values are written on a page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from markupsafe import Markup, escape


def clock(instant: datetime | None, zone: str = "UTC", now: datetime | None = None) -> Markup | str:
    """`14:03`, with the day where it is not today's; the whole instant for whoever points at it."""
    if instant is None:
        return "–"
    local = instant.astimezone(_zone(zone))
    today = now is not None and local.date() == now.astimezone(_zone(zone)).date()
    shown = f"{local:%H:%M}" if today else f"{local:%-d %b %H:%M}"
    return _time(instant, local, zone, shown)


def precise(instant: datetime | None, zone: str = "UTC") -> Markup | str:
    """To the millisecond, for the debug panel."""
    if instant is None:
        return "–"
    local = instant.astimezone(_zone(zone))
    return _time(instant, local, zone, f"{local:%d %b %H:%M:%S}.{local.microsecond // 1000:03d}")


def _time(instant: datetime, local: datetime, zone: str, shown: str) -> Markup:
    whole = f"{local:%Y-%m-%d %H:%M:%S} {zone}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        instant.astimezone(UTC).isoformat(timespec="milliseconds"), whole, shown
    )


def span(given: float | timedelta | None) -> str:
    """`42 s`, `7 min`, `3 h 20 min`, `5 d`; `–` for none."""
    if given is None:
        return "–"
    seconds = int(given.total_seconds() if isinstance(given, timedelta) else given)
    if seconds < 120:
        return f"{max(seconds, 0)} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    if seconds < 172_800:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86_400} d"


def number(given: float | None) -> str:
    return "–" if given is None else f"{given:,.0f}"


def milliseconds(given: float | None) -> str:
    if given is None:
        return "–"
    return f"{given:.0f} ms" if given < 1000 else f"{given / 1000:.2f} s"


def as_json(value: Any) -> str:
    """Indented, for people."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def tail(identity: object) -> str:
    """The end of an id: what tells it from its neighbours, which share its beginning."""
    return f"…{str(identity)[-8:]}"


def highlighted(text: str, spans: list[tuple[int, int, str]]) -> Markup:
    """The text with these spans (code points, and what each is) marked; one that overlaps an earlier one is left."""
    pieces, at = [], 0
    for start, end, what in sorted(spans):
        if at <= start < end <= len(text):
            pieces += [escape(text[at:start]), Markup('<mark title="{}">{}</mark>').format(what, text[start:end])]
            at = end
    return Markup("").join([*pieces, escape(text[at:])])


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


FILTERS: dict[str, Callable[..., Any]] = {
    "clock": clock,
    "precise": precise,
    "span": span,
    "number": number,
    "milliseconds": milliseconds,
    "as_json": as_json,
    "tail": tail,
}
