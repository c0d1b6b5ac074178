"""Whose clock a page's times are, and how reasons that name a line are said."""

from datetime import UTC, datetime
from typing import Any

import pytest

from surereply.domain.health import Figures, LineState, judge_health
from surereply.web.panel.showing import milliseconds, told, zone_said
from surereply.web.panel.texts import texts_in

WINTER = datetime(2026, 1, 15, 12, tzinfo=UTC)
SUMMER = datetime(2026, 7, 15, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "said"),
    [
        ("Asia/Dubai", WINTER, "Asia/Dubai (UTC+4)"),
        ("Asia/Kolkata", WINTER, "Asia/Kolkata (UTC+5:30)"),
        ("America/St_Johns", WINTER, "America/St_Johns (UTC-3:30)"),
        ("Europe/London", WINTER, "Europe/London (UTC+0)"),
        ("Europe/London", SUMMER, "Europe/London (UTC+1)"),
    ],
)
def test_a_zone_is_told_with_its_distance_of_that_day(zone: str, at: datetime, said: str) -> None:
    assert zone_said(zone, at) == said


def on_a_page(language: str) -> Any:
    """What a filter sees of the page that is drawn."""
    return {"t": texts_in(language)}


def test_why_a_line_is_stopped_is_said_behind_its_name() -> None:
    why = "the access token expired or lacks a permission; set a new one, and everything owed goes out"
    reasons = judge_health(Figures(lines=(LineState("Main", stopped=why),)))[1]

    said = told(on_a_page("ar"), reasons[0])

    assert said.startswith("Main: ")
    assert "access token" not in said


def test_units_are_in_the_language_of_the_page() -> None:
    assert milliseconds(on_a_page("en"), 31.4) == "31 ms"
    assert milliseconds(on_a_page("en"), 1250) == "1.25 s"
    assert milliseconds(on_a_page("ar"), 31.4) == "31 ملي ث"
