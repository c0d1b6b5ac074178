"""When a value that was read is the one that was meant: strictly, and fuzzily."""

import re
from typing import Any

from rapidfuzz import fuzz

from surereply.domain.flow import FieldType

ANYTHING = "dontcare"  # the customer leaves it to us
_ALIKE = 80  # of 100, for fuzzy matching: token_sort_ratio, words in any order
_MINUTES_APART = 15  # for fuzzy matching of times
_OVERLAP = 0.5  # of the shorter of two spans of the day
_WORDS = re.compile(r"[^\w]+")


def strictly(read: Any, words: str | None, meant: list[str]) -> bool:
    """The value, or the words it rests on, are one of those meant: capitals, signs and blanks aside."""
    said = {_plain(one) for one in meant}
    return any(form in said for form in _forms(read, words))


def fuzzily(read: Any, words: str | None, meant: list[str], kind: FieldType | None) -> bool:
    """Also texts, names and places whose words are much alike, and times at most 15 minutes apart."""
    if strictly(read, words, meant):
        return True
    if kind in {FieldType.TEXT, FieldType.PLACE, FieldType.PERSON}:
        forms = [form for form in _forms(read, words) if form]
        return any(fuzz.token_sort_ratio(form, _plain(one)) >= _ALIKE for form in forms for one in meant)
    if kind is FieldType.TIME and isinstance(read, str):
        clocks = [minutes for one in meant if (minutes := _minutes(one)) is not None]
        here = _minutes(read)
        return here is not None and any(abs(here - other) <= _MINUTES_APART for other in clocks)
    return False


def same_canonical(read: Any, meant: Any, kind: FieldType) -> bool:
    """Two canonical values: equal, names and texts by their words, parts of the day by overlap."""
    if isinstance(read, list) and isinstance(meant, list):
        return len(read) == len(meant) and all(same_canonical(*pair, kind) for pair in zip(read, meant, strict=True))
    if isinstance(read, str) and isinstance(meant, str):
        return _plain(read) == _plain(meant)
    if kind is FieldType.TIME and isinstance(read, dict) and isinstance(meant, dict):
        return _overlap(read, meant) >= _OVERLAP
    return bool(read == meant)


def alike_canonical(read: Any, meant: Any, kind: FieldType) -> bool:
    """`same_canonical`, or texts, names and places whose words are much alike."""
    if same_canonical(read, meant, kind):
        return True
    texts = isinstance(read, str) and isinstance(meant, str)
    wordy = kind in {FieldType.TEXT, FieldType.PLACE, FieldType.PERSON}
    return texts and wordy and fuzz.token_sort_ratio(_plain(read), _plain(meant)) >= _ALIKE


def _forms(read: Any, words: str | None) -> set[str]:
    forms = {_plain(words)} if words else set()
    if isinstance(read, dict) and "amount" in read:
        forms.add(_plain(f"{read['amount']:g}"))
    elif not isinstance(read, dict | list):
        forms.add(_plain(str(read)))
    return forms


def _plain(text: str) -> str:
    """`$3,900.00` and `3900` alike, `4.50` and `4.5`, `New York!` and `new york`."""
    text = text.casefold().strip()
    number = text.replace(",", "").lstrip("$€£ ")
    try:
        return f"{float(number):g}"
    except ValueError:
        return _WORDS.sub(" ", text).strip()


def _minutes(clock: str) -> int | None:
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", clock.strip())
    return int(match[1]) * 60 + int(match[2]) if match else None


def _overlap(one: dict[str, str], other: dict[str, str]) -> float:
    ends = [_minutes(str(span.get(end))) for span in (one, other) for end in ("from", "to")]
    if any(end is None for end in ends):
        return 0.0
    first, last, other_first, other_last = (end or 0 for end in ends)
    shorter = max(min(last - first, other_last - other_first), 1)
    return (min(last, other_last) - max(first, other_first)) / shorter
