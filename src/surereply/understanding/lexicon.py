"""The tables of a flow's languages, folded and united once, so that reading only looks words up."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.tables import TABLES, LanguageTable
from surereply.understanding.tables.shape import Phrases, listed

T = TypeVar("T")

HALVES = frozenset({"half", "نص", "نصف"})  # before a scale: half a million


class Lexicon:
    """The words of some languages together. Which table a phrase came from no longer matters here."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        tables = [TABLES[language] for language in languages]
        self.languages = languages
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
        self.opposites = PhraseTable(
            (phrase, folded(word))
            for table in tables
            for word, phrases in table.opposites.items()
            for phrase in listed(phrases)
        )
        self.alternatives = _words(tables, lambda t: t.alternatives)
        self.conjunctions = _words(tables, lambda t: t.conjunctions)
        self.polite = _table(tables, lambda t: t.polite)
        self.any_words = _table(tables, lambda t: t.any_words)
        self.asking = _table(tables, lambda t: t.asking_words)
        self.asking_verbs = _table(tables, lambda t: t.asking_verbs)
        self.requests = _table(tables, lambda t: t.request_openers)
        self.greetings = _table(tables, lambda t: t.greetings)
        self.yes = _table(tables, lambda t: t.yes)
        self.no = _table(tables, lambda t: t.no)
        self.accepts = _table(tables, lambda t: t.accepts)
        self.declines = _table(tables, lambda t: t.declines)

    def _prepare_numbers(self, tables: list[LanguageTable]) -> None:
        self.numbers = _mapping(tables, lambda t: t.numbers)
        self.number_phrases = PhraseTable(entry for entry in self.numbers.items() if " " in entry[0])
        self.multipliers = _mapping(tables, lambda t: t.multipliers)
        self.ordinals = _mapping(tables, lambda t: t.ordinals)
        self.people_nouns = _table(tables, lambda t: t.people_nouns)
        self.alone = _table(tables, lambda t: t.alone)
        self.people_before = _table(tables, lambda t: t.people_before)
        self.currencies = _mapping(tables, lambda t: t.currencies)

    def _prepare_dates(self, tables: list[LanguageTable]) -> None:
        self.months = PhraseTable(_mapping(tables, lambda t: t.months).items())
        self.weekdays = _mapping(tables, lambda t: t.weekdays)
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

    def _prepare_starts(self) -> None:
        """Words with which a number, a date or a time may begin: all others are passed over at once."""
        numbers = {*self.numbers, *self.number_phrases.first_words()}
        self.number_starts = frozenset({*numbers, *self.multipliers, *(f"و{word}" for word in numbers), *HALVES})
        self.date_starts = frozenset(
            {*self.relative_days.first_words(), *self.weekdays, *self.next_words, *self.this_words, *self.numbers}
            | {*self.months.first_words(), *self.in_words, *self.day_markers, *self.ordinals, *self.one_words}
        )
        self.time_starts = frozenset(
            {*self.named_times.first_words(), *self.periods.first_words(), *self.numbers, *self.ordinals}
            | {*self.half.first_words(), *self.quarter.first_words()}
        )

    def _prepare_people_and_places(self, tables: list[LanguageTable]) -> None:
        self.name_cues = _table(tables, lambda t: t.name_cues)
        self.weak_name_cues = _table(tables, lambda t: t.weak_name_cues)
        self.name_starts = self.name_cues.first_words() | self.weak_name_cues.first_words()
        self.place_cues = _table(tables, lambda t: t.place_cues)
        self.place_starts = self.place_cues.first_words()
        self.nationality_words = _words(tables, lambda t: t.nationality_words)
        self.start_words = _table(tables, lambda t: t.start_words)
        self.end_words = _table(tables, lambda t: t.end_words)
        self.stay_start_words = _table(tables, lambda t: t.stay_start_words)
        self.stay_end_words = _table(tables, lambda t: t.stay_end_words)


@lru_cache(maxsize=32)
def lexicon_for(languages: tuple[str, ...]) -> Lexicon:
    """The lexicon of the flow's languages; English is always read, since customers mix it in."""
    known = tuple(language for language in dict.fromkeys((*languages, "en")) if language in TABLES)
    return Lexicon(known)


def _table(tables: list[LanguageTable], pick: Callable[[LanguageTable], Phrases]) -> PhraseTable[bool]:
    return PhraseTable((phrase, True) for table in tables for phrase in pick(table))


def _words(tables: list[LanguageTable], pick: Callable[[LanguageTable], Iterable[str]]) -> frozenset[str]:
    return frozenset(folded(word) for table in tables for word in pick(table))


def _mapping(tables: list[LanguageTable], pick: Callable[[LanguageTable], dict[str, T]]) -> dict[str, T]:
    return {folded(word): value for table in tables for word, value in pick(table).items()}
