"""What the steps write in English is read in the language of the page: reasons of turns, hints, figures of health."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from surereply.domain import outcome
from surereply.domain.flow_file import parse_flow
from surereply.domain.handing_over import TOLD
from surereply.domain.health import Figures, LineState, judge_health
from surereply.domain.rehearsal import begin, customer_says, customer_taps
from surereply.understanding.reader import read
from surereply.web.panel.phrases import PREFIX, said_in
from surereply.web.panel.texts import texts_in, whole_table

ARABIC, ENGLISH = texts_in("ar"), texts_in("en")
FLOWS = sorted((Path(__file__).resolve().parents[3] / "flows").glob("*.yaml"))
NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def in_arabic(sentence: str) -> bool:
    said = said_in(ARABIC, sentence)
    return said != sentence and bool(re.search("[\u0600-\u06ff]", said))


def test_a_sentence_is_said_part_by_part_with_what_it_names() -> None:
    said = said_in(ARABIC, "new lead; question nationality: first unknown field (FREELANCE_VISA)")

    assert said == "عميل محتمل جديد; سؤال nationality: أول حقل غير معروف (FREELANCE_VISA)"


def test_what_nobody_translated_stays_as_it_is() -> None:
    for sentence in ("a sentence of tomorrow", "new lead {braces}", "", "12 parsecs"):
        assert said_in(ARABIC, sentence) == sentence
    assert said_in(ARABIC, None) == ""


def test_english_is_left_alone() -> None:
    assert said_in(ENGLISH, "new lead; handover: is angry") == "new lead; handover: is angry"


def test_what_it_names_is_never_taken_for_a_text_of_ours() -> None:
    assert "{0.__class__}" in said_in(ARABIC, "question {0.__class__}: put again")


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_every_reason_of_the_shipped_flows_own_conversations_is_said(path: Path) -> None:
    reasons = set(reasons_of(path))

    assert reasons
    assert [one for one in reasons if not in_arabic(one)] == []


def reasons_of(path: Path) -> Iterator[str]:
    flow = parse_flow(path.read_text(encoding="utf-8"), path.stem)
    for test in flow.tests:
        rehearsal, now = begin(flow), NOW
        for step in test.conversation:
            now += timedelta(minutes=1)
            if step.taps is not None:
                rehearsal = customer_taps(rehearsal, step.taps, now, read) or rehearsal
            else:
                rehearsal = customer_says(rehearsal, step.says or "", now, read)
            if rehearsal.turn and rehearsal.turn.why:
                yield rehearsal.turn.why


@pytest.mark.parametrize("told", sorted(TOLD.values()))
def test_every_reason_for_a_person_is_said(told: str) -> None:
    assert in_arabic(f"handover: {told}")


def test_every_hint_of_an_error_code_is_said() -> None:
    rules = [one for one in vars(outcome).values() if isinstance(one, outcome.Rule)]
    rules += [rule for one in vars(outcome).values() if isinstance(one, dict) for rule in one.values()]
    hints = {rule.hint for rule in rules if isinstance(rule, outcome.Rule) and rule.hint}

    assert len(hints) > 20
    assert [hint for hint in hints if not in_arabic(hint)] == []


def test_every_figure_of_health_is_said() -> None:
    bad = Figures(
        refusing_s=200, unread_overdue_s=9000, failing_turns=2, merge_waiting_s=100, pending_overdue_s=100,
        sending_overdue_s=100, report_overdue_s=400, unknown_s=60, unknown=3, failed=2, alarms=1, second_copies=1,
        quarantined=4, handover_waiting_s=1000, handovers_waiting=2, months_ahead=0, odd_rows=7,
        lines=(LineState("Main", paused=True),),
    )  # fmt: skip
    told = {reason.code: reason.told for reason in judge_health(bad)[1]}

    worded = {code: one for code, one in told.items() if one not in ("2", "7", "Main")}
    assert worded.keys() >= {"unread_waiting", "unknown_replies", "quarantined", "partitions_low"}
    assert [one for one in worded.values() if not in_arabic(one)] == []
    assert told["failed_replies"] == "2"
    assert told["line_paused"] == "Main"


@pytest.mark.parametrize("key", sorted(key for key in whole_table() if key.startswith(PREFIX)))
def test_each_phrase_is_met_by_what_it_says(key: str) -> None:
    """Two phrases that match the same would make one of them dead."""
    named = set(re.findall(r"\{(\w+)\}", ENGLISH(key)))
    values = {name: "7" if name in ("count", "attempt", "step") else "x" for name in named}

    assert said_in(ARABIC, ENGLISH(key).format(**values)) == ARABIC(key).format(**values)
