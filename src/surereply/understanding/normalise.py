"""A message as folded tokens that still know where they stand in the customer's own words."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 4_096  # characters read; WhatsApp's longest text

_MARKS = "\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"  # vowel signs that belong to Hindi words
_ELIDED = r"(?<![a-z])(?:qu|[cdjlmnst])'(?=[a-z])"  # "d'euros" is two words
_ASCII_TOKEN = re.compile(rf"\d+(?:[.,:/-]\d+)*|{_ELIDED}|[a-z]+(?:'[a-z]+)?|\S", re.ASCII)
_TOKEN = re.compile(
    rf"\d+(?:[.,:/-]\d+)*|{_ELIDED}|[^\W\d_{_MARKS}][^\W\d_]*(?:[{_MARKS}]+[^\W\d_]*)*(?:'[^\W\d_]+)?|\S"
)
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_ABBREVIATIONS = frozenset({"dr", "mr", "mrs", "ms", "st", "eng", "no", "approx"})
_ENDS_SENTENCE = frozenset(".?!;")
_PUNCTUATION = str.maketrans("’‘`´ʼ“”«»–—−،؛؟٪٫٬", "'''''\"\"\"\"---,;?%.,")
_ARABIC = str.maketrans("أإآٱىةؤئکیہ", "اااايهويكيه")
_NUKTA = 0x093C  # the dot that Hindi chats leave out
_HINDI = str.maketrans("ँ", "ं")


class Token(NamedTuple):
    """One word, number or sign. A named tuple, since a message makes dozens of them on the hot path."""

    text: str  # folded
    start: int  # code points into the customer's words
    end: int
    capital: bool  # as written
    sentence: int  # which sentence or line it stands in


class Words(NamedTuple):
    """A message, tokenised. `folded` and `places` serve the recognisers that look at characters."""

    original: str
    folded: str
    places: tuple[int, ...] | None  # of each folded character in the original; None: the same
    tokens: tuple[Token, ...]
    texts: tuple[str, ...]  # of the tokens

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where tokens `first` to `last` (excluded) stand in the original."""
        return self.tokens[first].start, self.tokens[last - 1].end

    def tokens_between(self, start: int, end: int) -> tuple[int, int]:
        """The tokens that lie in the original's `start` to `end`."""
        inside = [i for i, token in enumerate(self.tokens) if token.end > start and token.start < end]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


def normalise(text: str) -> Words:
    """Fold (NFKC, case, digits of every script, Arabic letter forms, elongations) and tokenise."""
    original = text[:LONGEST]
    if original.isascii():
        folded, places = original.lower(), None
        matches = _ASCII_TOKEN.finditer(folded)
    else:
        folded, places = _fold_with_places(original)
        matches = _TOKEN.finditer(folded)
    tokens = _tokens(original, folded, places, matches)
    return Words(original, folded, places, tokens, tuple([token.text for token in tokens]))


def _tokens(
    original: str, folded: str, places: tuple[int, ...] | None, matches: Iterator[re.Match[str]]
) -> tuple[Token, ...]:
    elongated = _ELONGATED.search(folded) is not None
    has_lines = "\n" in folded
    tokens: list[Token] = []
    sentence, before, ended = 0, 0, False
    for match in matches:
        text = match.group()
        start, end = match.span()
        if (ended and text not in _ENDS_SENTENCE) or (has_lines and tokens and "\n" in folded[before:start]):
            sentence, ended = sentence + 1, False
        if text in _ENDS_SENTENCE:
            before_text = tokens[-1].text if tokens else ""
            ended = not (text == "." and (before_text in _ABBREVIATIONS or len(before_text) == 1))
        elif elongated and text[0].isalpha():
            text = _ELONGATED.sub(_shortened, text)
        before = end
        if places is not None:
            start, end = places[start], places[end - 1] + 1
        tokens.append(Token(text, start, end, original[start].isupper(), sentence))
    return tuple(tokens)


def _shortened(match: re.Match[str]) -> str:
    """`yesss` is yes, `cooool` is cool."""
    return match.group(1) if match.end() == len(match.string) else match.group(1) * 2


def _fold_with_places(original: str) -> tuple[str, tuple[int, ...]]:
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(original):
        for piece in _folded_character(character):
            folded.append(piece)
            places.append(place)
    return "".join(folded), tuple(places)


@lru_cache(maxsize=8_192)
def _folded_character(character: str) -> str:
    pieces = []
    for piece in unicodedata.normalize("NFKC", character):
        digit = unicodedata.decimal(piece, None)
        if digit is not None:
            pieces.append(str(digit))
        elif not _is_dropped(piece):
            base = unicodedata.normalize("NFD", piece)[0] if piece.isalpha() and ord(piece) < 0x250 else piece
            pieces.append(base.lower())
    return "".join(pieces).translate(_PUNCTUATION).translate(_ARABIC).translate(_HINDI)


def _is_dropped(piece: str) -> bool:
    """Vowel marks, tatweel, variation selectors and signs that only steer the display."""
    code = ord(piece)
    return (
        code in {0x0640, _NUKTA}
        or 0x0300 <= code <= 0x036F
        or 0x0610 <= code <= 0x061A
        or 0x064B <= code <= 0x065F
        or code == 0x0670
        or 0x06D6 <= code <= 0x06ED
        or unicodedata.category(piece) in {"Cf", "Me"}
        or 0xFE00 <= code <= 0xFE0F
    )


def is_word(text: str) -> bool:
    """Whether a token is a word: letters, and the vowel signs that some scripts write beside them."""
    return text.isalpha() or (not text.isascii() and text[0].isalpha() and not any(map(str.isdigit, text)))


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """A table's entry as the tokens of a message would read, joined by single blanks."""
    return " ".join(normalise(text).texts)
