"""Whatever a customer sends, reading it raises nothing and says where each fact stands."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surereply.domain.facts import Context
from surereply.domain.flow import Flow
from surereply.understanding.reader import read_text

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))
PIECES = [
    "yes",
    "no",
    "my name is",
    "Sara",
    "2",
    "25 to 7",
    "half past",
    "31 feb",
    "next",
    "fri",
    "15/8",
    "in",
    "dubai",
    "from",
    "to",
    "-",
    "budget",
    "90k",
    "or",
    "not",
    "?",
    "\n",
    ".",
    "visa expires",
    "مفروش",
    "بكرة",
    "الساعة",
    "٧",
    "ونص",
    "شريكين",
    "🙏",
    "a@b.co",
    "+971501234567",
    "between",
    "and",
    "pm",
    "one",
    "hundred",
    "thousand",
    "the",
    "st",
    "march",
    "\n29",
    "feb",
    "٪",
    "ﷺ",
    "İ",
    "\u200d",
    "99999999999999",
]
FIELDS = [
    "full_name",
    "area",
    "activity",
    "meeting",
    "call_time",
    "partners",
    "budget",
    "stay",
    "pets",
    "licence",
    "nationality",
    "visa_expiry",
]

texts = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join))


@given(text=texts, asked=st.lists(st.sampled_from(FIELDS), max_size=2, unique=True), offered=st.booleans())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_text_is_read_and_every_fact_says_its_words(
    flow: Flow, text: str, asked: list[str], offered: bool
) -> None:
    around: dict[str, Any] = {"offered": {"call_time": ["10:00"]}, "confirmed": {"partners": [2]}} if offered else {}

    reading = read_text(flow, text, Context(now=NOW, asked=tuple(asked), **around))

    for fact in reading.facts:
        assert 0 <= fact.confidence <= 1
        assert (fact.text is None) == (fact.start is None) == (fact.end is None)
        if fact.start is not None:
            assert 0 <= fact.start < (fact.end or 0) <= len(text)
            assert text[fact.start : fact.end] == fact.text
    assert reading == read_text(flow, text, Context(now=NOW, asked=tuple(asked), **around))


@pytest.mark.parametrize(
    "piece", ["1", "1,", "a@", "and ", "to 5 ", "no ", ".", "12:", "my name is ", "ه", "from a to b ", "((((", "+1 "]
)
def test_the_longest_message_is_read_whatever_it_repeats(flow: Flow, piece: str) -> None:
    text = (piece * 4_096)[:4_096]

    reading = read_text(flow, text, Context(now=NOW, asked=("activity", "partners", "meeting")))

    assert reading.failure is None
