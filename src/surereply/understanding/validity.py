"""What a field may hold: counts and amounts within its limits, days in its past or future."""

from datetime import date, timedelta

from surereply.domain.facts import Value
from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.found import Found
from surereply.understanding.recognisers.amounts import LARGEST_COUNT


def valid_value(view: FieldView, found: Found, today: date, currency: str) -> Value | None:
    """The value if the field may hold it; None if it is impossible there."""
    value = found.value
    if view.type is FieldType.MONEY and found.type is FieldType.COUNT:
        value = _priced(value, currency)
    if value is None:
        return None
    if view.type is FieldType.COUNT and any(amount > LARGEST_COUNT for amount in _amounts(value)):
        return None
    if view.type in {FieldType.COUNT, FieldType.MONEY, FieldType.DURATION}:
        return value if all(_within(view, amount) for amount in _amounts(value)) else None
    if view.type is FieldType.DATE:
        return _dated(view, found, today)
    return value


def _priced(value: Value, currency: str) -> Value:
    if isinstance(value, dict):
        return {end: _priced(amount, currency) for end, amount in value.items()}
    return {"amount": value, "currency": currency}


def _amounts(value: Value) -> list[float]:
    if isinstance(value, dict):
        parts = [value["from"], value["to"]] if "from" in value else [value["amount"]]
        return [amount for part in parts for amount in _amounts(part)]
    return [value]


def _within(view: FieldView, amount: float) -> bool:
    low, high = view.field.minimum, view.field.maximum
    return (low is None or amount >= low) and (high is None or amount <= high)


def _dated(view: FieldView, found: Found, today: date) -> Value | None:
    """In the past or the future as the field wants it; a date without a year moves to the right one."""
    past = view.field.past
    if isinstance(found.value, dict):
        return found.value
    day = date.fromisoformat(found.value)
    if past is True and day > today and found.near == "yearless":
        day = day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day - timedelta(days=1461)
    if (past is True and day > today) or (past is False and day < today):
        return None
    return day.isoformat()
