"""A field's value for people, in their language: "12 March 2026", "AED 50,000", an option's label."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.units import format_unit

from surereply.domain.facts import Value
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.flow_texts import in_language

SHOWN_CHARACTERS = 80  # of a customer's own words in a reply of ours
_LINK = re.compile(r"(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", re.IGNORECASE)
_CURRENCY = "aed|usd|eur|gbp|sar|qar|kwd|bhd|omr|egp|jod|inr|pkr|dhs?|dirhams?|dollars?|euros?|درهم|دولار|ريال|جنيه"
_TERMS = re.compile(rf"[%٪‰$€£¥₹﷼]|\d[\d.,]*\s?[km]?\s?(?:{_CURRENCY})\b|\b(?:{_CURRENCY})\s?\d", re.IGNORECASE)
_UNIT_LENGTHS: tuple[Literal["long", "short"], ...] = ("long", "short")
_COMMA = {"ar": "، ", "fa": "، ", "ur": "، "}


def format_value(value: Value, field: FlowField, flow: Flow, language: str | None) -> str:
    """The value as a person reads it; of a shape that the type does not know, its plain text."""
    if isinstance(value, list):
        item_field = field.model_copy(update={"type": field.of or FieldType.TEXT})
        items = [format_value(item, item_field, flow, language) for item in value]
        return _COMMA.get(language or flow.languages[0], ", ").join(item for item in items if item)
    if isinstance(value, dict) and set(value) == {"from", "to"}:
        ends = [format_value(value[end], field, flow, language) for end in ("from", "to")]
        return " – ".join(end for end in ends if end)
    shown = _SHOWN.get(field.type)
    if value is None or shown is None:
        return plain(value)
    try:
        return shown(value, field, flow, language or flow.languages[0])
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        return plain(value)


def _service(value: Value, _: FlowField, flow: Flow, language: str) -> str:
    return in_language(flow.services[value].label, language, flow.languages[0])


def _choice(value: Value, field: FlowField, flow: Flow, language: str) -> str:
    return in_language(field.options[value].label, language, flow.languages[0])


def _yes_no(value: Value, _: FlowField, flow: Flow, language: str) -> str:
    return in_language(flow.texts.yes if value else flow.texts.no, language, flow.languages[0])


def _country(value: Value, _: FlowField, __: Flow, language: str) -> str:
    return str(_locale(language).territories[value])


def _date(value: Value, _: FlowField, __: Flow, language: str) -> str:
    return format_date(date.fromisoformat(value), "d MMMM y", locale=_locale(language))


def _duration(value: Value, _: FlowField, __: Flow, language: str) -> str:
    unit = f"duration-{value['unit']}"
    # Where a language writes both lengths alike, CLDR holds only the short one, and babel shows the unit's name.
    for length in _UNIT_LENGTHS:
        shown = format_unit(value["amount"], unit, length, locale=_locale(language))
        if unit not in shown:
            return shown.replace("\xa0", " ")
    return f"{_number(value['amount'])} {value['unit']}"


def _count(value: Value, _: FlowField, __: Flow, ___: str) -> str:
    return _number(value)


def _money(value: Value, _: FlowField, __: Flow, ___: str) -> str:
    return f"{value['currency']} {_number(value['amount'])}"


_SHOWN: dict[FieldType, Callable[[Value, FlowField, Flow, str], str]] = {
    FieldType.SERVICE: _service,
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
    FieldType.COUNTRY: _country,
    FieldType.DATE: _date,
    FieldType.DURATION: _duration,
    FieldType.COUNT: _count,
    FieldType.MONEY: _money,
}


def _number(amount: Any) -> str:
    exact = Decimal(str(amount))
    return f"{int(exact):,}" if exact == exact.to_integral_value() else f"{exact.normalize():,f}"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def plain(value: Value) -> str:
    """A customer's own words, fit to stand in a sentence of ours: one line, bounded, no links or prices.

    A reply states no price or promise that is not in the flow, whoever wrote it first.
    """
    if value is None:
        return ""
    # Cut first: what customers may write is long, and patterns take their time over it.
    text = without_controls(str(value)[: 4 * SHOWN_CHARACTERS])
    text = " ".join(_LINK.sub("", text).split())
    if _TERMS.search(text):
        return "…"
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1].rstrip() + "…"


def without_controls(text: str) -> str:
    """No control characters, lone surrogates or marks that turn the writing round; white space stays."""
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else " " if c.isspace() else "" for c in text)


def _is_harmless(character: str) -> bool:
    # Joiners are part of words in Persian and Hindi, and of emoji.
    return character in "\u200c\u200d\n" or unicodedata.category(character)[0] != "C"


def storable(value: Value) -> Value:
    """No NUL and no lone surrogate: PostgreSQL's JSON refuses them."""
    if isinstance(value, str):
        return value if value.isprintable() else without_controls(value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def same_value(one: Value, other: Value) -> bool:
    """Whether two values mean the same: capitals and space aside, lists in any order, 2 and 2.0 alike."""
    return bool(_normal(one) == _normal(other))


def _normal(value: Value) -> Any:
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if isinstance(value, dict):
        return tuple(sorted((key, repr(_normal(item))) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return tuple(sorted(repr(_normal(item)) for item in value))
    return float(value) if isinstance(value, int) else value


def is_empty(value: Value) -> bool:
    """Nothing that could be written: None, white space, an empty list, or one of empty things."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple):
        return all(is_empty(item) for item in value)
    if isinstance(value, dict):
        return not value or all(is_empty(item) for item in value.values())
    return value is None
