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


@pytest.mark.parametrize(
    "text",
    [
        "visa expires 3 april 2027, passport expires 5 may 2029",
        "my visa expires 3 april 2027 and passport 5 may 2029",
        "passport expires 5 may 2029, visa expires 3 april 2027",
        "تأشيرتي تنتهي 3 أبريل 2027, passport expires 5 may 2029",
    ],
)
@pytest.mark.parametrize("asked", ["", "visa_expiry", "passport_expiry"])
def test_a_cue_outweighs_the_question_for_dates_of_two_kinds(told: Told, text: str, asked: str) -> None:
    """LEAD-8"""
    found = told(text, asked, known={"service": "FAMILY_VISA"})

    assert found == {"visa_expiry": ["2027-04-03"], "passport_expiry": ["2029-05-05"]}


def test_a_cue_behind_a_value_outweighs_the_question_too(told: Told) -> None:
    """LEAD-8"""
    found = told("3 april 2027, and 5 may 2029 for the passport", "visa_expiry", known={"service": "FAMILY_VISA"})

    assert found == {"visa_expiry": ["2027-04-03"], "passport_expiry": ["2029-05-05"]}


def test_a_date_of_another_kind_answers_no_question(told: Told) -> None:
    """LEAD-8"""
    found = told("one more visa expires on 1 June 2027", "passport_expiry", known={"service": "FAMILY_VISA"})

    assert found == {"visa_expiry": ["2027-06-01"]}


@pytest.mark.parametrize(("text", "counted"), [("one more visa expires on 1 june 2027", []), ("one more visa", [1])])
def test_one_that_does_something_counts_nothing(say_with: Callable[..., Say], text: str, counted: list[int]) -> None:
    say = say_with(visas={"kind": "count", "label": "Visas", "minimum": 0, "cues": {"en": ["visa", "visas"]}})

    assert [fact.value for fact in say(text).facts if fact.field == "visas"] == counted


@pytest.mark.parametrize(
    "text",
    [
        "family visa, my visa, it expires on 3 april 2027 and my wife's on 9 april 2027",
        "family visa, my passport, which expires on 3 april 2027, and the other one on 9 april 2027",
    ],
)
def test_a_list_of_dates_goes_on_behind_its_first_cue(told: Told, text: str) -> None:
    """LEAD-8"""
    dates = [value for field, value in told(text).items() if field != "service"]

    assert dates == [["2027-04-03", "2027-04-09"]]


def test_a_date_of_a_new_clause_is_no_more_of_the_list(told: Told) -> None:
    found = told("my visa expires on 3 april 2027 and i need it by 9 march 2027", known={"service": "FAMILY_VISA"})

    assert found["visa_expiry"] == ["2027-04-03"]


@pytest.mark.parametrize(
    ("text", "asked", "field", "value"),
    [
        ("sorry, no, partners is 2", "bedrooms", "partners", 2),
        ("partners is 2", "bedrooms", "partners", 2),
        ("bedrooms: 4", "partners", "bedrooms", 4),
        ("عدد الشركاء هو 2", "bedrooms", "partners", 2),
    ],
)
def test_who_says_what_a_number_is_corrects_it(say: Say, text: str, asked: str, field: str, value: int) -> None:
    """LEAD-4"""
    facts = [fact for fact in say(text, asked, known={"partners": 3, "bedrooms": 1}).facts if fact.correction]

    assert [(fact.field, fact.value) for fact in facts] == [(field, value)]


def test_a_number_of_another_field_tells_no_option(say_with: Callable[..., Say]) -> None:
    options = {"soon": {"label": "in 2 weeks"}, "later": {"label": "in 3 months"}}
    say = say_with(timeline={"kind": "choice", "label": "Timeline", "options": options})

    counted, bare = ({f.field: f.value for f in say(text, "timeline").facts} for text in ("partners is 2", "2"))

    assert counted["partners"] == 2
    assert "timeline" not in counted
    assert bare == {"timeline": "soon"}
