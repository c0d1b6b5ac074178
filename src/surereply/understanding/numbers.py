"""Numbers in digits and words: `1,500`, `90k`, `2 lakh`, `twenty five`, `خمسة وعشرين`, `٣ آلاف`."""

import re
from typing import NamedTuple

from surereply.understanding.lexicon import HALVES, Lexicon
from surereply.understanding.normalise import Words

_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?$")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,6})?$")
_LARGEST = 10**13
_THOUSAND, _MILLION = 1_000, 1_000_000
_AND_A_HALF = ("and", "a", "half")
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
        value, last = _and_a_half(value, texts, first + 1, lexicon)
        value, last = _scaled(value, texts, last, lexicon)
        return Number(value, first, last, False, last > first + 1) if value < _LARGEST else None
    if text not in lexicon.number_starts:
        return None
    return _half_of_at(texts, first, lexicon) if text in HALVES else _spelled_at(texts, first, lexicon)


def _digits(text: str) -> float | None:
    if _PLAIN.match(text):
        return float(text) if "." in text else int(text)
    if _GROUPED.match(text):
        plain = text.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    return None


def _scaled(value: float, texts: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[float, int]:
    scale = 0
    while at < len(texts) and texts[at] in lexicon.multipliers and value < _LARGEST:
        scale = lexicon.multipliers[texts[at]]
        value *= scale
        at += 1
    behind = _half_behind(texts, at, lexicon) if scale >= _THOUSAND else at
    return (value + scale / 2, behind) if behind > at else (value, at)


def _half_behind(texts: tuple[str, ...], at: int, lexicon: Lexicon) -> int:
    """Where `ونص` ends, half a million behind a million: English has no such word."""
    half = lexicon.half.at(texts, at) if at < len(texts) and texts[at] in lexicon.half else None
    return half.last if half and not texts[at].isascii() else at


def _and_a_half(value: float, texts: tuple[str, ...], at: int, lexicon: Lexicon) -> tuple[float, int]:
    """`2 and a half million`, `2 ونص مليون`; without a scale behind, it may be a time."""
    last = at + 3 if texts[at : at + 3] == _AND_A_HALF else _half_behind(texts, at, lexicon)
    scaled = at < last < len(texts) and lexicon.multipliers.get(texts[last], 0) >= _THOUSAND
    return (value + 0.5, last) if scaled else (value, at)


def _half_of_at(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> Number | None:
    """`half a million`, `نص مليون`."""
    at = first + 1 + (texts[first + 1 : first + 2] == ("a",))
    scale = lexicon.multipliers.get(texts[at], 0) if at < len(texts) else 0
    return Number(scale / 2, first, at + 1, True, True) if scale >= _THOUSAND else None


def _spelled_at(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> Number | None:
    total, part, at, scaled = 0.0, -1.0, first, False
    numbers = lexicon.numbers
    while at < len(texts):
        phrase = lexicon.number_phrases.at(texts, at)
        word = texts[at]
        joined = word[0] == _ARABIC_AND and word not in numbers and word[1:] in numbers
        amount = phrase.payload if phrase else numbers.get(word[1:] if joined else word)
        if amount is not None and (part < 0 or joined or (scaled and part == 0) or _adds_up(part, amount)):
            part = max(part, 0) + amount
            at = phrase.last if phrase else at + 1
            if (behind := _half_behind(texts, at, lexicon)) > at and amount >= _THOUSAND:
                part, at = part + (_MILLION if amount >= _MILLION else _THOUSAND) / 2, behind
            elif part > 0:
                part, at = _and_a_half(part, texts, at, lexicon)
        elif word in lexicon.multipliers and (part >= 0 or len(word) > 3):
            scale = lexicon.multipliers[word]
            if (part < 0 and scale < 1_000) or part * scale >= _LARGEST:
                break
            part = (part if part > 0 else 1) * scale
            if scale >= 1_000:
                total, part = total + part, 0
            at, scaled = at + 1, True
            if scale >= _THOUSAND and (behind := _half_behind(texts, at, lexicon)) > at:
                total, at = total + scale / 2, behind
        elif word in {"and", "-"} and part > 0 and _continues(texts, at, part, lexicon):
            at += 1
        else:
            break
    value = total + max(part, 0)
    return Number(value, first, at, True, scaled) if at > first and value < _LARGEST else None


def _adds_up(part: float, amount: int) -> bool:
    """`twenty five` and `hundred five` are one number, `two three` are two."""
    return (amount < 10 and part % 10 == 0 and part >= 20) or (amount < 100 and part % 100 == 0 and part >= 100)


def _continues(texts: tuple[str, ...], at: int, part: float, lexicon: Lexicon) -> bool:
    if at + 1 >= len(texts):
        return False
    amount = lexicon.numbers.get(texts[at + 1])
    if amount is None:
        return False
    return part >= 100 and part % 100 == 0 and amount < 100 if texts[at] == "and" else _adds_up(part, amount)
