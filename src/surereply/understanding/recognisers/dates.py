"""Dates as people write them, relative to now: `3rd of march`, `15/8`, `next fri`, `in two weeks`, `بكرة`."""

import re
from datetime import timedelta

from surereply.understanding.found import Found, read_along
from surereply.understanding.recognisers.calendar_days import day_of_week, next_month
from surereply.understanding.recognisers.date_parts import DateParts

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_WITH_YEAR = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$")
_WITHOUT_YEAR = re.compile(r"(\d{1,2})/(\d{1,2})$")
_DAY = re.compile(r"\d{1,2}$")
_DAY_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})$")
_RANGE_WORDS = frozenset({"to", "-", "and", "till", "until", "الي", "حتي", "و"})
_YEARS_AHEAD = 20  # a short year further ahead is of the last century
_ALSO_WORDS = frozenset({"sun", "sat", "wed", "mon"})


class DateReader(DateParts):
    """Reads the dates of one message; `month_first` is how the flow's country writes 3/4."""

    def find(self) -> list[Found]:
        """Every date, left to right; an impossible one (31 February) has the value None."""
        return read_along(self.texts, self.lexicon.date_starts, self._at)

    def _at(self, at: int) -> list[Found]:
        text = self.texts[at]
        lexicon = self.lexicon
        if text[0].isdigit():
            numbered = lexicon.numbered_weekdays.at(self.texts, at) if text in lexicon.numbered_weekdays else None
            if numbered:
                day = day_of_week(self.today, int(numbered.payload), None)
                day = day if day > self.today else day + timedelta(days=7)
                return [self._found(day, at, numbered.last)]
            return self._numeric(at) or self._day_first(at) or self._day_before_mark(at) or self._hence(at)
        if text in lexicon.month_parts or text in lexicon.next_words or text in lexicon.units:
            week_or_month = self._weekday_of_a_week(at) or self._first_of_month(at)
            if week_or_month:
                return week_or_month
        if text in lexicon.relative_days and (relative := self._relative(at)):
            return relative
        if text in lexicon.weekdays or text in lexicon.next_words or text in lexicon.this_words:
            weekday = self._weekday(at)
            if weekday:
                return weekday
        if text in lexicon.months and (dated := self._month_first(at)):
            return dated
        if text in lexicon.between_words and (both := self._bare_range(at)):
            return both
        if text in lexicon.in_words and (later := self._in_some_time(at)):
            return later
        if text in lexicon.day_markers and (marked := self._marked_day(at)):
            return marked
        if text in lexicon.ordinals or text in lexicon.numbers:
            return self._day_first(at) or self._day_before_mark(at) or self._hence(at)
        return []

    def _bare_range(self, at: int) -> list[Found]:
        """`del 10 al 15 de marzo`, `do dia 10 até dia 15`: the first day has no month of its own."""
        texts = self.texts
        name = at + 1
        while name < len(texts) and texts[name] in self.lexicon.day_markers and name <= at + 2:
            name += 1
        day, after = self._day_at(name)
        behind = self._range_words_at(after) if day is not None else 0
        if day is None or not behind:
            return []
        marked = name > at + 1
        while behind < len(texts) and texts[behind] in self.lexicon.day_markers:
            behind, marked = behind + 1, True
        second, later = self._day_at(behind)
        if second is None or second <= day:
            return []
        month = self._month_at(later)
        if month is not None:
            year, last = self._year_at(month[1])
            return [
                self._dated(year, month[0], day, name, after),
                self._dated(year, month[0], second, behind, last),
            ]
        if not marked:
            return []
        return [self._next_such_day(day, name, after), self._next_such_day(second, behind, later)]

    def _day_before_mark(self, at: int) -> list[Found]:
        """`18 tarikh`: the word that makes it a date stands behind."""
        day, after = self._day_at(at)
        if day is None or after >= len(self.texts) or self.texts[after] not in self.lexicon.day_marks_behind:
            return []
        return [self._next_such_day(day, at, after + 1)]

    def _range_words_at(self, at: int) -> int:
        """Where the words end that join two ends of a range at `at`; 0 if there are none."""
        if at >= len(self.texts):
            return 0
        match = self.lexicon.range_words.at(self.texts, at)
        return match.last if match else at + 1 if self.texts[at] in _RANGE_WORDS else 0

    def _relative(self, at: int) -> list[Found]:
        phrase = self.lexicon.relative_days.at(self.texts, at)
        if phrase is None or at in self._parts_of_days:
            return []
        day = self.today + timedelta(days=int(phrase.payload))
        return [self._found(day, phrase.first, phrase.last)]

    def _weekday(self, at: int) -> list[Found]:
        texts, lexicon = self.texts, self.lexicon
        qualifier = texts[at] if texts[at] in lexicon.next_words or texts[at] in lexicon.this_words else None
        name = at + 1 if qualifier else at
        if name >= len(texts) or texts[name] not in lexicon.weekdays:
            return []
        if texts[name] in _ALSO_WORDS and at == name and not self._is_pointed_at(name):
            return []
        weekday, last = int(lexicon.weekdays[texts[name]]), name + 1
        exact = self._date_after_weekday(last)
        if exact:
            return [exact[0]._replace(first=at)]
        week = 1 if qualifier in lexicon.next_words and qualifier not in lexicon.near_next else None
        tail = lexicon.weekday_tails.at(texts, last) if last < len(texts) else None
        last = tail.last if tail else last
        later = lexicon.fortnight_behind.at(texts, last) if last < len(texts) else None
        if later:
            day = day_of_week(self.today, weekday, None) + timedelta(days=7)
            return [self._found(day, at, later.last)]
        coming = lexicon.next_behind.at(texts, last) if last < len(texts) else None
        if coming:
            return [self._found(day_of_week(self.today, weekday, None), at, coming.last)]  # "viernes que viene"
        if last < len(texts) and (texts[last] in lexicon.next_words or texts[last] in lexicon.this_words):
            named_week = last + 1 < len(texts) and lexicon.units.get(texts[last + 1]) == "week"
            if named_week or not texts[last].isascii():
                # Arabic puts the word behind: الخميس القادم is the coming one, as English "this thursday".
                week = (1 if texts[last] in lexicon.next_words else 0) if named_week else None
                last += 2 if named_week else 1
        return [self._found(day_of_week(self.today, weekday, week), at, last)._replace(near="weekday")]

    def _weekday_of_a_week(self, at: int) -> list[Found]:
        """`la semana que viene el martes`, `agle hafte mangalvar`: the week stands before the day."""
        texts, lexicon = self.texts, self.lexicon
        before = texts[at] in lexicon.next_words
        name = at + before
        if name >= len(texts) or lexicon.units.get(texts[name]) != "week":
            return []
        behind = lexicon.next_behind.at(texts, name + 1) if name + 1 < len(texts) else None
        last = behind.last if behind else name + 1
        arabic = not before and not behind and name + 1 < len(texts) and texts[name + 1] in lexicon.next_words
        if not (before or behind or arabic):
            return []
        last += arabic
        while last < len(texts) and texts[last] in lexicon.day_markers:
            last += 1
        if last >= len(texts) or texts[last] not in lexicon.weekdays:
            return []
        return [self._found(day_of_week(self.today, int(lexicon.weekdays[texts[last]]), 1), at, last + 1)]

    def _first_of_month(self, at: int) -> list[Found]:
        """`early april`, `principios de abril`, `next month`: its first day, or the fifteenth."""
        texts, lexicon = self.texts, self.lexicon
        part = lexicon.month_parts.at(texts, at) if texts[at] in lexicon.month_parts else None
        if part:
            month = lexicon.months.at(texts, part.last) if part.last < len(texts) else None
            day = int(part.payload)
            return [self._dated(None, int(month.payload), day, at, month.last)] if month else []
        before = texts[at] in lexicon.next_words
        name = at + before
        if name >= len(texts) or lexicon.units.get(texts[name]) != "month":
            return []
        behind = lexicon.next_behind.at(texts, name + 1) if name + 1 < len(texts) else None
        arabic = name + 1 < len(texts) and not texts[name].isascii() and texts[name + 1] in lexicon.next_words
        if not (before or behind or arabic):
            return []
        last = behind.last if behind else name + 1 + (arabic and not before)
        year, month_number = next_month(self.today)
        return [self._dated(year, month_number, 1, at, last)._replace(sure=0.9)]

    def _is_pointed_at(self, at: int) -> bool:
        """`sun` and `sat` are days where a word says so, or where they are all there is."""
        texts = self.texts
        before = texts[at - 1] if at else ""
        return len(texts) <= 2 or before in {"on", "by", "until", "till", "from", "to", "or", "for", ","}

    def _date_after_weekday(self, at: int) -> list[Found]:
        """`monday, the 4th of march`: the date says more than the day's name."""
        texts = self.texts
        if at < len(texts) and texts[at] in {",", "-"}:
            at += 1
        if at >= len(texts):
            return []
        here = texts[at]
        if here in self.lexicon.months:
            return self._month_first(at)
        if here in self.lexicon.day_markers:
            return self._marked_day(at)
        return self._numeric(at) or self._day_first(at) if here[0].isdigit() else []

    def _numeric(self, at: int) -> list[Found]:
        text = self.texts[at]
        if match := _ISO.match(text):
            return [self._dated(int(match[1]), int(match[2]), int(match[3]), at, at + 1)]
        if match := _WITH_YEAR.match(text):
            day, month = self._day_and_month(int(match[1]), int(match[3]))
            year = int(match[4])
            if len(match[4]) == 2:
                year += 1900 if year > self.today.year % 100 + _YEARS_AHEAD else 2000
            return [self._dated(year, month, day, at, at + 1)]
        if match := _WITHOUT_YEAR.match(text):
            day, month = self._day_and_month(int(match[1]), int(match[2]))
            return [self._dated(None, month, day, at, at + 1)]
        return []

    def _day_and_month(self, one: int, two: int) -> tuple[int, int]:
        if (self.month_first and one <= 12) or two > 12:
            return two, one
        return one, two

    def _day_first(self, at: int) -> list[Found]:
        """`3rd of march 2026`, `3-5 march`, `third of march`, `3rd to 5th of march`."""
        day_range = _DAY_RANGE.match(self.texts[at])
        if day_range:
            month = self._month_at(at + 1)
            if month is None:
                return []
            year, last = self._year_at(month[1])
            return [
                self._dated(year, month[0], int(day_range[1]), at, at + 1),
                self._dated(year, month[0], int(day_range[2]), at, last),
            ]
        day, after = self._day_at(at)
        if day is None:
            return []
        month = self._month_at(after)
        if month is not None:
            year, last = self._year_at(month[1])
            return [self._dated(year, month[0], day, at, last)]
        return self._range_to_month(at, day, after) or self._of_this_month(at, day, after)

    def _range_to_month(self, at: int, day: int, after: int) -> list[Found]:
        behind = self._range_words_at(after)
        if not behind or behind >= len(self.texts):
            return []
        second, later = self._day_at(behind)
        month = self._month_at(later) if second is not None else None
        if second is None or month is None:
            return []
        year, last = self._year_at(month[1])
        return [
            self._dated(year, month[0], day, at, after),
            self._dated(year, month[0], second, behind, last),
        ]

    def _of_this_month(self, at: int, day: int, after: int) -> list[Found]:
        """`14th of this month`, `14th`; a bare number is no date."""
        texts, lexicon = self.texts, self.lexicon
        here = after + 1 if after < len(texts) and texts[after] in lexicon.of_words else after
        if here + 1 < len(texts) and lexicon.units.get(texts[here + 1]) == "month":
            if texts[here] in lexicon.this_words:
                return [self._dated(self.today.year, self.today.month, day, at, here + 2)]
            if texts[here] in lexicon.next_words:
                year, month = next_month(self.today)
                return [self._dated(year, month, day, at, here + 2)]
        if after > at + 1 and texts[at][0].isdigit():
            return [self._next_such_day(day, at, after)]
        return []

    def _marked_day(self, at: int) -> list[Found]:
        """`the 14th`, `on the 3rd of march`, `يوم 15`."""
        texts = self.texts
        name = at
        while name < len(texts) and texts[name] in self.lexicon.day_markers and name < at + 2:
            name += 1
        if name >= len(texts):
            return []
        if not texts[name][0].isdigit():
            named = texts[name] in self.lexicon.ordinals and self._day_first(name)
            return named or []
        dated = self._numeric(name) or self._day_first(name)
        if dated:
            article = dated[0].near == "day" and texts[name - 1] == "the"
            return [dated[0]._replace(first=name - 1), *dated[1:]] if article else dated
        only = texts[at] not in {"في", "on", "the"} and self._ends_at(name + 1)
        if _DAY.match(texts[name]) and only:
            return [self._next_such_day(int(texts[name]), name, name + 1)]
        return []

    def _month_first(self, at: int) -> list[Found]:
        """`march 3rd, 2026`, `march the third`; a month alone is no date."""
        month = self.lexicon.months.at(self.texts, at)
        if month is None or month.last >= len(self.texts):
            return []
        at_day = month.last + (self.texts[month.last] in {"the", "-"})
        if at_day >= len(self.texts):
            return []
        both = _DAY_RANGE.match(self.texts[at_day])
        if both:
            last = at_day + 1
            number = int(month.payload)
            return [
                self._dated(None, number, int(both[1]), at, last),
                self._dated(None, number, int(both[2]), at, last),
            ]
        day, last = self._day_at(at_day)
        if day is None:
            return []
        year, last = self._year_at(last)
        return [self._dated(year, int(month.payload), day, at, last)]
