"""What a person types into a field: checked against the field's type, and brought into the shape that is stored."""

import re
from collections.abc import Callable
from datetime import date, time
from typing import Any

import phonenumbers
from babel import Locale

from surereply.domain.facts import Value
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.values import is_empty, without_controls

LONGEST_TEXT = 1000
MOST_ITEMS = 50
DEEPEST = 4  # a list of ranges of amounts
UNITS = ("minute", "hour", "day", "week", "month", "year")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_COUNTRIES = frozenset(str(code) for code in Locale("en").territories if re.fullmatch("[A-Z]{2}", str(code)))
_RANGES = frozenset({FieldType.DATE, FieldType.TIME, FieldType.DURATION, FieldType.COUNT, FieldType.MONEY})


class WrongValue(Exception):
    """The value does not fit its field; the message says what does."""


def typed_by_hand(name: str, value: Value, flow: Flow) -> Value:
    """The value as it is stored. Raises `WrongValue`, also for an empty one: a known field never becomes empty."""
    field = flow.fields.get(name)
    if field is None:
        raise WrongValue(f"the flow {flow.name} has no field {name!r}; it has {', '.join(flow.fields)}")
    if nesting(value) > DEEPEST:
        raise WrongValue("is nested too deeply")
    if is_empty(value):
        raise WrongValue("must not be empty: a known field never becomes empty")
    if field.type is not FieldType.LIST:
        return _one(field.type, value, field, flow)
    items = value if isinstance(value, list) else [value]
    if len(items) > MOST_ITEMS:
        raise WrongValue(f"must have at most {MOST_ITEMS} items")
    return [_one(field.of or FieldType.TEXT, item, field, flow) for item in items]


def nesting(value: Value) -> int:
    """How many lists and objects lie in one another; found without recursion, whatever was sent."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, list | dict)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        if depth > DEEPEST:
            break
    return depth


def _one(kind: FieldType, value: Value, field: FlowField, flow: Flow) -> Value:
    if kind in _RANGES and isinstance(value, dict) and set(value) == {"from", "to"}:
        return {end: _CHECKS[kind](value[end], field, flow) for end in ("from", "to")}
    return _CHECKS[kind](value, field, flow)


def _service(value: Value, _: FlowField, flow: Flow) -> Value:
    return _one_of(value, list(flow.services))


def _choice(value: Value, field: FlowField, _: Flow) -> Value:
    return _one_of(value, list(field.options))


def _one_of(value: Value, keys: list[str]) -> Value:
    if not isinstance(value, str) or value not in keys:
        raise WrongValue(f"must be one of {', '.join(keys)}")
    return value


def _yes_no(value: Value, _: FlowField, __: Flow) -> Value:
    if not isinstance(value, bool):
        raise WrongValue("must be true or false")
    return value


def _text(value: Value, field: FlowField, _: Flow) -> Value:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise WrongValue(f"must be a text of at most {LONGEST_TEXT} characters")
    text = " ".join(without_controls(value).split())
    if not text:
        raise WrongValue("must hold something that can be read")
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        raise WrongValue(f"must fit the pattern {field.pattern}")
    return text


def _email(value: Value, field: FlowField, flow: Flow) -> Value:
    text = _text(value, field, flow)
    if not _EMAIL.fullmatch(text):
        raise WrongValue("must be an e-mail address, such as name@example.org")
    return text


def _phone(value: Value, _: FlowField, flow: Flow) -> Value:
    try:
        parsed = phonenumbers.parse(str(value), flow.business.country)
    except phonenumbers.NumberParseException:
        parsed = None
    if not isinstance(value, str) or parsed is None or not phonenumbers.is_possible_number(parsed):
        raise WrongValue("must be a phone number, such as +971501234567")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _country(value: Value, _: FlowField, __: Flow) -> Value:
    if not isinstance(value, str) or value.upper() not in _COUNTRIES:
        raise WrongValue("must be the two letters of a country (ISO 3166), such as AE")
    return value.upper()


def _date(value: Value, _: FlowField, __: Flow) -> Value:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise WrongValue("must be a date, such as 2026-03-12") from None


def _time(value: Value, _: FlowField, __: Flow) -> Value:
    try:
        return time.fromisoformat(value).strftime("%H:%M")
    except (TypeError, ValueError):
        raise WrongValue("must be a time, such as 18:30") from None


def _count(value: Value, field: FlowField, _: Flow) -> Value:
    if not isinstance(value, int) or isinstance(value, bool):
        raise WrongValue("must be a whole number")
    return _within(value, field)


def _money(value: Value, field: FlowField, flow: Flow) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = {"amount": value, "currency": flow.business.currency}
    if not isinstance(value, dict) or set(value) != {"amount", "currency"} or not _is_number(value["amount"]):
        raise WrongValue('must be an amount, such as {"amount": 50000, "currency": "AED"}')
    if not isinstance(value["currency"], str) or not re.fullmatch("[A-Z]{3}", value["currency"]):
        raise WrongValue("its currency must be three capital letters, such as AED")
    _within(value["amount"], field)
    return value


def _duration(value: Value, _: FlowField, __: Flow) -> Value:
    if not isinstance(value, dict) or set(value) != {"amount", "unit"} or not _is_number(value["amount"]):
        raise WrongValue('must be a span, such as {"amount": 30, "unit": "day"}')
    if value["unit"] not in UNITS or value["amount"] < 0:
        raise WrongValue(f"its unit must be one of {', '.join(UNITS)}, its amount 0 or more")
    return value


def _within(amount: Any, field: FlowField) -> Value:
    if field.minimum is not None and amount < field.minimum:
        raise WrongValue(f"must be at least {field.minimum:g}")
    if field.maximum is not None and amount > field.maximum:
        raise WrongValue(f"must be at most {field.maximum:g}")
    if abs(amount) > 1e15:
        raise WrongValue("is too large a number")
    return amount


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) <= 1e15


_CHECKS: dict[FieldType, Callable[[Value, FlowField, Flow], Value]] = {
    FieldType.SERVICE: _service,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
    FieldType.PERSON: _text,
    FieldType.PLACE: _text,
    FieldType.TEXT: _text,
    FieldType.LIST: _text,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.COUNTRY: _country,
    FieldType.DATE: _date,
    FieldType.TIME: _time,
    FieldType.COUNT: _count,
    FieldType.MONEY: _money,
    FieldType.DURATION: _duration,
}
