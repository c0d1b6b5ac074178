"""Times of day: `7:30 pm`, `half past six`, `25 to 7`, `7ish`, `evening 5`, `الساعة ٧ مساء`, `tomorrow morning`."""

import re
from typing import NamedTuple

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found, read_along
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)$")
_COMPACT = re.compile(r"([01]?\d|2[0-3])([0-5]\d)$")  # 0730, 2215
_HOUR = re.compile(r"\d{1,2}$")
_MINUTES = re.compile(r"[0-5]\d$")
_SURE_MARKS = frozenset({"h", "hs", "baje", "bje"})
_THIRDS = {"وثلث": 20}
_LESS = frozenset({"menos", "moins", "الا", "إلا"})  # behind the hour: "seis menos cuarto"
_LINKS = frozenset({",", "को", "ko", "میں", "में"})
_HOURS_RANGE = re.compile(r"(\d{1,2})-(\d{1,2})$")
_ROUND_MINUTES = frozenset({5, 10, 15, 20, 25})
_AFTERNOON_FROM = (1, 7)  # a bare 1 to 7 is in the afternoon, as business hours go


class _Hour(NamedTuple):
    hour: int
    minute: int
    first: int
    last: int
    sure: float


class TimeReader:
    """Reads the times of one message. `expected`: a time was asked for, so a bare number may be one."""

    def __init__(self, words: Words, lexicon: Lexicon, expected: bool) -> None:
        self.texts = words.texts
        self.lexicon = lexicon
        self.expected = expected

    def find(self) -> list[Found]:
        return read_along(self.texts, self.lexicon.time_starts, self._at)

    def _at(self, at: int) -> list[Found]:
        text, lexicon = self.texts[at], self.lexicon
        named = lexicon.named_times.at(self.texts, at)
        if named:
            return [Found(FieldType.TIME, named.payload, at, named.last)]
        if text[0].isdigit():
            both = _HOURS_RANGE.match(text)
            if both:
                return self._hours_range(both, at)
            compact = _COMPACT.match(text)
            half, last = self._half_after(at + 1) if compact else (None, at + 1)
            if compact and (half or self.expected):
                value = _on_clock(int(compact[1]), int(compact[2]), half)
                return [Found(FieldType.TIME, value, at, last, 1.0 if half else 0.9)] if value else []
        clock = self._hour_at(at)
        if clock is not None:
            read = self._with_half_of_day(clock)
            return [read] if read else []
        period = lexicon.periods.at(self.texts, at)
        if period:
            before = self._period_before_hour(at, period.last)
            if before:
                return [before]
            start, end = period.payload
            return [Found(FieldType.TIME, {"from": start, "to": end}, at, period.last, 0.9, "period")]
        return []

    def _hours_range(self, both: re.Match[str], at: int) -> list[Found]:
        """`5-7pm`: the half of the day stands once, behind."""
        half, last = self._half_after(at + 1)
        if half is None and not self.expected:
            return []
        start, end = int(both[1]), int(both[2])
        later = _on_clock(end, 0, half)
        earlier = _on_clock(start, 0, half if half != "pm" or start <= end % 12 else "am")
        if earlier is None or later is None:
            return []
        return [Found(FieldType.TIME, {"from": earlier, "to": later}, at, last)]

    def _hour_at(self, at: int) -> _Hour | None:
        return self._fraction_at(at) or self._past_or_to(at) or self._clock_at(at)

    def _past_or_to(self, at: int) -> _Hour | None:
        """`half past six`, `quarter to 7`, `25 to 7`."""
        texts, lexicon = self.texts, self.lexicon
        if at + 1 >= len(texts):
            return None
        half, quarter = texts[at] in lexicon.half, texts[at] in lexicon.quarter_before
        minutes = 30 if half else 15 if quarter else self._small(at)
        if minutes is None or not 0 < minutes < 60:
            return None
        if half and self.expected and (short := self._small(at + 1)) and 1 <= short <= 12:
            return _Hour(short, 30, at, at + 2, 0.9)  # "half 5", as the British say it
        if at + 2 >= len(texts):
            return None
        link = lexicon.to.at(texts, at + 1)
        here = at + 2 if link is None else link.last
        hour = self._small(here) if here < len(texts) else None
        if hour is None or not 1 <= hour <= 12:
            return None
        last = here + 1
        if texts[at + 1] in lexicon.past:
            return _Hour(hour, minutes, at, last, 1.0)
        if link and (quarter or (minutes in _ROUND_MINUTES and not half)):
            marked = self._half_after(last)[0] is not None or (at > 0 and texts[at - 1] in lexicon.clock_cues)
            sure = 1.0 if quarter or marked else 0.9 if self.expected else 0.3
            return _Hour(hour - 1 or 12, 60 - minutes, at, last, sure) if sure > 0.5 else None
        return None

    def _fraction_at(self, at: int) -> _Hour | None:
        """`sadhe paanch`, `paune chhe`, `dedh baje`: halves and quarters that stand before the hour."""
        texts, lexicon = self.texts, self.lexicon
        if texts[at] in lexicon.mixed_numbers:
            clock, last = lexicon.mixed_numbers[texts[at]], at + 1
        elif texts[at] in lexicon.fractions_before and at + 1 < len(texts):
            hour = self._small(at + 1)
            if hour is None or not 1 <= hour <= 12:
                return None
            clock, last = hour + lexicon.fractions_before[texts[at]], at + 2
        else:
            return None
        marked = last < len(texts) and texts[last] in lexicon.hour_marks
        if not marked and not self.expected and not self._period_before(at):
            return None
        return _Hour(int(clock) or 12, round(clock % 1 * 60), at, last + marked, 0.95)

    def _clock_at(self, at: int) -> _Hour | None:
        texts, lexicon = self.texts, self.lexicon
        text = texts[at]
        match = _CLOCK.match(text)
        if match:
            dotted = "." in text
            mark = at + 1 + (at + 1 < len(texts) and texts[at + 1] in lexicon.hour_marks)
            marked = not dotted or self._half_after(at + 1)[0] is not None or self.expected or mark > at + 1
            return _Hour(int(match[1]), int(match[2]), at, mark, 1.0) if marked else None
        hour = self._small(at)
        if hour is None or not 0 <= hour <= 24:
            return None
        minute, last, sure = 0, at + 1, 0.0
        if last < len(texts) and texts[last] in lexicon.hour_marks:
            last, sure = last + 1, 0.95 if texts[last] in _SURE_MARKS or not texts[last].isascii() else 0.6
            sure = 0.95 if self.expected else sure if texts[last - 1] in lexicon.units else 0.95
            if last < len(texts) and _MINUTES.match(texts[last]) and texts[last - 1] in _SURE_MARKS:
                return _Hour(hour, int(texts[last]), at, last + 1, 1.0)  # 8h30
        if last < len(texts) and (half := lexicon.half.at(texts, last)):
            minute, last, sure = 30, half.last, 0.9
        elif last < len(texts) and (third := _THIRDS.get(texts[last])):
            minute, last, sure = third, last + 1, 0.9
        elif last < len(texts) and texts[last] != "quarter" and (quarter := lexicon.quarter.at(texts, last)):
            minute, last, sure = 15, quarter.last, 0.9
        elif last < len(texts) and texts[last] in _LESS and (less := lexicon.to.at(texts, last)):
            hour, minute, last, sure = hour - 1 or 12, 45, less.last, 0.9
        clock_word = lexicon.clock_words.at(texts, last) if last < len(texts) else None
        if clock_word:
            last, sure = clock_word.last, max(sure, 0.95)
        elif texts[last : last + 1] == ("o",) and texts[last + 2 : last + 3] == ("clock",):
            last, sure = last + 3, 0.95
        if self._half_after(last)[0] is not None or self._period_before(at):
            sure = max(sure, 0.95)
        elif at > 0 and texts[at - 1] in lexicon.clock_cues and 1 <= hour <= 12:
            sure = max(sure, 0.85 if self._ends_at(last) else 0.5)
        if self.expected:
            sure = max(sure, 0.85 if 1 <= hour <= 12 or (hour > 12 and text.isdigit()) else 0.0)
        return _Hour(hour, minute, at, last, sure) if sure > 0 else None

    def _ends_at(self, at: int) -> bool:
        """`at 3` is a time where nothing is counted behind it."""
        return at >= len(self.texts) or not self.texts[at][0].isalnum() or self.texts[at] in self.lexicon.function

    def _small(self, at: int) -> int | None:
        text = self.texts[at]
        if _HOUR.match(text):
            return int(text)
        number = self.lexicon.numbers.get(text)
        if number is None:
            # الساعة السابعة: Arabic tells the hour with an ordinal.
            number = None if text.isascii() else self.lexicon.ordinals.get(text)
        return int(number) if number is not None and 0 < int(number) < 60 else None

    def _with_half_of_day(self, clock: _Hour) -> Found | None:
        half, last = self._half_after(clock.last)
        first = clock.first
        if half is None:
            before = self._period_before(first)
            if before:
                half, first = before
        value = _on_clock(clock.hour, clock.minute, half)
        if value is None:
            return None
        return Found(FieldType.TIME, value, first, last, clock.sure if half is None else 1.0)

    def _half_after(self, at: int) -> tuple[str | None, int]:
        """`am` or `pm` from the words at `at`, and where they end."""
        texts, lexicon = self.texts, self.lexicon
        if at >= len(texts):
            return None, at
        here = at + 1 if texts[at] == "," and at + 1 < len(texts) else at
        for half, table in (("am", lexicon.am), ("pm", lexicon.pm)):
            match = table.at(texts, here)
            if match:
                return half, match.last
        if texts[here : here + 3] in {("p", ".", "m"), ("a", ".", "m")}:
            dot = texts[here + 3 : here + 4] == (".",)
            return texts[here] + "m", here + 3 + dot
        return None, at

    def _period_before(self, at: int) -> tuple[str, int] | None:
        """`evening 5`, `morning at 11`: am or pm, and where it begins."""
        texts, lexicon = self.texts, self.lexicon
        before = at - 1
        while before >= 0 and before >= at - 2 and (texts[before] in lexicon.clock_before or texts[before] in _LINKS):
            before -= 1
        if before < 0 or texts[before] not in lexicon.periods:
            return None
        half = "am" if lexicon.am.has(texts[before]) else "pm" if lexicon.pm.has(texts[before]) else None
        return (half, before if before == at - 1 else at) if half else None

    def _period_before_hour(self, at: int, last: int) -> Found | None:
        """`evening 5` is one time, not an evening and a five."""
        texts = self.texts
        here = last
        while here < len(texts) and here < last + 2 and texts[here] in self.lexicon.clock_before:
            here += 1
        clock = self._hour_at(here) if here < len(texts) else None
        return self._with_half_of_day(clock) if clock else None


def _on_clock(hour: int, minute: int, half: str | None) -> str | None:
    if half == "am":
        hour = 0 if hour == 12 else hour
    elif half == "pm":
        hour = hour + 12 if hour < 12 else hour
    elif _AFTERNOON_FROM[0] <= hour <= _AFTERNOON_FROM[1]:
        hour += 12
    hour %= 24 if hour == 24 else 25
    return f"{hour:02d}:{minute:02d}" if hour < 24 else None
