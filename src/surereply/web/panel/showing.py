"""How times, spans, sizes and values are written on a page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel.dates import format_date
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from surereply.domain.health import Reason
from surereply.web.panel.called import Customer, called, is_erased, number_of
from surereply.web.panel.phrases import said_in

OF_A_LINE = ("line_stopped", "line_closed")


@pass_context
def clock(context: Context, instant: datetime | None, zone: str = "UTC", now: datetime | None = None) -> Markup | str:
    """`14:03`, with the day where it is not today's; the whole instant for whoever points at it."""
    if instant is None:
        return "–"
    local = instant.astimezone(_zone(zone))
    today = now is not None and local.date() == now.astimezone(_zone(zone)).date()
    return _time(instant, local, zone, f"{local:%H:%M}" if today else f"{_day(context, local)} {local:%H:%M}")


@pass_context
def precise(context: Context, instant: datetime | None, zone: str = "UTC") -> Markup | str:
    """To the millisecond, for the debug panel."""
    if instant is None:
        return "–"
    local = instant.astimezone(_zone(zone))
    shown = f"{_day(context, local)} {local:%H:%M:%S}.{local.microsecond // 1000:03d}"
    return _time(instant, local, zone, shown)


def _day(context: Context, local: datetime) -> str:
    return format_date(local, "d MMM", locale=_language(context))


def _language(context: Context) -> str:
    language: str = context["t"].language
    return language


def _time(instant: datetime, local: datetime, zone: str, shown: str) -> Markup:
    whole = f"{local:%Y-%m-%d %H:%M:%S} {zone}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        instant.astimezone(UTC).isoformat(timespec="milliseconds"), whole, shown
    )


def zone_said(zone: str, now: datetime) -> str:
    """`Asia/Dubai (UTC+4)`: whose clock a page's times are."""
    minutes = int((now.astimezone(_zone(zone)).utcoffset() or timedelta()).total_seconds()) // 60
    hours = f"{abs(minutes) // 60}" + (f":{abs(minutes) % 60:02d}" if minutes % 60 else "")
    return f"{zone} (UTC{'-' if minutes < 0 else '+'}{hours})"


@pass_context
def span(context: Context, given: float | timedelta | None) -> str:
    """`42 s`, `7 min`, `3 h 20 min`, `5 d`; `–` for none."""
    if given is None:
        return "–"
    texts = context["t"]
    seconds = max(int(given.total_seconds() if isinstance(given, timedelta) else given), 0)
    if seconds < 120:
        return str(texts("span.seconds", count=seconds))
    if seconds < 7200:
        return str(texts("span.minutes", count=seconds // 60))
    if seconds < 172_800:
        return str(texts("span.hours", hours=seconds // 3600, minutes=seconds % 3600 // 60))
    return str(texts("span.days", count=seconds // 86_400))


@pass_context
def said(context: Context, sentence: str | None) -> str:
    """A sentence of the steps in the language of the page."""
    return said_in(context["t"], sentence)


@pass_context
def called_here(context: Context, customer: Customer) -> str:
    """What a customer is called; of an erased one nothing is left, and the page's language says so."""
    return str(context["t"]("head.erased")) if is_erased(customer) else called(customer)


@pass_context
def told(context: Context, reason: Reason) -> str:
    """The figures of a reason of health; of a line its name, and why."""
    line, colon, why = reason.told.partition(": ")
    texts = context["t"]
    return f"{line}: {said_in(texts, why)}" if colon and reason.code in OF_A_LINE else said_in(texts, reason.told)


def number(given: float | None) -> str:
    return "–" if given is None else f"{given:,.0f}"


@pass_context
def milliseconds(context: Context, given: float | None) -> str:
    """`42 ms`, `1.25 s`; `–` for none."""
    if given is None:
        return "–"
    texts = context["t"]
    if given < 1000:
        return str(texts("span.milliseconds", count=f"{given:.0f}"))
    return str(texts("span.seconds", count=f"{given / 1000:.2f}"))


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
    "zone_said": zone_said,
    "said": said,
    "told": told,
    "number": number,
    "milliseconds": milliseconds,
    "as_json": as_json,
    "tail": tail,
    "called": called_here,
    "number_of": number_of,
}
