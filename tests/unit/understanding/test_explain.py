"""The shape that `surereply understand` promises."""

from datetime import datetime
from typing import Any

import pytest

from surereply.commands.explaining import explain_message
from surereply.commands.failures import WrongUse
from surereply.domain.flow import Flow
from surereply.understanding.explain import NotUnderstandable, understand_line

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
