"""Behind `surereply understand`: one JSON object in, what was understood out, with the words it rests on."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from surereply.domain.facts import Context, Fact, Reading
from surereply.domain.flow import Flow
from surereply.understanding.reader import read_text
from surereply.understanding.stages import Stages

Clock = Callable[[], float]

_KEYS = {"text", "asked", "known", "offered", "confirmed", "now", "language"}


class NotUnderstandable(ValueError):
    """A line of input that is not of the documented shape; the message says what and what to do."""


ReadText: TypeAlias = Callable[..., Reading]  # as the flow's own reader does: flow, text, context, stages


def explain_line(
    flow: Flow, line: Mapping[str, Any], now: datetime, clock: Clock, read: ReadText = read_text
) -> tuple[Reading, dict[str, float]]:
    """What is read in a line of the shape of `understand_line`, and the milliseconds of each stage.

    `clock`: seconds, steady. Raises NotUnderstandable.
    """
    text, context = _text(line), _context(flow, line, now)
    read_text(flow, text, context)  # a flow's tables are made once, with its first message
    stages = Stages(clock)
    return read(flow, text, context, stages), stages.milliseconds


def understand_line(
    flow: Flow, line: Mapping[str, Any], now: datetime | None = None, read: ReadText = read_text
) -> dict[str, Any]:
    """`{"text", "asked", "known", "offered", "confirmed", "now", "language"}` → `{"facts", "signals", "language"}`.

    Only `text` is required, and `now` where the argument `now` does not stand in for it. Offsets are code points
    into `text`. `read` reads it; the embedded reader unless given. Raises NotUnderstandable.
    """
    text = _text(line)
    context = _context(flow, line, now)
    reading = read(flow, text, context)
    return {
        "facts": [_shown(fact) for fact in reading.facts],
        "signals": sorted(signal.value for signal in reading.signals),
        "language": reading.language,
    }


def _text(line: Mapping[str, Any]) -> str:
    if not isinstance(line, Mapping):
        raise NotUnderstandable("a line must be a JSON object with the key text")
    unknown = sorted(set(line) - _KEYS)
    if unknown:
        raise NotUnderstandable(f"unknown key {unknown[0]}: the keys are {', '.join(sorted(_KEYS))}")
    text = line.get("text")
    if not isinstance(text, str):
        raise NotUnderstandable("text must be a string")
    return text


def _context(flow: Flow, line: Mapping[str, Any], now: datetime | None) -> Context:
    asked = line.get("asked") or []
    asked = [asked] if isinstance(asked, str) else asked
    if not isinstance(asked, list | tuple) or not all(isinstance(name, str) for name in asked):
        raise NotUnderstandable("asked must be a list of field names")
    language = line.get("language")
    if language is not None and not isinstance(language, str):
        raise NotUnderstandable("language must be a string such as en, or null")
    return Context(
        now=_now(flow, line.get("now"), now),
        asked=tuple(asked),
        known=_object(line, "known"),
        offered=_lists(line, "offered"),
        confirmed=_lists(line, "confirmed"),
        language=language,
    )


def _now(flow: Flow, value: Any, default: datetime | None) -> datetime:
    """Local to the business; a time without a zone is read as such."""
    now = default if value is None else None
    if isinstance(value, str):
        with suppress(ValueError):
            now = datetime.fromisoformat(value)
    if now is None:
        raise NotUnderstandable("now must be a time such as 2026-03-02T10:00")
    zone = ZoneInfo(flow.business.time_zone)
    return now.replace(tzinfo=zone) if now.tzinfo is None else now.astimezone(zone)


def _object(line: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = line.get(key) or {}
    if not isinstance(value, dict):
        raise NotUnderstandable(f"{key} must be an object of fields")
    return value


def _lists(line: Mapping[str, Any], key: str) -> dict[str, list[Any]]:
    return {
        field: list(values) if isinstance(values, list) else [values] for field, values in _object(line, key).items()
    }


def _shown(fact: Fact) -> dict[str, Any]:
    return {
        "field": fact.field,
        "value": fact.value,
        "text": fact.text,
        "start": fact.start,
        "end": fact.end,
        "confidence": fact.confidence,
        "source": fact.source.value,
    }
