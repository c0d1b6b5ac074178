"""The error table and the fold of reports, row by row."""

import itertools
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surereply.domain.outcome import (
    ALERTS,
    KEEPS_THE_REPLY,
    RANGES,
    RULES,
    Action,
    Verdict,
    fold,
    judge,
)
from surereply.domain.replies import Reported

# The rows of the reference, in its order: codes, action, verdict as the answer to a send.
TABLE = [
    ((1, 2, 131000, 131016), Action.UNKNOWN, Verdict.UNKNOWN),
    ((4,), Action.SLOW_APP, Verdict.REJECTED_RETRY),
    ((80007,), Action.SLOW_ACCOUNT, Verdict.REJECTED_RETRY),
    ((130429,), Action.SLOW_LINE, Verdict.REJECTED_RETRY),
    ((131056,), Action.HOLD_CONVERSATION, Verdict.REJECTED_RETRY),
    ((131048,), Action.PAUSE_LINE, Verdict.REJECTED_RETRY),
    ((131057,), Action.RETRY_AFTER_60S, Verdict.REJECTED_RETRY),
    ((131052, 131053), Action.RETRY_FEW, Verdict.REJECTED_RETRY),
    (
        (0, 3, 10, 190, 200, 250, 299, 131005),
        Action.STOP_LINE_UNTIL_TOKEN,
        Verdict.REJECTED_RETRY,
    ),
    ((368, 131031, 130497), Action.STOP_LINE, Verdict.REJECTED_RETRY),
    ((131042, 131044), Action.STOP_WHAT_COSTS, Verdict.REJECTED_RETRY),
    ((131045, 133010), Action.STOP_LINE, Verdict.REJECTED_RETRY),
    (
        (100, 131008, 131009, 131020, 131021, 131051, 132000, 132015, 132068, 132099, 135000),
        Action.FAIL_HAND_OVER,
        Verdict.REJECTED_FOR_GOOD,
    ),
    ((131026,), Action.FAIL_MARK_CONTACT, Verdict.REJECTED_FOR_GOOD),
    ((131047,), Action.FAIL_WINDOW, Verdict.REJECTED_FOR_GOOD),
    ((131049,), Action.FAIL_MARKETING_24H, Verdict.REJECTED_FOR_GOOD),
    ((131050,), Action.SUPPRESS_MARKETING, Verdict.REJECTED_FOR_GOOD),
    ((130472,), Action.FAIL_NO_RETRY, Verdict.REJECTED_FOR_GOOD),
    ((131062,), Action.FAIL_NEEDS_PHONE, Verdict.REJECTED_FOR_GOOD),
    ((131030,), Action.FAIL_TEST_NUMBER, Verdict.REJECTED_FOR_GOOD),
]
ROWS = [(code, action, verdict) for codes, action, verdict in TABLE for code in codes]
LISTED = {code for code, _, _ in ROWS}


@pytest.mark.parametrize(("code", "action", "verdict"), ROWS)
def test_every_code_of_the_table_has_its_rule(code: int, action: Action, verdict: Verdict) -> None:
    rule = judge(code)

    assert (rule.action, rule.verdict) == (action, verdict)
    assert rule.hint


def test_the_table_holds_no_code_that_the_reference_does_not_name() -> None:
    assert set(RULES) <= LISTED
    assert [codes for codes, _ in RANGES] == [range(200, 300), range(132000, 132100)]


@given(st.one_of(st.none(), st.integers(0, 2**31 - 1)))
def test_a_code_on_no_list_leaves_the_send_in_doubt(code: int | None) -> None:
    """OUT-17."""
    listed = code in RULES or any(code in codes for codes, _ in RANGES)

    rule = judge(code)

    assert listed or rule.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("code", [199, 300, 131999, 132100])
def test_a_range_ends_where_the_reference_says(code: int) -> None:
    assert judge(code).verdict is Verdict.UNKNOWN


def test_the_owner_may_add_codes_to_the_list() -> None:
    extra = frozenset({131000, 777777})

    assert judge(131000, extra).verdict is Verdict.REJECTED_RETRY
    assert judge(777777, extra).verdict is Verdict.REJECTED_RETRY
    assert judge(777778, extra).verdict is Verdict.UNKNOWN


def test_the_owners_list_changes_no_rule_that_knows_better() -> None:
    assert judge(131047, frozenset({131047})).action is Action.FAIL_WINDOW


def test_whatever_stops_or_pauses_a_line_keeps_its_queue() -> None:
    assert ALERTS < KEEPS_THE_REPLY


REPORTS = st.lists(st.sampled_from(Reported), max_size=6)


@given(REPORTS, st.randoms(use_true_random=False))
def test_reports_fold_to_the_same_in_any_order_and_number(reports: list[Reported], random: Random) -> None:
    """OUT-6."""
    shuffled = reports + [random.choice(reports) for _ in reports]
    random.shuffle(shuffled)

    assert _folded(reports) == _folded(shuffled)


def test_delivered_and_read_outrank_failed_which_outranks_sent() -> None:
    """OUT-6, OUT-18."""
    for order in itertools.permutations(Reported):
        assert _folded(order) is Reported.READ
    assert _folded([Reported.DELIVERED, Reported.FAILED, Reported.SENT]) is Reported.DELIVERED
    assert _folded([Reported.FAILED, Reported.DELIVERED]) is Reported.DELIVERED
    assert _folded([Reported.FAILED, Reported.SENT]) is Reported.FAILED


def test_a_report_that_says_nothing_changes_nothing() -> None:
    assert fold(None, None) is None
    assert fold(Reported.SENT, None) is Reported.SENT
    assert fold(None, Reported.SENT) is Reported.SENT


def _folded(reports: Iterable[Reported]) -> Reported | None:
    folded: Reported | None = None
    for report in reports:
        folded = fold(folded, report)
    return folded
