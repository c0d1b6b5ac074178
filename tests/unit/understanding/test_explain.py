"""The shape that `surereply understand` promises."""

from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from surereply.commands.explaining import explain_message
from surereply.commands.failures import WrongUse
from surereply.domain.facts import Context, Reading, WhyRefused
from surereply.domain.flow import Flow
from surereply.understanding.explain import NotUnderstandable, explain_line, understand_line
from surereply.understanding.reader import read_text
from surereply.understanding.stages import STAGES

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))

LINE = {"text": "Sara, 2 bedrooms", "asked": ["full_name"], "now": "2026-03-02T10:00:00", "language": "en"}


def test_the_keys_are_those_of_the_contract(flow: Flow) -> None:
    shown = understand_line(flow, LINE)

    assert set(shown) == {"facts", "signals", "language"}
    assert shown["facts"][0] == {
        "field": "full_name",
        "value": "Sara",
        "text": "Sara",
        "start": 0,
        "end": 4,
        "confidence": 0.93,
        "source": "stated",
    }


def test_offsets_are_null_where_no_words_carry_the_fact(flow: Flow) -> None:
    shown = understand_line(flow, {"text": "yes", "confirmed": {"partners": [2]}, "now": "2026-03-02T10:00:00"})

    assert [(f["value"], f["text"], f["start"], f["end"]) for f in shown["facts"]] == [(2, None, None, None)]
    assert shown["signals"] == ["yes"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"text": None}, "text must be a string"),
        ({"asked": 3}, "asked must be a list"),
        ({"asked": [1]}, "asked must be a list"),
        ({"now": "yesterday"}, "now must be a time"),
        ({"now": None}, "now must be a time"),
        ({"known": []}, None),
        ({"known": "x"}, "known must be an object"),
        ({"offered": 1}, "offered must be an object"),
        ({"language": 1}, "language must be a string"),
        ({"colour": "red"}, "unknown key colour"),
    ],
)
def test_bad_input_is_one_clear_line(flow: Flow, change: dict[str, Any], complaint: str | None) -> None:
    line = {**LINE, **change}
    if complaint is None:
        assert understand_line(flow, line)["facts"]
        return
    with pytest.raises(NotUnderstandable, match=complaint):
        understand_line(flow, line)


def test_what_is_no_object_is_refused(flow: Flow) -> None:
    with pytest.raises(ValueError, match="must be a JSON object"):
        understand_line(flow, [])  # type: ignore[arg-type]


def test_a_line_without_a_time_is_read_at_the_caller_s(flow: Flow) -> None:
    shown = understand_line(flow, {"text": "tomorrow", "asked": ["meeting"]}, datetime(2026, 3, 2, 10, 0))

    assert [fact["value"] for fact in shown["facts"]] == ["2026-03-03"]


def test_a_message_is_explained_for_people(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain_message(flow, "Sara, 2 bedrooms", ["full_name"], datetime(2026, 3, 2, 10, 0), width=120) == 0

    shown = capsys.readouterr().out
    assert "full_name" in shown
    assert "written" in shown
    assert "language: en" in shown


def test_a_field_that_the_flow_has_not_is_refused(flow: Flow) -> None:
    with pytest.raises(WrongUse, match="--asked colour"):
        explain_message(flow, "red", ["colour"])


def test_candidates_that_were_not_taken_are_told_with_the_reason(flow: Flow) -> None:
    """No decision rests on them; whoever looks sees them."""
    refused = say_all(flow, "2 bedrooms, no, 3 bedrooms, on 31 february").refused

    assert [(one.text, one.field, one.value, one.why) for one in refused] == [
        ("3", "bedrooms", 3, WhyRefused.SURER_ONE),
        ("31 february", "date", None, WhyRefused.IMPOSSIBLE),
    ]


def test_a_value_that_no_field_takes_is_told(flow: Flow) -> None:
    fields = {name: field for name, field in flow.fields.items() if name not in {"meeting", "born"}}
    reading = say_all(flow.model_copy(update={"fields": fields}), "call me on 3 may")

    assert all(fact.value != "2026-05-03" for fact in reading.facts)
    assert [(one.value, one.text, one.why) for one in reading.refused if one.field == "date"] == [
        ("2026-05-03", "3 may", WhyRefused.NO_FIELD)
    ]


def test_each_stage_tells_its_time_by_the_clock_that_is_passed_in(flow: Flow) -> None:
    ticks = count()
    _, milliseconds = explain_line(flow, LINE, NOW, lambda: float(next(ticks)))

    assert set(milliseconds) == set(STAGES)
    assert milliseconds["normalise"] == 1_000


def test_explaining_changes_nothing_of_what_is_read(flow: Flow) -> None:
    explained, _ = explain_line(flow, LINE, NOW, lambda: 0.0)

    assert [fact.value for fact in explained.facts] == [fact["value"] for fact in understand_line(flow, LINE)["facts"]]


def test_what_was_not_taken_and_the_times_are_shown_to_people(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    explain_message(flow, "2 bedrooms, no, 3 bedrooms. how much is it?", [], datetime(2026, 3, 2, 10, 0), width=160)

    shown = capsys.readouterr().out
    assert "another value is surer" in shown
    assert "answered from: price" in shown
    assert "recognisers" in shown


def say_all(flow: Flow, text: str) -> Reading:
    return read_text(flow, text, Context(now=NOW))
