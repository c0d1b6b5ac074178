"""Money, durations and counts."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("90k", 90_000, "AED"),
        ("around 50,000 dirhams", 50_000, "AED"),
        ("$1500", 1_500, "USD"),
        ("2 lakh rupees", 200_000, "INR"),
        ("1.5 million", 1_500_000, "AED"),
        ("٥٠ ألف درهم", 50_000, "AED"),
        ("60000", 60_000, "AED"),
    ],
)
def test_an_amount_has_its_currency_or_the_business_s(told: Told, text: str, amount: int, currency: str) -> None:
    assert told(text, "budget") == {"budget": {"amount": amount, "currency": currency}}


def test_an_amount_below_the_minimum_is_no_fact(told: Told) -> None:
    assert told("500 dirhams", "budget") == {}


def test_two_amounts_make_a_range(told: Told) -> None:
    ends = {"from": {"amount": 80_000, "currency": "AED"}, "to": {"amount": 100_000, "currency": "AED"}}

    assert told("between 80k and 100k", "budget") == {"budget": ends}


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("45 days", 45, "day"),
        ("3 weeks", 3, "week"),
        ("a year", 1, "year"),
        ("اسبوعين", 2, "week"),
        ("٣ أشهر", 3, "month"),
    ],
)
def test_a_duration_has_its_unit(told: Told, text: str, amount: int, unit: str) -> None:
    assert told(text, "stay")["stay"] == {"amount": amount, "unit": unit}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2", 2),
        ("two", 2),
        ("٣", 3),
        ("3 partners", 3),
        ("just me", 1),
        ("شريكين", 2),
        ("ثلاثة شركاء", 3),
        ("انا بس", 1),
    ],
)
def test_a_count_is_read(told: Told, text: str, count: int) -> None:
    assert told(text, "partners") == {"partners": count}


@pytest.mark.parametrize("text", ["0", "21", "-", "2.5"])
def test_a_count_outside_its_limits_is_no_fact(told: Told, text: str) -> None:
    assert told(text, "partners") == {}


def test_none_is_a_count_where_none_may_be(told: Told) -> None:
    assert told("no", "bedrooms") == {"bedrooms": 0}
    assert told("no", "partners") == {}


def test_what_is_counted_tells_the_field(told: Told) -> None:
    assert told("2 bedrooms and 3 partners") == {"bedrooms": 2, "partners": 3}


def test_a_number_that_counts_something_else_fills_no_field(told: Told) -> None:
    assert told("I have 4 cars") == {}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("450,000", 450_000),
        ("450000", 450_000),
        ("٤٥٠٠٠٠", 450_000),
        ("2 مليون ونص", 2_500_000),
        ("مليون ونصف درهم", 1_500_000),
        ("مليونين ونص", 2_500_000),
        ("نص مليون", 500_000),
        ("2 and a half million", 2_500_000),
        ("two and a half million", 2_500_000),
        ("half a million", 500_000),
    ],
)
def test_a_large_amount_is_read_as_it_is_said(told: Told, text: str, amount: int) -> None:
    assert told(text, "budget") == {"budget": {"amount": amount, "currency": "AED"}}


def test_a_large_number_is_no_count(told: Told) -> None:
    assert told("450000", "guests partners") == {}
