"""A tapped button or row is the answer it stands for: `f:<field>:<option key>`, `c:<field>:yes|no`."""

from surereply.domain.facts import Context, Fact, Signal, Source, Value
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow

_PARTS = 3


def read_tap(flow: Flow, tap: str, text: str, context: Context) -> tuple[tuple[Fact, ...], frozenset[Signal]] | None:
    """The fact and signal of a tap; None if the id is not one of ours, so that its title is read as text."""
    parts = tap.split(":", _PARTS - 1)
    if len(parts) != _PARTS:
        return None
    kind, field, key = parts
    known = field in flow.fields or field == SERVICE_FIELD
    if kind not in {"f", "c"} or not known:
        return None
    signals = frozenset({Signal.YES} if key == "yes" else {Signal.NO} if key == "no" else set())
    if kind == "c":
        values = context.confirmed.get(field, []) if key == "yes" else []
        return tuple(_fact(field, value, None, Source.CONFIRMED) for value in values), signals
    value = _value(flow, field, key)
    if value is None:
        return None
    is_answer = _type(flow, field) is FieldType.YES_NO
    return (_fact(field, value, text or None, Source.TAPPED),), signals if is_answer else frozenset()


def _type(flow: Flow, field: str) -> FieldType:
    if field == SERVICE_FIELD:
        return FieldType.SERVICE
    declared = flow.fields[field]
    return declared.of or FieldType.TEXT if declared.type is FieldType.LIST else declared.type


def _value(flow: Flow, field: str, key: str) -> Value | None:
    kind = _type(flow, field)
    if kind is FieldType.SERVICE:
        return key if key in flow.services else None
    if kind is FieldType.YES_NO:
        return {"yes": True, "no": False}.get(key)
    declared = flow.fields[field]
    if key not in declared.options:
        return None
    return [key] if declared.type is FieldType.LIST else key


def _fact(field: str, value: Value, text: str | None, source: Source) -> Fact:
    end = None if text is None else len(text)
    return Fact(field, value, text, None if text is None else 0, end, 1.0, source)
