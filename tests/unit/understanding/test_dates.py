"""Dates as people write them, said on Monday 2 March 2026."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-03-02"),
        ("tmrw", "2026-03-03"),
        ("the day after tomorrow", "2026-03-04"),
        ("friday", "2026-03-06"),
        ("this fri", "2026-03-06"),
        ("next fri", "2026-03-13"),
        ("tuesday next week", "2026-03-10"),
        ("3rd of march", "2026-03-03"),
        ("third of april", "2026-04-03"),
        ("April 5th, 2027", "2027-04-05"),
        ("15/8", "2026-08-15"),
        ("15/8/26", "2026-08-15"),
        ("2026-11-23", "2026-11-23"),
        ("the 14th", "2026-03-14"),
        ("1st of february", "2027-02-01"),
        ("in two weeks", "2026-03-16"),
        ("in a month", "2026-04-02"),
        ("3 days from now", "2026-03-05"),
        ("monday, the 9th of march", "2026-03-09"),
        ("29 feb", "2028-02-29"),
        ("بكرة", "2026-03-03"),
        ("بعد بكرة", "2026-03-04"),
        ("الخميس القادم", "2026-03-05"),
        ("١٥ مارس", "2026-03-15"),
        ("يوم 15", "2026-03-15"),
        ("بعد أسبوعين", "2026-03-16"),
    ],
)
def test_a_day_is_read_relative_to_now(told: Told, text: str, day: str) -> None:
    assert told(text, "meeting") == {"meeting": day}


@pytest.mark.parametrize("text", ["31 feb", "31/2", "32/1", "2026-02-30", "0/0"])
def test_an_impossible_day_is_no_fact(told: Told, text: str) -> None:
    assert told(text, "meeting") == {}


def test_a_past_day_is_no_fact_where_only_the_future_counts(told: Told) -> None:
    assert told("3 march 2020", "meeting") == {}


def test_a_future_day_is_no_fact_where_only_the_past_counts(told: Told) -> None:
    assert told("3 march 2030", "born") == {}


def test_a_day_without_a_year_goes_where_the_field_wants_it(told: Told) -> None:
    assert told("5 may", "born") == {"born": "2025-05-05"}
    assert told("5 may", "meeting") == {"meeting": "2026-05-05"}


def test_days_refused_are_no_facts(told: Told) -> None:
    assert told("not monday", "meeting") == {}


def test_leave_taking_is_no_date(told: Told) -> None:
    assert told("thanks, that's all for today") == {}


def test_of_two_alternatives_the_first_is_only_a_guess(told: Told, say: Callable[..., Any]) -> None:
    facts = say("monday or tuesday", "meeting").facts

    assert [fact.confidence for fact in facts] == [0.6]
