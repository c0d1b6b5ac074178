"""Numbers in digits and words: `1,500`, `90k`, `2 lakh`, `twenty five`, `خمسة وعشرين`, `٣ آلاف`."""

import re
from typing import NamedTuple

from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words

_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?$")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,6})?$")
_LARGEST = 10**13
_ARABIC_AND = "و"


class Number(NamedTuple):
    value: float
    first: int
    last: int  # excluded
    spelled: bool  # in words
    scaled: bool  # said with thousand, k, lakh …


def find_numbers(words: Words, lexicon: Lexicon) -> list[Number]:
    """Every number in the message, left to right; parts of dates and times are still among them."""
    found: list[Number] = []
    texts = words.texts
    first = 0
    while first < len(texts):
        number = _number_at(texts, first, lexicon)
        if number is None:
            first += 1
        else:
            found.append(number)
            first = number.last
    return found


def _number_at(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> Number | None:
    text = texts[first]
    if text[0].isdigit():
        value = _digits(text)
        if value is None:
            return None
        value, last = _scaled(value, texts, first + 1, lexicon)
        return Number(value, first, last, False, last > first + 1) if value < _LARGEST else None
    return _spelled_at(texts, first, lexicon) if text in lexicon.number_starts else None


def _digits(text: str) -> float | None:
    if _PLAIN.match(text):
        return float(text) if "." in text else int(text)
    if _GROUPED.match(text):
        plain = text.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    return None


def _scaled(value: float, texts: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[float, int]:
    while at < len(texts) and texts[at] in lexicon.multipliers and value < _LARGEST:
        value *= lexicon.multipliers[texts[at]]
        at += 1
    return value, at


def _spelled_at(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> Number | None:
    total, part, at, scaled = 0, -1, first, False
    numbers = lexicon.numbers
    while at < len(texts):
        phrase = lexicon.number_phrases.at(texts, at)
        word = texts[at]
        joined = word[0] == _ARABIC_AND and word not in numbers and word[1:] in numbers
        amount = phrase.payload if phrase else numbers.get(word[1:] if joined else word)
        if amount is not None and (part < 0 or joined or (scaled and part == 0) or _adds_up(part, amount)):
            part = max(part, 0) + amount
            at = phrase.last if phrase else at + 1
        elif word in lexicon.multipliers and (part >= 0 or len(word) > 3):
            scale = lexicon.multipliers[word]
            if (part < 0 and scale < 1_000) or part * scale >= _LARGEST:
                break
            part = (part if part > 0 else 1) * scale
            if scale >= 1_000:
                total, part = total + part, 0
            at, scaled = at + 1, True
        elif word in {"and", "-"} and part > 0 and _continues(texts, at, part, lexicon):
            at += 1
        else:
            break
    value = total + max(part, 0)
    return Number(value, first, at, True, scaled) if at > first and value < _LARGEST else None


def _adds_up(part: int, amount: int) -> bool:
    """`twenty five` and `hundred five` are one number, `two three` are two."""
    return (amount < 10 and part % 10 == 0 and part >= 20) or (amount < 100 and part % 100 == 0 and part >= 100)


def _continues(texts: tuple[str, ...], at: int, part: int, lexicon: Lexicon) -> bool:
    if at + 1 >= len(texts):
        return False
    amount = lexicon.numbers.get(texts[at + 1])
    if amount is None:
        return False
    return part >= 100 and part % 100 == 0 and amount < 100 if texts[at] == "and" else _adds_up(part, amount)
