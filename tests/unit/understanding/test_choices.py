"""Options, services and yes-or-no fields: named, misspelt, refused, asked about."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.domain.facts import Reading, Signal

Say = Callable[..., Reading]
Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("mainland", "mainland"),
        ("on shore", "mainland"),
        ("freezone", "freezone"),
        ("free zone", "freezone"),
        ("free-zone", "freezone"),
        ("a free zone licence please", "freezone"),
        ("mainlnd", "mainland"),
        ("not mainland, freezone", "freezone"),
        ("منطقة حرة", "freezone"),
        ("المنطقة الحرة", "freezone"),
        ("بر رئيسي", "mainland"),
    ],
)
def test_an_option_is_known_by_its_words(told: Told, text: str, key: str) -> None:
    assert told(text, "licence", known={"service": "FREEZONE_COMPANY"})["licence"] == key


def test_a_misspelt_option_is_less_sure_than_a_plain_one(say: Say) -> None:
    plain, misspelt = (say(text, "licence").facts[0].confidence for text in ("mainland", "mainlnd"))

    assert 0.6 <= misspelt < plain


@pytest.mark.parametrize("text", ["mainland or free zone", "either mainland or freezone"])
def test_two_options_at_once_are_only_a_guess(say: Say, text: str) -> None:
    confidences = [fact.confidence for fact in say(text, "licence").facts if fact.field == "licence"]

    assert max(confidences) < 0.7


@pytest.mark.parametrize("text", ["what is the difference between mainland and freezone?", "is mainland better?"])
def test_a_question_about_options_is_no_answer(told: Told, text: str) -> None:
    """TURN-7"""
    assert "licence" not in told(text, "licence", known={"service": "FREEZONE_COMPANY"})


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("hi, i need a visit visa", "VISIT_VISA"),
        ("how much is a family visa?", "FAMILY_VISA"),
        ("visa for my wife", "FAMILY_VISA"),
        ("not a visit visa but a family visa", "FAMILY_VISA"),
        ("fre zone company", "FREEZONE_COMPANY"),
        ("ابي تأشيرة زيارة", "VISIT_VISA"),
    ],
)
def test_the_service_is_read_from_its_words(told: Told, text: str, service: str) -> None:
    assert told(text)["service"] == service


@pytest.mark.parametrize("text", ["not a visit visa", "no visit visa please", "hello", "my licence"])
def test_no_service_is_read_where_none_is_wanted(told: Told, text: str) -> None:
    """LEAD-1: a message that names no service says nothing of it."""
    assert "service" not in told(text)


def test_a_service_and_what_it_needs_may_share_their_words(told: Told) -> None:
    assert told("free zone company") == {"service": "FREEZONE_COMPANY", "licence": "freezone"}


def test_a_list_takes_every_option(told: Told) -> None:
    assert told("urdu and hindi", "languages") == {"languages": ["urdu", "hindi"]}


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("yes", "pets", True),
        ("no", "pets", False),
        ("yep, two dogs", "pets", True),
        ("not yet", "pets", False),
        ("نعم", "furnished", True),
        ("لا", "furnished", False),
        ("i'm inside the country", "inside", True),
        ("abroad", "inside", False),
        ("خارج الدولة", "inside", False),
        ("unfurnished", "furnished", False),
        ("غير مفروش", "furnished", False),
    ],
)
def test_yes_or_no_is_read_in_answer(told: Told, text: str, field: str, value: bool) -> None:
    assert told(text, field)[field] is value


@pytest.mark.parametrize(("text", "value"), [("we have a dog", True), ("no pets", False), ("without pets", False)])
def test_a_yes_or_no_field_is_filled_by_its_cue(told: Told, text: str, value: bool) -> None:
    assert told(text)["pets"] is value


@pytest.mark.parametrize("text", ["are pets allowed?", "do they allow pets", "can you tell me if pets are ok?"])
def test_asking_about_it_says_neither_yes_nor_no(told: Told, text: str) -> None:
    assert "pets" not in told(text)


@pytest.mark.parametrize(("text", "key"), [("شهر", "days_30"), ("شهرين", "days_60"), ("one month", "days_30")])
def test_an_exact_word_beats_its_stem(told: Told, text: str, key: str) -> None:
    assert told(text, "length")["length"] == key


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("urgently, cancel 2 visas", "CANCELLATION"),
        ("cancel two visas please", "CANCELLATION"),
        ("a free zone company, 2 partners 3 visas", "FREEZONE_COMPANY"),
    ],
)
def test_a_service_is_named_whatever_number_stands_in_it(say: Say, text: str, service: str) -> None:
    surest = max((fact for fact in say(text).facts if fact.field == "service"), key=lambda fact: fact.confidence)

    assert surest.value == service
    assert surest.confidence >= 0.7


@pytest.mark.parametrize("text", ["does not hurt", "it does not hurt", "doesn't hurt"])
def test_a_denial_without_a_subject_is_no_question(say_with: Callable[..., Say], text: str) -> None:
    options = {"strong": {"label": "Strong"}, "none": {"label": "None", "synonyms": {"en": ["does not hurt"]}}}
    options["none"]["synonyms"]["en"].append("doesn't hurt")
    reading = say_with(pain={"kind": "choice", "label": "Pain", "options": options})(text, "pain")

    assert [(fact.value, fact.confidence >= 0.9) for fact in reading.facts] == [("none", True)]
    assert Signal.QUESTION not in reading.signals


@pytest.mark.parametrize("text", ["any flats with a dog allowed?", "can you show me flats that allow pets?"])
def test_what_is_looked_for_is_wished_for_in_a_question_too(say: Callable[..., Any], text: str) -> None:
    assert [fact.value for fact in say(text).facts if fact.field == "pets"] == [True]


@pytest.mark.parametrize("text", ["are pets allowed?", "is it a place that allows pets?", "do they have a dog?"])
def test_what_is_asked_about_is_not_wished_for(say: Callable[..., Any], text: str) -> None:
    assert [fact.value for fact in say(text).facts if fact.field == "pets"] == []
