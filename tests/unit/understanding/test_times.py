"""Times of day, as chats have them."""

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("7ish", "19:00"),
        ("25 to 7", "18:35"),
        ("half past six", "18:30"),
        ("quarter to 9 in the morning", "08:45"),
        ("after 5pm", "17:00"),
        ("5.30 pm", "17:30"),
        ("5:30 p.m.", "17:30"),
        ("evening 6", "18:00"),
        ("12 am", "00:00"),
        ("noon", "12:00"),
        ("10 o'clock", "10:00"),
        ("17:45", "17:45"),
        ("11", "11:00"),
        ("الساعة ٧ مساء", "19:00"),
        ("الساعة 7 ونص", "19:30"),
        ("الساعة السابعة مساء", "19:00"),
        ("9 الصبح", "09:00"),
    ],
)
def test_a_time_is_read(told: Told, text: str, time: str) -> None:
    assert told(text, "call_time") == {"call_time": time}


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("between 5 and 7pm", "17:00", "19:00"),
        ("10am to 12pm", "10:00", "12:00"),
        ("5-7pm", "17:00", "19:00"),
        ("in the morning", "08:00", "12:00"),
        ("مساء", "17:00", "21:00"),
    ],
)
def test_a_range_has_two_ends(told: Told, text: str, start: str, end: str) -> None:
    assert told(text, "call_time") == {"call_time": {"from": start, "to": end}}


@pytest.mark.parametrize("text", ["25:99", "13 pm o", "no idea"])
def test_nonsense_is_no_time(told: Told, text: str) -> None:
    assert "25:" not in str(told(text, "call_time"))


def test_a_number_is_no_time_unless_one_was_asked_for(told: Told) -> None:
    assert told("we are 5 to 7 people") == {}


def test_a_half_behind_an_hour_makes_no_number(told: Told) -> None:
    assert told("7 ونص", "call_time") == {"call_time": "19:30"}
