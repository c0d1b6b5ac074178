"""E-mail addresses, phone numbers and web addresses."""

import re

import phonenumbers

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.normalise import Words

# Bounded parts, so that no text makes the search slow (RFC 5321: 64 and 255).
_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,62}){1,5}")
_PHONE = re.compile(r"\+?\(?\d(?:[ ().\-/]{0,2}\d){6,16}")
_URL = re.compile(r"(?:https?://|www\.)[^\s]{1,500}|[a-z0-9-]{1,60}\.(?:com|ae|net|org|io)(?:/[^\s]{0,300})?(?=\s|$)")


def find_emails(words: Words) -> list[Found]:
    """Addresses in lower case, as customers mean them."""
    if "@" not in words.folded:
        return []
    return [
        _found(words, FieldType.EMAIL, match.group().rstrip(".-"), match.start(), match.end())
        for match in _EMAIL.finditer(words.folded)
    ]


def find_phones(words: Words, country: str, expected: bool) -> list[Found]:
    """Valid numbers in E.164; one without `+` is read as the flow's country writes it.

    Where a number is `expected`, one of the right length will do: plans of numbers change faster than tables.
    """
    found: list[Found] = []
    for match in _PHONE.finditer(words.folded):
        number = phone_number(match.group(), country, likely=expected)
        if number is not None:
            found.append(_found(words, FieldType.PHONE, number, match.start(), match.end()))
    return found


def phone_number(text: str, country: str, *, likely: bool = False) -> str | None:
    """The number in E.164 if it is a valid one of its country (or a `likely` one, by its length), else None."""
    fits = phonenumbers.is_possible_number if likely else phonenumbers.is_valid_number
    for written in (text, f"+{text}" if not text.startswith(("+", "0")) else ""):
        try:
            number = phonenumbers.parse(written, country) if written else None
        except phonenumbers.NumberParseException:
            continue
        if number is not None and fits(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return None


def find_addresses(words: Words) -> list[tuple[int, int]]:
    """Where e-mail and web addresses stand: their words are of no language."""
    return [*((found.first, found.last) for found in find_emails(words)), *find_urls(words)]


def find_urls(words: Words) -> list[tuple[int, int]]:
    """Where web addresses stand: their words are nobody's name."""
    if "." not in words.folded:
        return []
    places = [words.tokens_between(*_original(words, *match.span())) for match in _URL.finditer(words.folded)]
    return [place for place in places if place[1]]


def _found(words: Words, kind: FieldType, value: str, start: int, end: int) -> Found:
    first, last = words.tokens_between(*_original(words, start, end))
    return Found(kind, value, first, last)


def _original(words: Words, start: int, end: int) -> tuple[int, int]:
    if words.places is None:
        return start, end
    return words.places[start], words.places[end - 1] + 1
