"""When a reply is tried again, and when it has failed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surereply.domain.outcome import NOT_WRITTEN, Outcome, Verdict, judge
from surereply.domain.retry import (
    LONGEST_DELAY,
    LONGEST_PAIR_DELAY,
    SLOWEST,
    Pace,
    next_try,
    pair_delay,
    retry_delay,
    slow_down,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WINDOW_END = NOW + timedelta(hours=20)


def rejected(code: int | None, retry_after: timedelta | None = None) -> Outcome:
    rule = NOT_WRITTEN if code is None else judge(code)
    return Outcome(rule.verdict, code=code, rule=rule, retry_after=retry_after)


def tried_again(outcome: Outcome, attempt: int = 1, **given: Any) -> timedelta | None:
    settings: dict[str, Any] = {"now": NOW, "give_up_at": WINDOW_END, "randomness": 0.0} | given
    due = next_try(outcome, attempt=attempt, **settings)
    return None if due is None else due - NOW


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_positive_and_capped(attempt: int, randomness: float) -> None:
    assert timedelta(0) < retry_delay(attempt, randomness) <= LONGEST_DELAY


def test_delays_double_and_spread() -> None:
    assert [retry_delay(attempt, 0.5).total_seconds() for attempt in (1, 2, 3)] == [0.75, 1.5, 3.0]
    assert retry_delay(4, 0.0) < retry_delay(4, 0.9)


def test_the_pair_limit_holds_a_conversation_four_to_the_n_seconds() -> None:
    """OUT-7."""
    assert [pair_delay(attempt).total_seconds() for attempt in (1, 2, 3, 4)] == [1, 4, 16, 64]
    assert pair_delay(1000) == LONGEST_PAIR_DELAY


def test_a_provider_that_was_not_reached_is_tried_for_as_long_as_the_window_is_open() -> None:
    """OUT-1: a time budget, no small count of attempts."""
    assert tried_again(rejected(None), attempt=500) is not None
    assert tried_again(rejected(None), attempt=500, give_up_at=NOW) is None


def test_media_and_the_owners_codes_are_tried_a_bounded_number_of_times() -> None:
    assert tried_again(rejected(131053), attempt=7) is not None
    assert tried_again(rejected(131053), attempt=8) is None


def test_an_upgrade_of_the_number_is_waited_out_for_a_minute() -> None:
    """OUT-7."""
    delay = tried_again(rejected(131057))

    assert delay is not None
    assert delay >= timedelta(seconds=60)


def test_whatsapp_may_ask_for_a_longer_wait() -> None:
    assert tried_again(rejected(130429, retry_after=timedelta(minutes=3))) == timedelta(minutes=3)


@pytest.mark.parametrize("code", [190, 368, 131042])
def test_a_stopped_line_never_gives_up_its_queue(code: int) -> None:
    """OUT-8."""
    assert tried_again(rejected(code), attempt=9, give_up_at=NOW - timedelta(days=3)) is not None


def test_a_closed_window_is_checked_once_more_only_if_our_clock_says_open() -> None:
    """OUT-9."""
    assert tried_again(rejected(131047), attempt=1) == timedelta(seconds=30)
    assert tried_again(rejected(131047), attempt=2) is None
    assert tried_again(rejected(131047), attempt=1, window_is_open=False) is None


@pytest.mark.parametrize("code", [100, 131026, 131049, 131050, 130472, 131062, 131030, 132001])
def test_what_failed_for_good_is_not_tried_again(code: int) -> None:
    assert tried_again(rejected(code)) is None


@pytest.mark.parametrize("code", [1, 131000, 555])
def test_what_is_in_doubt_is_never_tried_again_by_time(code: int) -> None:
    """OUT-3."""
    assert tried_again(rejected(code)) is None
    assert tried_again(Outcome(Verdict.UNKNOWN)) is None


def test_a_line_that_was_told_off_goes_half_as_fast_and_recovers_within_a_minute() -> None:
    """OUT-7."""
    slowed = slow_down(Pace(80), NOW)

    assert slowed.rate(NOW) == 40
    assert slowed.rate(NOW + timedelta(seconds=30)) == 60
    assert slowed.rate(NOW + timedelta(hours=1)) == 80


def test_a_storm_of_refusals_within_a_second_slows_down_once() -> None:
    pace = Pace(80)
    for millisecond in range(0, 1000, 20):
        pace = slow_down(pace, NOW + timedelta(milliseconds=millisecond))

    assert pace.rate(NOW) == 40


def test_a_line_never_comes_to_a_standstill() -> None:
    pace = Pace(80)
    for second in range(60):
        pace = slow_down(pace, NOW + timedelta(seconds=second))

    assert pace.rate(NOW + timedelta(seconds=60)) >= SLOWEST
