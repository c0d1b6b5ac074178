"""Amounts: money with its currency, durations with their unit, counts with what is counted."""

import re

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.numbers import Number

_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})$")
DUAL = "2:"  # before the unit of an Arabic dual
_SHORTEST_DUAL = 5  # letters
_DOLLAR_SIGNED = frozenset({"MXN", "ARS", "COP", "CLP", "UYU", "DOP", "BRL", "CAD", "AUD", "NZD", "SGD", "HKD"})
_BEFORE_DOLLAR = frozenset({"r", "mx", "us", "a", "c"})
_OF = frozenset({"de", "d'", "of"})  # "cinquantaine d'euros", "2 millones de pesos"
_HALF = 0.5
_ONLY = frozenset({"just", "only", "فقط"})  # before a number that is spelled out
_SHORT = 2  # words of an answer
LARGEST_COUNT = 100_000
LARGEST_AMOUNT = 10**9  # of a bare number that may be money


def find_money(words: Words, numbers: list[Number], lexicon: Lexicon, currency: str) -> list[Found]:
    """Amounts with a currency, or said in thousands; `currency` is the flow's, for those without one."""
    found: list[Found] = []
    texts = words.texts
    for number in numbers:
        first, last = number.first, number.last
        named = None
        if first > 0 and texts[first - 1] in lexicon.currencies:
            first, named = first - 1, str(lexicon.currencies[texts[first - 1]])
            first -= named == "$" and first > 0 and texts[first - 1] in _BEFORE_DOLLAR
        behind = last + (last < len(texts) and texts[last] in _OF)
        if behind < len(texts) and texts[behind] in lexicon.currencies:
            named, last = str(lexicon.currencies[texts[behind]]), behind + 1
        named = _pesos(currency) if named == "$" else named
        if named or number.scaled:
            value = {"amount": _whole(number.value), "currency": named or currency}
            found.append(Found(FieldType.MONEY, value, first, last, 1.0 if named else 0.8))
    return found


def _pesos(currency: str) -> str:
    """`$` and `pesos` where the business has a currency of that sign; else dollars."""
    return currency if currency in _DOLLAR_SIGNED else "USD"


def find_durations(words: Words, numbers: list[Number], lexicon: Lexicon) -> list[Found]:
    """`30 days`, `a month`, `شهرين`: {"amount", "unit"}, the unit in the singular."""
    found: list[Found] = []
    texts = words.texts
    for number in numbers:
        at = number.last + (number.last + 1 < len(texts) and texts[number.last] == "-")
        at += at + 1 < len(texts) and texts[at] in _OF
        if at < len(texts) and texts[at] in lexicon.units:
            amount, last = _with_half(number.value, texts, at + 1, lexicon)
            found.append(_duration(amount, str(lexicon.units[texts[at]]), number.first, last))
    if lexicon.units.keys().isdisjoint(texts) and lexicon.dual_units.keys().isdisjoint(texts):
        return found
    for at, text in enumerate(texts):
        if text in lexicon.dual_units:
            found.append(_duration(2, str(lexicon.dual_units[text]), at, at + 1))
        elif any(f.last > at >= f.first for f in found):
            continue
        elif text in lexicon.units and at > 0 and texts[at - 1] in lexicon.one_words:
            found.append(_duration(1, str(lexicon.units[text]), at - 1, at + 1)._replace(sure=0.8))
        elif text in lexicon.units and (not text.isascii() or lexicon.half.at(texts, min(at + 1, len(texts) - 1))):
            amount, last = _with_half(1, texts, at + 1, lexicon)
            found.append(
                _duration(amount, str(lexicon.units[text]), at, last)._replace(sure=0.6 if amount == 1 else 1.0)
            )
    return found


def _with_half(amount: float, texts: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[float, int]:
    """`un mois et demi`, `شهر ونص`: the half stands behind the unit."""
    half = lexicon.half.at(texts, at) if at < len(texts) else None
    return (amount + _HALF, half.last) if half and texts[at] != "half" else (amount, at)


def _duration(amount: float, unit: str, first: int, last: int) -> Found:
    return Found(FieldType.DURATION, {"amount": _whole(amount), "unit": unit}, first, last)


def _whole(amount: float) -> float:
    return int(amount) if amount == int(amount) else amount


def find_counts(words: Words, numbers: list[Number], lexicon: Lexicon, largest: int = LARGEST_COUNT) -> list[Found]:
    """Whole numbers up to `largest`. `near` is what is counted, as written behind the number; "" if nothing is."""
    found: list[Found] = []
    texts = words.texts
    for number in numbers:
        if number.value != int(number.value) or number.value > largest:
            continue
        bare = number.spelled and texts[number.first] in {"one", "واحد", "واحده"}
        unit = _unit_behind(texts, number.last, lexicon)
        if bare and unit == "way":
            continue
        sure = 0.4 if bare and not unit and not _is_emphatic(texts, number.first) else 0.9
        found.append(Found(FieldType.COUNT, int(number.value), number.first, number.last, sure, unit))
    found.extend(_duals(words))
    for at, text in enumerate(texts):
        both = _RANGE.match(text)
        if both and int(both[1]) < int(both[2]):
            value = {"from": int(both[1]), "to": int(both[2])}
            unit = _unit_behind(texts, at + 1, lexicon)
            found.append(Found(FieldType.COUNT, value, at, at + 1, 0.9, unit))
    return found


def _is_emphatic(texts: tuple[str, ...], at: int) -> bool:
    """`just one`, `one, please`: a number, and no pronoun."""
    return (at > 0 and texts[at - 1] in _ONLY) or sum(text[0].isalnum() for text in texts) <= _SHORT


def _duals(words: Words) -> list[Found]:
    """`شريكين` are two partners; whether the word is a dual is seen by the field that counts them."""
    if words.places is None:
        return []  # nothing but ASCII
    return [
        Found(FieldType.COUNT, 2, at, at + 1, 0.9, f"{DUAL}{text[:-2].removesuffix('ت')}")
        for at, text in enumerate(words.texts)
        if len(text) >= _SHORTEST_DUAL and text.endswith(("ين", "ان")) and not _is_counted(words.texts, at)
    ]


def _is_counted(texts: tuple[str, ...], at: int) -> bool:
    return at > 0 and texts[at - 1][0].isdigit()


def _unit_behind(texts: tuple[str, ...], at: int, lexicon: Lexicon) -> str:
    at += at < len(texts) and texts[at] in {"-", "x", "more", "of", "other", "new"}
    if at >= len(texts) or not texts[at][0].isalpha():
        return ""
    word = texts[at]
    if word in lexicon.units and texts[at + 1 : at + 2] == ("old",):
        return "age"
    if word == "us":
        return "people"
    return "" if word in lexicon.conjunctions or word in lexicon.function else word
