"""The verdict over a deployment's figures."""

import dataclasses
import re

import pytest

from surereply.domain.health import REASONS, Colour, Figures, LineState, judge_health, unreachable

WELL = Figures(lines=(LineState("Main"),))


def judged(**changed: object) -> tuple[Colour, dict[str, Colour]]:
    verdict, reasons = judge_health(dataclasses.replace(WELL, **changed))  # type: ignore[arg-type]
    return verdict, {reason.code: reason.verdict for reason in reasons}


def test_a_deployment_at_rest_is_green() -> None:
    assert judge_health(WELL) == (Colour.GREEN, ())


@pytest.mark.parametrize(
    ("figure", "limit", "code"),
    [
        ("unread_overdue_s", 45.0, "unread_waiting"),
        ("pending_overdue_s", 60.0, "pending_waiting"),
        ("sending_overdue_s", 60.0, "sending_stuck"),
        ("report_overdue_s", 300.0, "reports_waiting"),
        ("merge_waiting_s", 60.0, "merges_waiting"),
    ],
)
def test_work_that_nobody_does_is_red_beyond_its_limit(figure: str, limit: float, code: str) -> None:
    assert judged(**{figure: limit}) == (Colour.GREEN, {})
    assert judged(**{figure: limit + 0.1}) == (Colour.RED, {code: Colour.RED})


@pytest.mark.parametrize(
    ("figure", "value", "code", "colour"),
    [
        ("failing_turns", 1, "turns_failing", Colour.RED),
        ("alarms", 1, "dedupe_alarm", Colour.RED),
        ("second_copies", 1, "second_copies", Colour.RED),
        ("unknown", 1, "unknown_replies", Colour.AMBER),
        ("failed", 1, "failed_replies", Colour.AMBER),
        ("quarantined", 1, "quarantined", Colour.AMBER),
        ("default_partitions", ("reply",), "default_partition", Colour.AMBER),
        ("months_ahead", 0, "partitions_low", Colour.AMBER),
        ("odd_rows", 1, "odd_rows", Colour.AMBER),
        ("endpoints_disabled", ("crm.example.org",), "endpoint_disabled", Colour.AMBER),
        ("endpoints_failing", ("crm.example.org",), "endpoint_failing", Colour.AMBER),
        ("lines", (), "no_lines", Colour.AMBER),
        ("lines", (LineState("Main", stopped="token"),), "line_stopped", Colour.RED),
        ("lines", (LineState("Main", templates_stopped=True),), "templates_stopped", Colour.RED),
        ("lines", (LineState("Main", closed="breaker"),), "line_closed", Colour.AMBER),
        ("lines", (LineState("Main", held=True),), "line_held", Colour.AMBER),
        ("lines", (LineState("Main", paused=True),), "line_paused", Colour.AMBER),
    ],
)
def test_each_figure_has_its_reason(figure: str, value: object, code: str, colour: Colour) -> None:
    assert judged(**{figure: value}) == (colour, {code: colour})


def test_doubt_is_amber_and_old_doubt_is_red() -> None:
    assert judged(unknown=1, unknown_s=3600.0) == (Colour.AMBER, {"unknown_replies": Colour.AMBER})
    assert judged(unknown=1, unknown_s=3601.0) == (Colour.RED, {"unknown_old": Colour.RED})


def test_a_customer_may_wait_a_quarter_of_an_hour_for_a_person() -> None:
    assert judged(handovers_waiting=1, handover_waiting_s=900.0) == (Colour.GREEN, {})
    assert judged(handovers_waiting=1, handover_waiting_s=901.0)[1] == {"handovers_waiting": Colour.AMBER}


def test_the_worst_reason_colours_the_verdict_and_stands_first() -> None:
    verdict, reasons = judge_health(dataclasses.replace(WELL, failed=2, quarantined=1, unread_overdue_s=600.0))

    assert verdict is Colour.RED
    assert [reason.verdict for reason in reasons] == [Colour.RED, Colour.AMBER, Colour.AMBER]
    assert reasons[0].sentence == ("messages wait for their turn: no responder takes them (the oldest for 10 min)")


def test_every_reason_that_can_be_given_is_registered() -> None:
    everything = dataclasses.replace(
        WELL,
        unread_overdue_s=1e6, failing_turns=1, merge_waiting_s=1e6, pending_overdue_s=1e6, sending_overdue_s=1e6,
        report_overdue_s=1e6, unknown_s=1e6, unknown=1, failed=1, alarms=1, second_copies=1, quarantined=1,
        handover_waiting_s=1e6, handovers_waiting=1, default_partitions=("reply",), months_ahead=0, odd_rows=1,
        endpoints_disabled=("one",), endpoints_failing=("two",),
        lines=(LineState("Main", "token", True, "breaker", True, True),),
    )  # fmt: skip
    given = {reason.code for reason in judge_health(everything)[1]} | {unreachable().code}

    assert given | {"unknown_replies", "no_lines"} == set(REASONS)
    assert all(re.fullmatch("[a-z_]+", code) for code in REASONS)
