"""Free texts: only what answers the question, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("general trading", "general trading"),
        ("it's a restaurant, please", "a restaurant"),
        ("i want to sell used cars", "sell used cars"),
        ("تجارة عامة", "تجارة عامة"),
    ],
)
def test_a_text_is_the_answer_without_courtesies(told: Told, text: str, value: str) -> None:
    assert told(text, "activity")["activity"].removeprefix("a ") == value.removeprefix("a ")


@pytest.mark.parametrize(
    "text",
    [
        "how much is it?",
        "what do you mean",
        "yes",
        "no",
        "hello",
        "thanks",
        "i don't know",
        "prefer not to say",
        "👍",
        "ok",
        "كم السعر؟",
        "لا اعرف",
    ],
)
def test_what_is_no_answer_is_not_stored(told: Told, text: str) -> None:
    """TURN-7, LEAD-10"""
    assert "activity" not in told(text, "activity")


def test_a_text_is_taken_only_where_it_was_asked_for(told: Told) -> None:
    assert "activity" not in told("general trading")


def test_a_cued_text_is_taken_unasked(told: Told) -> None:
    assert told("the activity is general trading")["activity"] == "general trading"


def test_a_text_must_fit_its_pattern(told: Told) -> None:
    assert told("AB1234", "file_number") == {"file_number": "AB1234"}
    assert told("whatever", "file_number") == {}
