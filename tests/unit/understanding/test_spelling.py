"""Slips of the thumb: put right where one word is meant, left alone where a name may be."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.understanding.normalise import normalise
from surereply.understanding.spelling import Spelling

Told = Callable[..., dict[str, Any]]

SPELLING = Spelling(
    {"tomorrow", "march", "baths"}, {"plate", "slate"}, frozenset({"in"}), lambda text: text == "studoi"
)


def corrected(text: str) -> str:
    return " ".join(SPELLING.correct(normalise(text)).texts)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("tomrrow", "tomorrow"), ("tommorow", "tomorrow"), ("mrach", "march"), ("tomororw", "tomorrow")],
)
def test_a_slip_is_read_as_the_word_it_is_near(written: str, meant: str) -> None:
    assert corrected(f"see you {written}") == f"see you {meant}"


def test_the_customer_s_own_words_are_kept() -> None:
    words = SPELLING.correct(normalise("see you tomrrow"))

    assert words.original == "see you tomrrow"
    assert words.original[slice(*words.span(2, 3))] == "tomrrow"


@pytest.mark.parametrize(
    "text",
    [
        "I met Marsh there",  # a name
        "in slatte",  # may be a place
        "glate",  # two words are as near
        "bath",  # the singular of a known word
        "studoi",  # an option's list has its own look at it
        "anna@marhc.com",
    ],
)
def test_what_may_be_something_else_is_left_alone(text: str) -> None:
    unchanged = " ".join(normalise(text).texts)

    assert corrected(text) == unchanged


def test_a_misspelt_day_is_a_day(told: Told) -> None:
    assert told("tomrrow please", "meeting") == {"meeting": "2026-03-03"}


def test_a_misspelt_city_is_written_as_it_is_known(told: Told) -> None:
    assert told("in istambul", "area") == {"area": "Istanbul"}


def test_stop_is_read_by_the_letter(say: Callable[..., Any]) -> None:
    """`stpo` is nobody's order to stop."""
    assert say("stpo").signals == frozenset()
