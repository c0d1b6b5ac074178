"""Numbers in digits and words: `1,500`, `90k`, `2 lakh`, `twenty five`, `خمسة وعشرين`, `٣ آلاف`."""

import re
from typing import NamedTuple

from surereply.understanding.lexicon import HALVES, Lexicon
from surereply.understanding.normalise import Words

_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?$")
_PLAIN = re.compile(r"\d{1,15}(?:\.\d{1,6})?$")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?$")  # 12.500,00 where the comma is decimal
_COMMA = re.compile(r"\d{1,12},\d{1,2}$")
_THREE_DIGITS = re.compile(r"\d{3}$")
_LARGEST = 10**13
_THOUSAND, _MILLION = 1_000, 1_000_000
_AND_A_HALF = ("and", "a", "half")
_ARABIC_AND = "و"
_ANDS = frozenset({"and", "-", "y", "e", "et"})  # "treinta y cinco", "vinte e dois", "vingt et un"


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
        value = _digits(text, lexicon.decimal_comma)
        if value is None:
            return None
        last = first + 1
        while lexicon.decimal_comma and 0 < value < _MILLION and len(text) <= 3 and _is_group(texts, last):
            value, last = value * 1_000 + int(texts[last]), last + 1  # 1 200 €
        value, last = _and_a_half(value, texts, last, lexicon)
        value, last = _scaled(value, texts, last, lexicon)
        if (
            last > first + 1
            and value % _THOUSAND == 0
            and value
            and texts[last : last + 1] in {("e",), ("y",), ("et",)}
        ):
            more = lexicon.numbers.get(texts[last + 1]) if last + 1 < len(texts) else None
            if more is not None and more >= 100:
                value, last = value + more, last + 2  # 2 mil e quinhentos
        scaled = last > first + 1 and not _is_group(texts, last - 1)
        return Number(value, first, last, False, scaled) if value < _LARGEST else None
    if text not in lexicon.number_starts:
        return None
    if text in lexicon.mixed_numbers or text in lexicon.fractions_before:
        return _mixed_at(texts, first, lexicon)
    return _half_of_at(texts, first, lexicon) if text in HALVES else _spelled_at(texts, first, lexicon)


def _is_group(texts: tuple[str, ...], at: int) -> bool:
    return at < len(texts) and _THREE_DIGITS.match(texts[at]) is not None


def _mixed_at(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> Number | None:
    """`dhai hazar`, `sadhe paanch lakh`: halves and quarters that stand before."""
    text, last = texts[first], first + 1
    if text in lexicon.mixed_numbers:
        value = lexicon.mixed_numbers[text]
    else:
        if last >= len(texts):
            return None
        whole = _digits(texts[last], lexicon.decimal_comma) if texts[last][0].isdigit() else None
        whole = lexicon.numbers.get(texts[last]) if whole is None else whole
        if whole is None:
            return None
        value, last = whole + lexicon.fractions_before[text], last + 1
    value, last = _scaled(value, texts, last, lexicon)
    return Number(value, first, last, True, value >= _THOUSAND)


def _digits(text: str, decimal_comma: bool = False) -> float | None:
    if decimal_comma and _DOTTED.match(text):
        return float(text.replace(".", "").replace(",", "."))
    if decimal_comma and _COMMA.match(text):
        return float(text.replace(",", "."))
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
    return half.last if half and texts[at] != "half" else at


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
        elif word in lexicon.multipliers and (part >= 0 or len(word) > 3 or word == "mil"):
            scale = lexicon.multipliers[word]
            if (part < 0 and scale < 1_000) or part * scale >= _LARGEST:
                break
            part = (part if part > 0 else 1) * scale
            if scale >= _THOUSAND:
                total, part = total + part, 0
            at, scaled = at + 1, True
            if scale >= _THOUSAND and (behind := _half_behind(texts, at, lexicon)) > at:
                total, at = total + scale / 2, behind
        elif word in _ANDS and (part > 0 or scaled) and _continues(texts, at, part, lexicon):
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
    if part == 0 and texts[at] != "-":
        return amount >= 100  # "2 mil e quinhentos"
    return part >= 100 and part % 100 == 0 and amount < 100 if texts[at] == "and" else _adds_up(part, amount)
