"""Street addresses: a number, a few words, and a word for a street: `1118 East Pike Street`, `calle Mayor 5`."""

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.tables.shape import spaced

_STREETS = frozenset(
    spaced(
        """street st avenue ave av road rd boulevard blvd way court ct drive dr lane ln parkway pkwy place pl square sq
        terrace circle highway hwy plaza alley expressway real crescent close row walk mews quay embarcadero"""
    )
)
_STREETS_BEFORE = frozenset(spaced("calle avenida rua rue carrera paseo travessa boulevard شارع"))
_PARTS = frozenset(spaced("# suite unit apt apartment bldg building floor ste no flat"))
_EVERYDAY = frozenset(spaced("way court drive place close real row walk square"))  # streets by their capital alone
_SIDES = frozenset(spaced("n s e w ne nw se sw north south east west"))
_MOST_WORDS = 4  # of a street's name
_SURE = 0.95


def find_addresses(words: Words, lexicon: Lexicon) -> list[Found]:
    """Each address with its number, its side of town and its suite; the city behind it is not part of it."""
    texts = words.texts
    found: list[Found] = []
    for at, text in enumerate(texts):
        last = 0
        if text in _STREETS_BEFORE:
            last = _named_street(words, at)
            first = at
        elif text.isdigit() and (at == 0 or texts[at - 1] not in _PARTS):
            last = _numbered_street(words, at, lexicon)
            first = at
        if last and not (found and first < found[-1].last):
            start, end = words.span(first, last)
            found.append(Found(FieldType.PLACE, words.original[start:end], first, last, _SURE, "address"))
    return found


def _numbered_street(words: Words, first: int, lexicon: Lexicon) -> int:
    """Where `800 Pollard Road bldg a` ends; 0 if it is none."""
    texts = words.texts
    for at in range(first + 1, min(len(texts), first + 2 + _MOST_WORDS)):
        if words.tokens[at].sentence != words.tokens[first].sentence or not texts[at][0].isalnum():
            return 0
        if texts[at] in _STREETS and at > first + 1:
            return _with_parts(texts, at + 1) if texts[at] not in _EVERYDAY or words.tokens[at].capital else 0
        ordinal = texts[at] in lexicon.ordinals or texts[at] in lexicon.ordinal_marks
        if not ordinal and (texts[at] in lexicon.common or texts[at] in lexicon.typed_words):
            return 0
    return 0


def _named_street(words: Words, first: int) -> int:
    """Where `calle Mayor 5` ends: with its number; 0 where none follows."""
    texts = words.texts
    for at in range(first + 2, min(len(texts), first + 3 + _MOST_WORDS)):
        if texts[at][0].isdigit():
            return at + 1
        if not texts[at][0].isalnum() and texts[at] != ",":
            return 0
    return 0


def _with_parts(texts: tuple[str, ...], last: int) -> int:
    if last < len(texts) and texts[last] in _SIDES:
        last += 1
    while last + 1 < len(texts) and texts[last] in _PARTS:
        last += 2
    return last
