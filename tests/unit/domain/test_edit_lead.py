"""What a person types into a lead."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from surereply.domain.edit_lead import decide, edit_fields
from surereply.domain.facts import Source
from surereply.domain.flow_file import parse_flow
from surereply.domain.lead import FieldValue, Lead, Stage
from surereply.domain.typed_by_hand import WrongValue, typed_by_hand

FLOWS = Path(__file__).resolve().parents[3] / "flows"
FLOW = parse_flow((FLOWS / "business-services.yaml").read_text(), "business-services")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LEAD = Lead(UUID(int=1), FLOW.name, 1, Stage.NEW, NOW)


def with_type(kind: str, **more: Any) -> Any:
    """The flow with one field of this type, named `it`."""
    field = FLOW.fields["full_name"].model_copy(update={"pattern": None, "minimum": None, "maximum": None})
    typed = type(field).model_validate(field.model_dump(exclude_unset=True) | {"type": kind, **more})
    return FLOW.model_copy(update={"fields": {**FLOW.fields, "it": typed}})


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("text", "  a\n b ", "a b"),
        ("yes_no", False, False),
        ("count", 0, 0),
        ("money", 50_000, {"amount": 50_000, "currency": "AED"}),
        ("count", {"from": 1, "to": 2}, {"from": 1, "to": 2}),
        ("duration", {"amount": 30, "unit": "day"}, {"amount": 30, "unit": "day"}),
        ("date", "2026-03-12", "2026-03-12"),
        ("time", "18:30:00", "18:30"),
        ("country", "ae", "AE"),
        ("phone", "050 123 4567", "+971501234567"),
        ("email", "a@example.org", "a@example.org"),
    ],
)  # fmt: skip
def test_a_value_that_fits_is_stored_in_its_shape(kind: str, given: Any, stored: Any) -> None:
    assert typed_by_hand("it", given, with_type(kind)) == stored


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", ""), ("text", "\u200e\x07"), ("text", 3), ("text", "x" * 1001), ("text", None), ("text", []),
        ("yes_no", "yes"), ("yes_no", 1),
        ("count", 1.5), ("count", True), ("count", "3"), ("count", 10**30),
        ("money", "a lot"), ("money", {"amount": "1", "currency": "AED"}), ("money", {"amount": 1, "currency": "aed"}),
        ("money", {"amount": float("nan"), "currency": "AED"}),
        ("duration", {"amount": 1, "unit": "fortnight"}), ("duration", {"amount": -1, "unit": "day"}),
        ("date", "12/03/2026"), ("date", 20260312), ("date", {"from": "2026-01-01", "to": "soon"}),
        ("time", "25:00"), ("country", "XX1"), ("country", "Emirates"), ("phone", "call me"), ("phone", 971501234567),
        ("email", "nobody"), ("text", [[[[["deep"]]]]]),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_what_does(kind: str, given: Any) -> None:
    with pytest.raises(WrongValue, match=r"must|is |its"):
        typed_by_hand("it", given, with_type(kind))


def test_limits_of_the_field_hold_for_people_too() -> None:
    limited = with_type("count", minimum=1, maximum=9)

    assert typed_by_hand("it", 9, limited) == 9
    for given in (0, 10):
        with pytest.raises(WrongValue, match=r"at (least|most)"):
            typed_by_hand("it", given, limited)


def test_items_of_a_list_are_checked_one_by_one() -> None:
    flow = with_type("list", of="email")

    assert typed_by_hand("it", ["a@b.co", "c@d.co"], flow) == ["a@b.co", "c@d.co"]
    assert typed_by_hand("it", "a@b.co", flow) == ["a@b.co"]
    with pytest.raises(WrongValue):
        typed_by_hand("it", ["a@b.co", "nobody"], flow)


def test_a_person_s_service_sets_label_id_and_score() -> None:
    edited, changes = edit_fields(LEAD, {"service": "GOLDEN_VISA"}, FLOW, {"GOLDEN_VISA": 7}, NOW)

    assert (edited.service_type_enum, edited.service_type_id) == ("GOLDEN_VISA", 7)
    assert edited.fields["service"] == FieldValue("GOLDEN_VISA", Source.OPERATOR, 1.0, NOW)
    assert edited.stage is Stage.QUALIFYING
    assert edited.score > LEAD.score
    assert [change.reason for change in changes] == ["set by a person"]


def test_a_service_without_a_row_keeps_its_label() -> None:
    edited, _ = edit_fields(LEAD, {"service": "GOLDEN_VISA"}, FLOW, {}, NOW)

    assert (edited.service_type_enum, edited.service_type_id) == ("GOLDEN_VISA", None)


def test_what_is_known_in_other_words_changes_nothing() -> None:
    once, _ = edit_fields(LEAD, {"full_name": "Amina Khan"}, FLOW, {}, NOW)

    assert edit_fields(once, {"full_name": "amina  khan"}, FLOW, {}, NOW) == (once, ())


def test_the_end_is_set_once_and_keeps_its_day() -> None:
    won = decide(LEAD, Stage.WON, NOW)
    later = decide(won, Stage.LOST, NOW.replace(day=24))

    assert (won.stage, won.closed_at) == (Stage.WON, NOW)
    assert (later.stage, later.closed_at) == (Stage.LOST, NOW)
