"""Whether a rewording may be sent: it says what was decided, asks what was decided, and nothing beside. Pure.

Each rule gives its own reason, and one is enough: then the decided text goes out. What a rule is unsure of it refuses:
a refusal costs a warmer sentence, a wrong sentence costs the owner's word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from surereply.models.quoting import stands_in
from surereply.models.records import Refusal
from surereply.models.sight import (
    Bounds,
    Part,
    PartKind,
    Sight,
    clauses,
    is_figure,
    is_form_of,
    is_question,
    script_of,
    sentences,
    stems_of,
)
from surereply.models.weighty import commitments, meta, negations
from surereply.understanding.language import language_of, table_of
from surereply.understanding.lexicon import lexicon_for
from surereply.understanding.normalise import normalise
from surereply.understanding.numbers import find_numbers
from surereply.understanding.stems import stem

GROWTH, GROWTH_CHARACTERS = 1.6, 60  # how much longer than its part a rewording may be
NEAR_COPY = 92  # of 100: as alike as two texts may be that a customer gets one after the other
KEPT_SHARE = 0.7  # of an answer's telling words

_RAW = re.compile(r"[{}<>\[\]`|\\]|\*\*|__|##|\":|^\s*[-*•]\s", re.MULTILINE)
_LINK = re.compile(r"\S*@\S+|\S*://\S+|www\.\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b\S*", re.IGNORECASE)
_CAPITALS = frozenset({"en", "es", "fr", "pt"})  # where a capital inside a sentence is a name
_NOT_ALWAYS_TIMES = frozenset({"may", "march", "mar", "sun", "second", "sec"})
_NEVER_NAMES = frozenset({"i", "i'm", "i'd", "i'll", "i've", "ok"})
_INSIDE = frozenset(",;:-'/&")  # signs inside a sentence
_JOINERS = "\u200c\u200d\n"


def check(proposed: Sequence[str], parts: Sequence[Part], bounds: Bounds) -> tuple[Refusal, ...]:
    """Every reason against it, in the order of `Refusal`; none where it may be sent."""
    if len(proposed) != len(parts):
        return (Refusal.PARTS,)
    found: set[Refusal] = set()
    for text, part in zip(proposed, parts, strict=True):
        found.update(_against(Sight.of(text, part, bounds)))
    if bounds.last_reply and fuzz.ratio(_plain("\n".join(proposed)), _plain(bounds.last_reply)) >= NEAR_COPY:
        found.add(Refusal.REPEATS)
    return tuple(reason for reason in Refusal if reason in found)


def _against(sight: Sight) -> Iterator[Refusal]:
    if not any(text[0].isalnum() for text in sight.words.texts):
        yield Refusal.EMPTY
        return
    if len(sight.text) > len(sight.part.text) * GROWTH + GROWTH_CHARACTERS:
        yield Refusal.TOO_LONG
    if not _is_in_language(sight):
        yield Refusal.LANGUAGE
    if _is_raw(sight):
        yield Refusal.RAW
    if meta().stands_in(sight.words.texts) and not meta().stands_in(sight.source.texts):
        yield Refusal.META
    if _numbers_added(sight) or _times_added(sight):
        yield Refusal.NUMBER
    if not _links(sight.text) <= _links(sight.bounds.decided):
        yield Refusal.LINK
    if _names_added(sight):
        yield Refusal.NAME
    if _leaves_out(sight):
        yield Refusal.LOST
    if _commits(sight):
        yield Refusal.PROMISE
    if _turns_round(sight):
        yield Refusal.NEGATION
    yield from _questions(sight)
    if any(_is_unsupported(sight, sentence) for sentence in sentences(sight.words)) or _thins_out(sight):
        yield Refusal.UNSUPPORTED


def _is_in_language(sight: Sight) -> bool:
    """Words of another script only where the decided text has them, and everyday words of its own language."""
    language, own = sight.bounds.language, sight.bounds.own
    wanted = _own_script(table_of(language))
    for text in sight.words.texts:
        foreign = text[0].isalpha() and script_of(text) != wanted
        if foreign and text not in sight.given and text not in own:
            return False
    written = language_of(sight.words, _told_apart(language), language)
    return table_of(written) == table_of(language)


@lru_cache(maxsize=16)
def _own_script(table: str) -> str:
    """That of the language's own small words."""
    return script_of("".join(lexicon_for((table,)).function))


def _told_apart(language: str) -> tuple[str, ...]:
    """Languages that a text may turn out to be in; of several in one script of its own, only the wanted one."""
    others = ("en", "es", "fr", "pt", *(("ar", "hi") if table_of(language) in _CAPITALS else ()))
    return tuple(dict.fromkeys((language, *(key for key in others if key != table_of(language)))))


def _is_raw(sight: Sight) -> bool:
    if any(match[0] not in sight.part.text for match in _RAW.finditer(sight.text)):
        return True
    return any(_is_not_for_reading(character) for character in sight.text if character not in sight.part.text)


def _is_not_for_reading(character: str) -> bool:
    """Steers the display, or is a picture of letters."""
    category = unicodedata.category(character)
    if category[0] == "C":
        return character not in _JOINERS
    return (category == "So" and any(map(str.isalnum, unicodedata.normalize("NFKC", character)))) or (
        "\U0001f100" <= character <= "\U0001f2ff"
    )


