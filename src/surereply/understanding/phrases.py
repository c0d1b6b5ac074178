"""Phrases of several words found in a row of tokens by their first word: the cost does not grow with the table."""

from collections.abc import Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from surereply.understanding.normalise import folded

T = TypeVar("T")


class PhraseAt(NamedTuple, Generic[T]):
    first: int
    last: int  # excluded
    payload: T


class PhraseTable(Generic[T]):
    """A table of phrases. A phrase that is added twice keeps its first payload."""

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        rows: dict[str, dict[tuple[str, ...], T]] = {}
        for phrase, payload in entries:
            words = tuple(folded(phrase).split())
            if words:
                rows.setdefault(words[0], {}).setdefault(words, payload)
        self._rows = {
            first: tuple(sorted(phrases.items(), key=lambda entry: -len(entry[0]))) for first, phrases in rows.items()
        }

    def at(self, texts: Sequence[str], first: int) -> PhraseAt[T] | None:
        """The longest phrase that begins at token `first`."""
        rows = self._rows.get(texts[first])
        if rows is None:
            return None
        for words, payload in rows:
            last = first + len(words)
            if len(words) == 1 or tuple(texts[first:last]) == words:
                return PhraseAt(first, last, payload)
        return None

    def find(self, texts: Sequence[str]) -> list[PhraseAt[T]]:
        """The longest phrases, left to right, that do not overlap."""
        found: list[PhraseAt[T]] = []
        first = 0
        rows = self._rows
        while first < len(texts):
            match = self.at(texts, first) if texts[first] in rows else None
            if match is None:
                first += 1
            else:
                found.append(match)
                first = match.last
        return found

    def whole(self, texts: Sequence[str]) -> T | None:
        """The payload if the tokens are exactly one phrase."""
        if not texts:
            return None
        match = self.at(texts, 0)
        return match.payload if match is not None and match.last == len(texts) else None

    def __contains__(self, word: str) -> bool:
        """Whether any phrase begins with the word: the cheap look before `at`."""
        return word in self._rows

    def has(self, word: str) -> bool:
        """Whether the word alone is a phrase."""
        rows = self._rows.get(word)
        return rows is not None and len(rows[-1][0]) == 1

    def words(self) -> frozenset[str]:
        """Every word of every phrase."""
        return frozenset(word for rows in self._rows.values() for words, _ in rows for word in words)

    def first_words(self) -> frozenset[str]:
        """The words that phrases begin with."""
        return frozenset(self._rows)
