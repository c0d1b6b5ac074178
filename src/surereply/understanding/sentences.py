"""Which sentences of a message ask, and how: a question after information is no answer, a polite wish may be one."""

from enum import Enum
from typing import NamedTuple

from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.tables.shape import spaced

_WHETHER = frozenset({"if", "whether", "اذا", "لو"})
_CONNECTING = frozenset({"also", "and", "but", "plus", "then", "و", "بس", "لكن"})
_LONG = 6  # words of a sentence that may be two
_OPENING = 4  # words in which a question says what it asks
_BEFORE_NO_START = frozenset(spaced("that which where if whether what how when and so as than who"))
_SURE_VERBS = frozenset(
    {"is", "are", "does", "do", "am", "would", "will", "can", "هل", "عندكم", "tienen", "aceptan", "aceitam"}
)  # ask without a question mark, too


class Mood(Enum):
    STATES = "states"
    ASKS = "asks"  # after information: "how much is it"
    ASKS_WHETHER = "asks whether"  # "is it furnished?"
    WISHES = "wishes"  # a wish in the form of a question: "can i book for two?"
    DOUBTS = "doubts"  # a statement with a question mark: "family visa?"


class Sentence(NamedTuple):
    first: int
    last: int  # excluded
    mood: Mood

    @property
    def asks(self) -> bool:
        return self.mood in {Mood.ASKS, Mood.ASKS_WHETHER}


def split_sentences(words: Words, lexicon: Lexicon) -> list[Sentence]:
    """The sentences and lines of a message, each with its mood."""
    sentences: list[Sentence] = []
    first = 0
    tokens = words.tokens
    for at in range(1, len(tokens) + 1):
        if at == len(tokens) or tokens[at].sentence != tokens[first].sentence:
            for begin, end in _clauses(words.texts, first, at, lexicon):
                sentences.append(Sentence(begin, end, _mood(words.texts, begin, end, lexicon)))
            first = at
    return sentences


def _clauses(texts: tuple[str, ...], first: int, last: int, lexicon: Lexicon) -> list[tuple[int, int]]:
    """What was typed without any sign is cut where the next sentence begins: `that works is it far`."""
    if last - first < _LONG or any(not text[0].isalnum() for text in texts[first : last - 1]):
        return [(first, last)]
    starts = [first]
    for at in range(first + 1, last - 1):
        begins = texts[at] in lexicon.clause_starts and lexicon.clause_starts.at(texts, at)
        asked = at - starts[-1] <= _OPENING and lexicon.asking.at(texts, starts[-1]) is not None
        inside = asked or texts[at - 1] in _BEFORE_NO_START
        if begins and not inside and at > starts[-1] + 1:
            starts.append(at)
    return list(zip(starts, [*starts[1:], last], strict=True))


def _mood(texts: tuple[str, ...], first: int, last: int, lexicon: Lexicon) -> Mood:
    marked = texts[last - 1] == "?"
    here = _after_opening(texts, first, last, lexicon)
    if here >= last:
        return Mood.STATES
    wish, asking = lexicon.requests.at(texts, here), lexicon.asking.at(texts, here)
    if (wish or asking) and any(texts[at] in _WHETHER for at in range(here, last)):
        return Mood.ASKS_WHETHER
    if wish and (asking is None or wish.last >= asking.last):
        return Mood.WISHES
    verb = lexicon.asking_verbs.at(texts, here)
    # "c'est combien" asks what "c'est" alone does not; "do they" asks no more than "do".
    if asking and (verb is None or (asking.last > verb.last and texts[here] not in _SURE_VERBS)):
        return Mood.ASKS
    denies = texts[here + 1 : here + 2] == ("not",) and not marked  # "does not hurt" leaves out who
    if verb and (marked or texts[here] in _SURE_VERBS) and not denies:
        return Mood.ASKS_WHETHER
    if any(texts[at] in lexicon.asking_anywhere for at in range(here, last)):
        return Mood.ASKS
    if not marked:
        return Mood.STATES
    for at in range(here + 1, last):
        behind_break = texts[at - 1] in {",", "and", "but", "so", "-", "و"} or not texts[at - 1].isascii()
        if lexicon.requests.at(texts, at):
            return Mood.WISHES
        if behind_break and (lexicon.asking.at(texts, at) or lexicon.asking_verbs.at(texts, at)):
            return Mood.ASKS
    return Mood.DOUBTS


def _after_opening(texts: tuple[str, ...], first: int, last: int, lexicon: Lexicon) -> int:
    """Behind greetings, courtesies and commas."""
    here = first
    while here < last:
        opening = lexicon.greetings.at(texts, here) or lexicon.polite.at(texts, here)
        asks = (
            lexicon.asking.at(texts, here) or lexicon.requests.at(texts, here) or lexicon.asking_verbs.at(texts, here)
        )
        opening = opening if opening and (asks is None or asks.last < opening.last) else None
        if opening and opening.last <= last:
            here = opening.last
        elif not texts[here][0].isalnum() or texts[here] in _CONNECTING:
            here += 1
        else:
            break
    return here