def _numbers_added(sight: Sight) -> bool:
    """In digits as they are written and as often, in words by their value; one is often no number: "one of us"."""
    figures = Counter(text for text in sight.ours(sight.words.texts) if is_figure(text))
    before = Counter(text for text in sight.ours(sight.source.texts) if is_figure(text))
    given = {
        *sight.ours(sight.decided.texts),
        *(text for value in sight.bounds.shown for text in normalise(value).texts),
    }
    if any(text not in given or times > max(before[text], 1) for text, times in figures.items()):
        return True
    if any(unicodedata.category(sign) == "Sc" or sign in "%٪‰" for sign in set(sight.text) - set(sight.bounds.decided)):
        return True
    known = {number.value for number in find_numbers(sight.decided, sight.lexicon)}
    spelled = (one for one in find_numbers(sight.words, sight.lexicon) if one.spelled or one.scaled)
    return any(number.value not in known and number.value != 1 for number in spelled)


def _times_added(sight: Sight) -> bool:
    """Days, months and lengths of time in words."""
    lexicon = sight.lexicon
    known = {stem(text) for text in sight.decided.texts} | sight.given
    for at, text in enumerate(sight.words.texts):
        names_time = (
            text in lexicon.weekdays
            or text in lexicon.units
            or text in lexicon.dual_units
            or lexicon.months.has(text)
            or lexicon.relative_days.at(sight.words.texts, at) is not None
            or lexicon.named_times.has(text)
        )
        if names_time and text not in _NOT_ALWAYS_TIMES and text not in known and stem(text) not in known:
            return True
    return False


def _links(text: str) -> set[str]:
    return {match[0].strip(".,;:!?()").casefold() for match in _LINK.finditer(unicodedata.normalize("NFKC", text))}


def _names_added(sight: Sight) -> bool:
    if sight.table not in _CAPITALS:
        return False
    tokens = sight.words.tokens
    for at, token in enumerate(tokens):
        if not token.capital or token.text in _NEVER_NAMES:
            continue
        written = sight.text[token.start : token.end]
        opens = at == 0 or tokens[at - 1].sentence != token.sentence or _opens_again(tokens[at - 1].text)
        shouted = len(written) > 1 and written.isupper()
        if (not opens or shouted) and token.text not in sight.given and token.text not in sight.bounds.own:
            return True
    return False


def _opens_again(before: str) -> bool:
    """Whether a capital may follow that is no name's: behind a picture or a quotation mark, not behind a comma."""
    return not before[0].isalnum() and before not in _INSIDE


def _leaves_out(sight: Sight) -> bool:
    said = set(sight.words.texts)
    figures = {text for text in sight.source.texts if is_figure(text)}
    kept = all(stands_in(value, sight.text) for value in sight.part.keeps)
    return not figures <= said or not _links(sight.part.text) <= _links(sight.text) or not kept


def _commits(sight: Sight) -> bool:
    """A weighty word needs one of its group in the decided reply, however it is put."""
    groups, decided = commitments(sight.table).values(), sight.ours(sight.decided.texts)
    return any(group.stands_in(sight.words.texts) and not group.stands_in(decided) for group in groups)


def _turns_round(sight: Sight) -> bool:
    """One no more, or none where there was one."""
    negative = negations(sight.table)
    now, before = negative.count_in(sight.words.texts), negative.count_in(sight.source.texts)
    return now > before or (now == 0) != (before == 0)


def _questions(sight: Sight) -> Iterator[Refusal]:
    part = sight.part
    asked = [sentence for sentence in sentences(sight.words) if is_question(sentence)]
    before = [sentence for sentence in sentences(sight.source) if is_question(sentence)]
    if len(asked) > max(len(before), 1 if part.asks else 0):
        yield Refusal.QUESTION_ADDED
    if before and not asked:
        yield Refusal.QUESTION_LOST
    about = part.about | stems_of(sight.ours(sight.source.texts), sight)
    put = asked or (list(sentences(sight.words)) if part.asks else [])
    if put and not any(sentence in before or _is_about(sentence, about, sight) for sentence in put):
        yield Refusal.QUESTION_LOST
    elsewhere = part.others - about
    if any(stem(text) in elsewhere for sentence in put for text in sentence):
        yield Refusal.OTHER_QUESTION


def _is_about(sentence: Sequence[str], about: frozenset[str], sight: Sight) -> bool:
    return any(is_form_of(word, about) for word in stems_of(sentence, sight))


def _is_unsupported(sight: Sight, sentence: Sequence[str]) -> bool:
    """Says something of its own: a clause with more new telling words than the part's, or words that the owner never
    wrote. A question may be put with one such word."""
    own = stems_of(sight.ours(sight.source.texts), sight)
    own |= stems_of((word for value in sight.bounds.shown for word in normalise(value).texts), sight)
    puts = sight.part.asks and is_question(sentence)
    if puts:
        own |= sight.part.about
    unheard_of = 0
    for clause in clauses(sight.ours(sentence)):
        telling = stems_of(clause, sight)
        new = [word for word in telling if not is_form_of(word, own)]
        unheard_of += sum(not is_form_of(word, sight.bounds.vocabulary) for word in new)
        if len(new) > len(telling) - len(new):
            return True
    return unheard_of > (1 if puts else 0)


def _thins_out(sight: Sight) -> bool:
    """An answer without a good part of its telling words answers something else."""
    if sight.part.kind is not PartKind.ANSWER:
        return False
    telling = stems_of(sight.source.texts, sight)
    said = stems_of(sight.words.texts, sight)
    return sum(is_form_of(word, said) for word in telling) < KEPT_SHARE * len(telling)


def _plain(text: str) -> str:
    return " ".join(normalise(text).texts)
