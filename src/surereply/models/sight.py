"""A proposed paragraph beside the decided one, as words: what the checker's rules look at. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile

from surereply.models.weighty import courtesy
from surereply.understanding.language import table_of
from surereply.understanding.lexicon import Lexicon, lexicon_for
from surereply.understanding.normalise import Words, normalise
from surereply.understanding.stems import stem

ALIKE_LETTERS, ALIKE_SHARE = 4, 0.7  # of two words that are forms of one
_BREAKS = frozenset(',;:-()!?.…।"')


class PartKind(StrEnum):
    STATEMENT = "statement"
    ANSWER = "answer"
    QUESTION = "question"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph of the decided reply.

    Of a question: `about` are the stems that say what it asks, `others` those that ask for something else.
    `keeps` is what must be said: the value of a confirmation.
    """

    kind: PartKind
    text: str
    about: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    keeps: tuple[str, ...] = ()

    @property
    def asks(self) -> bool:
        return self.kind in (PartKind.QUESTION, PartKind.CONFIRMATION)


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a rewording may draw from: the reply as decided, what is shown of the lead, and the flow's own words.

    `theirs` are the customer's own words in it, such as a name: they may be repeated whole, and support nothing else.
    """

    language: str
    decided: str
    shown: tuple[str, ...] = ()
    theirs: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()  # folded words of the flow's names
    vocabulary: frozenset[str] = frozenset()  # stems of all that the owner wrote in the language
    last_reply: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """A proposed part beside the decided one, both as folded words."""

    text: str
    words: Words
    part: Part
    source: Words  # of the part
    decided: Words  # of the whole reply
    given: frozenset[str]  # folded words of the reply and of what is shown of the lead
    theirs: tuple[tuple[str, ...], ...]  # the customer's own words in it, each value whole
    bounds: Bounds
    lexicon: Lexicon

    @classmethod
    def of(cls, text: str, part: Part, bounds: Bounds) -> "Sight":
        decided = normalise(bounds.decided)
        shown = (word for value in (*bounds.shown, *bounds.theirs) for word in normalise(value).texts)
        theirs = {normalise(value).texts for value in bounds.theirs}
        return cls(
            text,
            normalise(text),
            part,
            normalise(part.text),
            decided,
            frozenset((*decided.texts, *shown)),
            tuple(sorted((one for one in theirs if one), key=len, reverse=True)),
            bounds,
            lexicon_of(bounds.language),
        )

    @property
    def table(self) -> str:
        return table_of(self.bounds.language)

    def ours(self, texts: Sequence[str]) -> tuple[str, ...]:
        """Words without the customer's own, where those stand whole."""
        kept: list[str] = []
        at = 0
        while at < len(texts):
            whole = next((one for one in self.theirs if tuple(texts[at : at + len(one)]) == one), None)
            if whole is None:
                kept.append(texts[at])
            at += len(whole) if whole else 1
        return tuple(kept)


def lexicon_of(language: str) -> Lexicon:
    key = table_of(language)
    return lexicon_for((key, "hi-latn") if key == "hi" else (key,))


def sentences(words: Words) -> Iterator[tuple[str, ...]]:
    sentence: list[str] = []
    place = 0
    for token in words.tokens:
        if token.sentence != place and sentence:
            yield tuple(sentence)
            sentence = []
        place = token.sentence
        sentence.append(token.text)
    if sentence:
        yield tuple(sentence)


def clauses(sentence: Sequence[str]) -> Iterator[list[str]]:
    clause: list[str] = []
    for text in sentence:
        if text in _BREAKS:
            yield clause
            clause = []
        else:
            clause.append(text)
    yield clause


def is_question(sentence: Sequence[str]) -> bool:
    return "?" in sentence


def stems_of(texts: Iterable[str], sight: Sight) -> frozenset[str]:
    return content_stems(texts, sight.lexicon, sight.bounds.language)


def content_stems(texts: Iterable[str], lexicon: Lexicon, language: str) -> frozenset[str]:
    """Of the words that say something: neither small ones nor courtesies, and no figures."""
    polite = courtesy(table_of(language))
    return frozenset(
        stem(text) for text in texts if text[0].isalpha() and text not in lexicon.function and not polite.has(text)
    )


def is_form_of(word: str, known: frozenset[str]) -> bool:
    if word in known:
        return True
    return any(
        (shared := _shared_letters(word, other)) >= ALIKE_LETTERS and shared >= ALIKE_SHARE * max(len(word), len(other))
        for other in known
    )


def _shared_letters(one: str, other: str) -> int:
    """How many letters they begin with alike."""
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return sum(1 for _ in alike)


def is_figure(text: str) -> bool:
    return any(map(str.isdigit, text))


@lru_cache(maxsize=4_096)
def script_of(text: str) -> str:
    """Of all its letters; a word of two scripts is of neither."""
    return " ".join(sorted({unicodedata.name(letter, "").partition(" ")[0] for letter in text if letter.isalpha()}))
