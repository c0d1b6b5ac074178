"""Parts of dates: a day, a month, a year, an amount of days, and the day that they make together."""

import re
from datetime import date

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.recognisers.calendar_days import next_day, next_month, real_day, shifted

_DAY = re.compile(r"\d{1,2}$")
_YEAR = re.compile(r"(?:19|20)\d\d$")
_SHORT_YEAR = re.compile(r"[3-9]\d$|0\d$|[12]\d$")
_YEARS_AHEAD = 20  # a short year further ahead is of the last century
_EARLIEST, _LATEST = date(1900, 1, 1), date(9_000, 1, 1)  # a clock beyond is wrong, and must not overflow


class DateParts:
    """Reads parts at a place; each answers where it ends."""

    def __init__(self, words: Words, lexicon: Lexicon, today: date, month_first: bool = False) -> None:
        self.texts = words.texts
        self.words = words
        self.lexicon = lexicon
        self.today = min(max(today, _EARLIEST), _LATEST)
        self.month_first = month_first
        # "de la mañana" is no tomorrow.
        self._parts_of_days = {
            at
            for table in (lexicon.am, lexicon.pm, lexicon.periods)
            for match in table.find(words.texts)
            if match.last > match.first + 1
            for at in range(match.first + 1, match.last)
        }

    def _ends_at(self, at: int) -> bool:
        """`el 20` is a date where nothing is counted behind it."""
        texts, lexicon = self.texts, self.lexicon
        return at >= len(texts) or not texts[at][0].isalnum() or texts[at] in lexicon.function | lexicon.polite_words

    def _day_at(self, at: int) -> tuple[int | None, int]:
        """A day of a month in digits or as an ordinal, and where it ends."""
        texts, lexicon = self.texts, self.lexicon
        if at >= len(texts):
            return None, at
        if _DAY.match(texts[at]):
            marked = at + 1 < len(texts) and texts[at + 1] in lexicon.ordinal_marks
            return int(texts[at]), at + 1 + marked
        ordinal = lexicon.ordinals.get(texts[at])
        if ordinal is not None and int(ordinal) > 0:
            return int(ordinal), at + 1
        if texts[at] in lexicon.numbers and int(lexicon.numbers[texts[at]]) in range(1, 32):
            tens = int(lexicon.numbers[texts[at]])
            unit = lexicon.ordinals.get(texts[at + 1]) if at + 1 < len(texts) else None
            if tens in {20, 30} and unit is not None and 0 < int(unit) < 10:
                return tens + int(unit), at + 2
            return tens, at + 1
        return None, at

    def _month_at(self, at: int) -> tuple[int, int] | None:
        texts = self.texts
        if at < len(texts) and (texts[at] in self.lexicon.of_words or texts[at] == "-"):
            at += 1
        month = self.lexicon.months.at(texts, at) if at < len(texts) else None
        return (int(month.payload), month.last) if month else None

    def _year_at(self, at: int) -> tuple[int | None, int]:
        texts = self.texts
        here = at + 1 if at + 1 < len(texts) and texts[at] == "," else at
        if here < len(texts) and _YEAR.match(texts[here]):
            return int(texts[here]), here + 1
        behind = here + (here < len(texts) and texts[here] in self.lexicon.of_words)
        if behind < len(texts) and _YEAR.match(texts[behind]):
            return int(texts[behind]), behind + 1
        if behind < len(texts) and _SHORT_YEAR.match(texts[behind]) and (behind > here or behind + 1 == len(texts)):
            short = int(texts[behind])
            return short + (
                1900 if short > self.today.year % 100 + _YEARS_AHEAD else 2000
            ), behind + 1  # "3 de enero del 92"
        return None, at

    def _in_some_time(self, at: int) -> list[Found]:
        """`in two weeks`, `after 3 days`, `بعد أسبوعين`."""
        amount, unit, last = self._amount_at(at + 1)
        if not unit and self.texts[at + 1 : at + 2] in {("de",), ("a",)}:
            amount, unit, last = self._amount_at(at + 2)  # "dentro de", "daqui a"
        return self._shifted(amount, unit, at, last)

    def _hence(self, at: int) -> list[Found]:
        """`two weeks from now`."""
        amount, unit, last = self._amount_at(at)
        hence = self.lexicon.hence.at(self.texts, last) if amount and last < len(self.texts) else None
        return self._shifted(amount, unit, at, hence.last) if hence else []

    def _amount_at(self, at: int) -> tuple[int, str, int]:
        texts, lexicon = self.texts, self.lexicon
        if at >= len(texts):
            return 0, "", at
        if texts[at] in lexicon.dual_units:
            return 2, str(lexicon.dual_units[texts[at]]), at + 1
        if texts[at] in lexicon.units and not texts[at].isascii():
            return 1, str(lexicon.units[texts[at]]), at + 1
        if at + 1 >= len(texts) or texts[at + 1] not in lexicon.units:
            return 0, "", at
        if texts[at] in lexicon.one_words:
            amount = 1
        elif texts[at].isdigit() and len(texts[at]) <= 3:
            amount = int(texts[at])
        else:
            amount = int(lexicon.numbers.get(texts[at], 0))
        return amount, str(lexicon.units[texts[at + 1]]), at + 2

    def _shifted(self, amount: int, unit: str, first: int, last: int) -> list[Found]:
        if amount < 1 or unit not in {"day", "week", "month", "year"}:
            return []
        day = shifted(self.today, amount, unit)
        return [self._found(day, first, last)] if day else []

    def _next_such_day(self, day: int, first: int, last: int) -> Found:
        year, month = self.today.year, self.today.month
        if day < self.today.day:
            year, month = next_month(self.today)
        return self._dated(year, month, day, first, last)._replace(near="day")

    def _dated(self, year: int | None, month: int, day: int, first: int, last: int) -> Found:
        """The day as a find; None as its value where there is no such day."""
        value = next_day(self.today, month, day) if year is None else real_day(year, month, day)
        if value is None:
            return Found(FieldType.DATE, None, first, last)
        return self._found(value, first, last)._replace(near="" if year is not None else "yearless")

    def _found(self, day: date, first: int, last: int) -> Found:
        return Found(FieldType.DATE, day.isoformat(), first, last)
