"""Which field a value belongs to."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.domain.facts import Reading

Say = Callable[..., Reading]
Told = Callable[..., dict[str, Any]]


def test_several_fields_in_one_message_are_all_taken(told: Told) -> None:
    """TURN-10"""
    found = told("my name is Sara Lee\nsara@example.com\n0501234567\n2 bedrooms, budget 90k")

    assert found == {
        "full_name": "Sara Lee",
        "email": "sara@example.com",
        "phone": "+971501234567",
        "bedrooms": 2,
        "budget": {"amount": 90_000, "currency": "AED"},
    }


def test_no_date_of_two_kinds_is_lost(told: Told) -> None:
    """LEAD-8"""
    found = told("my visa expires on 3 april 2026 and my passport expires on 5 may 2027")

    assert found == {"visa_expiry": ["2026-04-03"], "passport_expiry": ["2027-05-05"]}


def test_no_date_of_one_kind_is_lost(told: Told) -> None:
    """LEAD-8"""
    found = told(
        "visa expires 3 april 2026, the other one 9 april 2026", "visa_expiry", known={"service": "FAMILY_VISA"}
    )

    assert found["visa_expiry"] == ["2026-04-03", "2026-04-09"]


@pytest.mark.parametrize(
    ("text", "known", "field", "value"),
    [
        ("no, my e-mail is new@example.com", {"email": "old@example.com"}, "email", "new@example.com"),
        ("sorry i meant 3 partners", {"partners": 2}, "partners", 3),
        ("actually my budget is 70k", {"budget": {"amount": 90_000, "currency": "AED"}}, "budget", None),
        ("قصدي مصري", {"nationality": "JO"}, "nationality", "EG"),
    ],
)
def test_a_correction_says_that_it_is_one(say: Say, text: str, known: dict[str, Any], field: str, value: Any) -> None:
    """LEAD-4"""
    fact = next(fact for fact in say(text, known=known).facts if fact.field == field)

    assert fact.correction
    assert value is None or fact.value == value


def test_the_same_value_again_is_no_correction(say: Say) -> None:
    fact = say("sorry, my e-mail is a@example.com", known={"email": "a@example.com"}).facts[0]

    assert not fact.correction


def test_what_was_asked_is_surer_than_what_was_not(say: Say) -> None:
    asked = say("tomorrow", "meeting").facts[0].confidence
    unasked = max((fact.confidence for fact in say("tomorrow").facts), default=0.0)

    assert unasked < asked


def test_a_cue_outweighs_what_was_asked(told: Told) -> None:
    assert told("3 partners", "bedrooms") == {"partners": 3}


def test_a_value_of_another_field_is_taken_beside_the_answer(told: Told) -> None:
    found = told("trading, 2 partners", "activity", known={"service": "FREEZONE_COMPANY"})

    assert found == {"activity": "trading", "partners": 2}
