"""Names of persons: `my name is …`, `اسمي …`, and a bare name where one was asked for."""

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words, is_word
from surereply.understanding.tables.shape import spaced

_LONGEST_NAME = 5  # words
_TITLES = frozenset(
    spaced(
        """mr mrs ms miss dr eng sheikh السيد السيده الدكتور دكتور م sr sra srta don doña dona mme mlle श्रीमती श्री"""
    )
)
_ALSO_NAMES = frozenset({"علي", "will", "may", "june", "april", "mark"})  # names that are words of their own
_PARTICLES = frozenset(spaced("""d' l' n' m' al el bin bint ibn abu abd de da van von bn ابو بن بنت عبد ال ام"""))


def find_named(words: Words, lexicon: Lexicon, never: frozenset[str], expected: bool) -> list[Found]:
    """Names behind a cue. `never` are the flow's own words, which are no names.

    A weak cue ("i'm") names only what is written like a name; without capitals, only where one is `expected`.
    """
    found: list[Found] = []
    texts = words.texts
    for at, text in enumerate(texts):
        if text not in lexicon.name_starts:
            continue
        cue = lexicon.name_cues.at(texts, at)
        weak = None if cue else lexicon.weak_name_cues.at(texts, at)
        begin = (cue or weak).last if cue or weak else 0  # type: ignore[union-attr]
        if not begin or begin >= len(texts):
            continue
        if weak and not expected and not texts[begin].isascii():
            continue
        name = _name_from(words, begin, lexicon, never, strict=cue is None and not expected)
        if name:
            found.append(name._replace(sure=1.0 if cue else 0.75))
    return found


def bare_name(words: Words, first: int, last: int, lexicon: Lexicon, never: frozenset[str]) -> Found | None:
    """The name in an answer to `what is your name?`: only if the whole answer is one, up to a comma or `and`."""
    name = _name_from(words, first, lexicon, never, strict=False, last=last)
    if name is None:
        return None
    rest = words.texts[name.last : last]
    stands_alone = not rest or not rest[0][0].isalnum() or rest[0] in lexicon.conjunctions
    return name if stands_alone else None


def _name_from(
    words: Words, first: int, lexicon: Lexicon, never: frozenset[str], *, strict: bool, last: int | None = None
) -> Found | None:
    texts, tokens = words.texts, words.tokens
    end = len(texts) if last is None else last
    while first < end and (texts[first] in _TITLES or texts[first] in {".", ":", "-", "is"}):
        first += 1
    at = first
    while at < end and at < first + _LONGEST_NAME and tokens[at].sentence == tokens[first].sentence:
        text = texts[at]
        if strict and text.isascii() and not tokens[at].capital:
            break
        may_be = _may_be_name(text, lexicon, never) or text in _ALSO_NAMES
        if not may_be and not (text in _PARTICLES and at + 1 < end):
            break
        at += 1
        at += at + 1 < end and texts[at] == "-" and _may_be_name(texts[at + 1], lexicon, never)
    if at == first or all(text in _PARTICLES for text in texts[first:at]):
        return None
    start, stop = words.span(first, at)
    return Found(FieldType.PERSON, words.original[start:stop], first, at)


def _may_be_name(text: str, lexicon: Lexicon, never: frozenset[str]) -> bool:
    return (
        is_word(text.replace("'", ""))
        and len(text) > 1
        and text not in lexicon.common
        and text not in lexicon.conjunctions
        and text not in never
        and text not in lexicon.greetings
        and text not in lexicon.yes
        and text not in lexicon.numbers
        and text not in lexicon.weekdays
    )
