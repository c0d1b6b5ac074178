"""When an endpoint is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from surereply.domain.announcements import PAUSES, SILENT_FOR, Answer, is_given_up, next_try

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
REFUSED = Answer(500, error="answered 500")


def test_pauses_grow_and_span_days() -> None:
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(days=3) < sum(PAUSES, timedelta()) < timedelta(days=4)


@pytest.mark.parametrize("tries", range(1, len(PAUSES) + 1))
def test_each_pause_varies_by_a_fifth_either_way(tries: int) -> None:
    least, most = (next_try(tries, REFUSED, NOW, randomness) for randomness in (0.0, 0.999999))
    assert least is not None
    assert most is not None

    assert least - NOW == pytest.approx(PAUSES[tries - 1] * 0.8, abs=timedelta(milliseconds=10))
    assert most - NOW == pytest.approx(PAUSES[tries - 1] * 1.2, abs=timedelta(seconds=1))


def test_after_the_last_pause_it_is_not_tried_again() -> None:
    assert next_try(len(PAUSES) + 1, REFUSED, NOW, 0.5) is None


def test_who_asks_for_a_longer_pause_gets_it_up_to_a_day() -> None:
    asked = Answer(429, error="answered 429", retry_after=timedelta(minutes=7))
    endless = Answer(503, error="answered 503", retry_after=timedelta(days=400))

    assert next_try(1, asked, NOW, 0.5) == NOW + timedelta(minutes=7)
    assert next_try(1, endless, NOW, 0.5) == NOW + timedelta(hours=24)


def test_who_is_gone_is_not_tried_again_and_given_up_at_once() -> None:
    gone = Answer(410, error="answered 410")

    assert next_try(1, gone, NOW, 0.5) is None
    assert is_given_up(None, gone, NOW)


def test_an_endpoint_is_given_up_when_nothing_arrived_for_two_days() -> None:
    assert is_given_up(NOW - SILENT_FOR, REFUSED, NOW)
    assert not is_given_up(NOW - SILENT_FOR + timedelta(seconds=1), REFUSED, NOW)
    assert not is_given_up(None, REFUSED, NOW)


@pytest.mark.parametrize(("status", "arrived"), [(200, True), (204, True), (299, True), (302, False), (400, False)])
def test_only_what_is_answered_with_2xx_arrived(status: int, arrived: bool) -> None:
    assert Answer(status, error=None if arrived else "refused").arrived is arrived
