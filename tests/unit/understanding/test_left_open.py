"""Fields that the customer leaves to us, whatever was asked."""

from collections.abc import Callable
from typing import Any

import pytest

Say = Callable[..., Any]


@pytest.mark.parametrize(
    "text",
    [
        "a meeting please, any licence is fine",
        "the licence doesn't matter",
        "i don't care about the licence",
        "i don't have a licence preference",
        "no preference on the licence",
    ],
)
def test_a_field_is_left_to_us_unasked(say: Say, text: str) -> None:
    assert "licence" in say(text).left_open


@pytest.mark.parametrize(
    "text", ["is there any licence?", "any other licence?", "i need a licence", "it doesn't matter"]
)
def test_nothing_is_left_to_us_by_speaking_of_it(say: Say, text: str) -> None:
    assert say(text).left_open == frozenset()


def test_a_value_that_is_stated_is_not_left_to_us(say_with: Callable[..., Say]) -> None:
    budget = {"kind": "money", "label": "Budget"}

    assert say_with(budget=budget)("my budget is 5000 aed, any budget is fine").left_open == frozenset()
