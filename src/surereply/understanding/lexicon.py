"""The tables of a flow's languages, folded and united once, so that reading only looks words up."""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, TypeVar

from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.tables import TABLES, LanguageTable
from surereply.understanding.tables.asked import ASKED_ALIKE
from surereply.understanding.tables.shape import Phrases, listed

T = TypeVar("T")

HALVES = frozenset({"half", "نص", "نصف", "meio", "medio", "demi"})  # before a scale: half a million


class Lexicon:
    """The words of some languages together. Which table a phrase came from no longer matters here."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        tables = _giving_way([TABLES[language] for language in languages])
        self.languages = languages
        entries = [phrase for table in tables for phrase in _entries(table)]
        entries.extend(
            phrase for language in languages for phrases in ASKED_ALIKE[language].values() for phrase in phrases
        )
        self.every_word = _single_words(entries)
        self._prepare_scope(tables)
        self._prepare_numbers(tables)
        self._prepare_dates(tables)
        self._prepare_times(tables)
        self._prepare_starts()
        self._prepare_people_and_places(tables)

    def _prepare_scope(self, tables: list[LanguageTable]) -> None:
        self.common = _words(tables, lambda t: (*t.function_words, *t.common_words, *t.fillers))
        self.everyday = _words(tables, lambda t: (*t.function_words, *t.fillers, *t.everyday_words))
        self.function = _words(tables, lambda t: t.function_words)
        self.negations = _table(tables, lambda t: t.negations)
        self.negated_behind = _words(tables, lambda t: t.negated_behind)
        self.clause_starts = _table(tables, lambda t: t.clause_starts)
        self.wishes = _table(tables, lambda t: t.wishes)
        self.typed_words = _words(tables, lambda t: (*t.months, *t.weekdays, *t.numbers, *t.relative_days, *t.units))
        self.opposites = PhraseTable(
            (phrase, folded(word))
            for table in tables
            for word, phrases in table.opposites.items()
            for phrase in listed(phrases)
        )
        self.alternatives = _words(tables, lambda t: t.alternatives)
        self.conjunctions = _words(tables, lambda t: t.conjunctions)
        self.polite = _table(tables, lambda t: t.polite)
        self.polite_words = self.polite.first_words()
        self.any_words = _table(tables, lambda t: t.any_words)
        self.asking = _table(tables, lambda t: t.asking_words)
        self.asking_anywhere = _words(tables, lambda t: t.asking_anywhere)
        self.asking_verbs = _table(tables, lambda t: t.asking_verbs)
        self.requests = _table(tables, lambda t: t.request_openers)
        self.greetings = _table(tables, lambda t: t.greetings)
        self.yes = _table(tables, lambda t: t.yes)
        self.no = _table(tables, lambda t: t.no)
        self.accepts = _table(tables, lambda t: t.accepts)
        self.declines = _table(tables, lambda t: t.declines)
        self.praise = _table(tables, lambda t: t.praise)
        self.seems = _table(tables, lambda t: t.seems)
        self.commits = _table(tables, lambda t: t.commits)

    def _prepare_numbers(self, tables: list[LanguageTable]) -> None:
        self.numbers = _mapping(tables, lambda t: t.numbers)
        self.number_phrases = PhraseTable(entry for entry in self.numbers.items() if " " in entry[0])
        self.multipliers = _mapping(tables, lambda t: t.multipliers)
        self.ordinals = _mapping(tables, lambda t: t.ordinals)
        self.people_nouns = _table(tables, lambda t: t.people_nouns)
        self.alone = _table(tables, lambda t: t.alone)
        self.people_before = _table(tables, lambda t: t.people_before)
        self.currencies = _mapping(tables, lambda t: t.currencies)
        self.mixed_numbers = _mapping(tables, lambda t: t.mixed_numbers)
        self.fractions_before = _mapping(tables, lambda t: t.fractions_before)
        self.decimal_comma = any(table.decimal_comma for table in tables)
        self.pairs = _table(tables, lambda t: t.pairs)

    def _prepare_dates(self, tables: list[LanguageTable]) -> None:
        self.months = PhraseTable(_mapping(tables, lambda t: t.months).items())
        self.weekdays = _mapping(tables, lambda t: t.weekdays)
        self.weekdays |= {f"و{day}": number for day, number in self.weekdays.items() if not day.isascii()}
        self.relative_days = PhraseTable(_mapping(tables, lambda t: t.relative_days).items())
        self.next_words = _words(tables, lambda t: t.next_words)
        self.this_words = _words(tables, lambda t: t.this_words)
        self.in_words = _words(tables, lambda t: t.in_words)
        self.hence = _table(tables, lambda t: t.hence_words)
        self.units = _mapping(tables, lambda t: t.units)
        self.dual_units = _mapping(tables, lambda t: t.dual_units)
        self.one_words = _words(tables, lambda t: t.one_words)
        self.day_markers = _words(tables, lambda t: t.day_markers)
        self.ordinal_marks = _words(tables, lambda t: t.ordinal_marks)
        self.of_words = _words(tables, lambda t: t.of_words)
        self.near_next = frozenset(folded(w) for t in tables if t.near_next for w in t.next_words)
        self.next_behind = _table(tables, lambda t: t.next_behind)
        self.fortnight_behind = _table(tables, lambda t: t.fortnight_behind)
        self.weekday_tails = _table(tables, lambda t: t.weekday_tails)
        self.numbered_weekdays = PhraseTable(_mapping(tables, lambda t: t.numbered_weekdays).items())
        self.day_marks_behind = _words(tables, lambda t: t.day_marks_behind)
        self.month_parts = PhraseTable(_mapping(tables, lambda t: t.month_parts).items())
        self.range_words = _table(tables, lambda t: t.range_words)
        self.between_words = _words(tables, lambda t: t.between_words)

    def _prepare_times(self, tables: list[LanguageTable]) -> None:
        self.clock_before = _words(tables, lambda t: t.clock_before)
        self.clock_words = _table(tables, lambda t: t.clock_words)
        self.clock_cues = _words(tables, lambda t: t.clock_from_cues)
        self.am = _table(tables, lambda t: t.am_words)
        self.pm = _table(tables, lambda t: t.pm_words)
        self.periods = PhraseTable((phrase, span) for table in tables for phrase, span in table.periods.items())
        self.named_times = PhraseTable((phrase, time) for table in tables for phrase, time in table.named_times.items())
        self.half = _table(tables, lambda t: t.half_words)
        self.quarter = _table(tables, lambda t: t.quarter_words)
        self.past = _words(tables, lambda t: t.past_words)
        self.to = _table(tables, lambda t: t.to_words)
        self.hour_marks = _words(tables, lambda t: t.hour_marks)
        self.quarter_before = _table(tables, lambda t: (*t.quarter_before, *t.quarter_words))

    def _prepare_starts(self) -> None:
        """Words with which a number, a date or a time may begin: all others are passed over at once."""
        numbers = {*self.numbers, *self.number_phrases.first_words()}
        self.number_starts = frozenset(
            {*numbers, *self.multipliers, *(f"و{word}" for word in numbers), *HALVES}
            | {*self.mixed_numbers, *self.fractions_before}
        )
        self.date_starts = frozenset(
            {*self.relative_days.first_words(), *self.weekdays, *self.next_words, *self.this_words, *self.numbers}
            | {*self.months.first_words(), *self.in_words, *self.day_markers, *self.ordinals, *self.one_words}
            | {*self.month_parts.first_words(), *self.between_words, *self.dual_units}
            | {word for word, unit in self.units.items() if unit in {"week", "month"}}
        )
        self.time_starts = frozenset(
            {*self.named_times.first_words(), *self.periods.first_words(), *self.numbers, *self.ordinals}
            | {*self.half.first_words(), *self.quarter_before.first_words()}
            | {*self.mixed_numbers, *self.fractions_before}
        )

    def _prepare_people_and_places(self, tables: list[LanguageTable]) -> None:
        self.name_cues = _table(tables, lambda t: t.name_cues)
        self.weak_name_cues = _table(tables, lambda t: t.weak_name_cues)
        self.name_starts = self.name_cues.first_words() | self.weak_name_cues.first_words()
        self.place_cues = _table(tables, lambda t: t.place_cues)
        self.place_starts = self.place_cues.first_words()
        self.place_heads = _words(tables, lambda t: t.place_heads)
        self.place_tails = _words(tables, lambda t: t.place_tails)
        self.nationality_words = _words(tables, lambda t: t.nationality_words)
        self.start_words = _table(tables, lambda t: t.start_words)
        self.end_words = _table(tables, lambda t: t.end_words)
        self.start_behind = _table(tables, lambda t: t.start_behind)
        self.end_behind = _table(tables, lambda t: t.end_behind)
        self.place_behind = _table(tables, lambda t: t.place_behind)
        self.stay_start_words = _table(tables, lambda t: t.stay_start_words)
        self.stay_end_words = _table(tables, lambda t: t.stay_end_words)


@lru_cache(maxsize=32)
def lexicon_for(tongue: tuple[str, ...]) -> Lexicon:
    """The lexicon of some tables, the first in Latin letters before the others (`language.tongues_of`)."""
    return Lexicon(tongue)


def words_of(table: LanguageTable) -> frozenset[str]:
    """Every word of one table, folded, those of its phrases one by one."""
    return _single_words(_entries(table))


def _single_words(entries: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in entries for word in folded(phrase).split())


def _entries(table: LanguageTable) -> Iterable[str]:
    """Every word and phrase of a table."""
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, dict):
            yield from value
        elif isinstance(value, tuple):
            yield from (part for entry in value for part in (entry if isinstance(entry, tuple) else (entry,)))


def _giving_way(tables: list[LanguageTable]) -> list[LanguageTable]:
    """English behind another language in Latin letters is read without the words that are that language's own.

    `no` is "in the" to a Portuguese customer, and `do` is two to a Hindi one.
    """
    english = TABLES["en"]
    own = {folded(word) for table in tables if table is not english for word in table.function_words}
    own = {word for word in own if word.isascii()}
    return [_without(table, own) if own and table is english else table for table in tables]


def _without(table: LanguageTable, words: set[str]) -> LanguageTable:
    left: dict[str, Any] = {}
    for field in fields(table):
        value = getattr(table, field.name)
        if isinstance(value, dict):
            left[field.name] = {word: given for word, given in value.items() if folded(word) not in words}
        elif isinstance(value, tuple) and field.name not in {"function_words", "common_words"}:
            left[field.name] = tuple(word for word in value if folded(word) not in words)
    return replace(table, **left)


def _table(tables: list[LanguageTable], pick: Callable[[LanguageTable], Phrases]) -> PhraseTable[bool]:
    return PhraseTable((phrase, True) for table in tables for phrase in pick(table))


def _words(tables: list[LanguageTable], pick: Callable[[LanguageTable], Iterable[str]]) -> frozenset[str]:
    return frozenset(folded(word) for table in tables for word in pick(table))


def _mapping(tables: list[LanguageTable], pick: Callable[[LanguageTable], dict[str, T]]) -> dict[str, T]:
    """Word → value; where tables differ, the first one's."""
    return {folded(word): value for table in reversed(tables) for word, value in pick(table).items()}
