"""`Label: answer`: the label states nothing, and the answer is its field's."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.domain.facts import Reading

Say = Callable[..., Reading]
Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Inside the country: no", "inside", False),
        ("inside the country : yes", "inside", True),
        ("Pets: none\nFurnished: no", "furnished", False),
        ("my dog: no", "pets", False),
        ("داخل الدولة: لا", "inside", False),
        ("مفروش: نعم", "furnished", True),
    ],
)
@pytest.mark.parametrize("is_asked", [True, False])
def test_the_answer_to_a_label_is_taken(told: Told, text: str, field: str, value: bool, is_asked: bool) -> None:
    assert told(text, field if is_asked else "")[field] is value


def test_a_label_names_no_country_and_no_option(say: Say, say_with: Callable[..., Say]) -> None:
    say_inside = say_with(
        inside={"kind": "yes_no", "label": "Inside the UAE"},
        family={
            "kind": "choice",
            "label": "The family is",
            "options": {"here": {"label": "inside the UAE"}, "away": {"label": "abroad"}},
        },
    )

    facts = {fact.field: fact.value for fact in say_inside("Inside the UAE: no").facts}

    assert facts == {"inside": False}


def test_an_option_that_is_a_label_is_taken_by_a_yes(say_with: Callable[..., Say]) -> None:
    options = {"card": {"label": "Medical card"}, "self": {"label": "By myself"}}
    say = say_with(payment={"kind": "choice", "label": "Payment", "options": options, "cues": {"en": ["medical card"]}})

    yes, no = (say(f"Medical card: {answer}").facts for answer in ("yes", "not yet"))

    assert [(fact.field, fact.value) for fact in yes] == [("payment", "card")]
    assert no == ()


def test_an_option_for_none_is_taken_by_a_no(say_with: Callable[..., Say]) -> None:
    options = {"insured": {"label": "Insured"}, "self": {"label": "No insurance"}}
    say = say_with(payment={"kind": "choice", "label": "Insurance", "options": options})

    facts = [(fact.field, fact.value, fact.text) for fact in say("Insurance: no").facts]

    assert facts == [("payment", "self", "no")]


def test_a_yes_or_no_field_takes_its_own_words_behind_its_label(say_with: Callable[..., Say]) -> None:
    say = say_with(
        insured={
            "kind": "yes_no",
            "label": "Insurance",
            "cues": {"en": ["insurance", "insured"]},
            "options": {
                "yes": {"label": "Yes", "synonyms": {"en": ["insurance", "insured"]}},
                "no": {"label": "No", "synonyms": {"en": ["i pay myself", "cash"], "ar": ["أدفع بنفسي"]}},
            },
        }
    )

    answers = [say(text).facts for text in ("Insurance: I pay myself", "insurance: cash", "insurance: أدفع بنفسي")]

    assert [[(fact.field, fact.value) for fact in facts] for facts in answers] == [[("insured", False)]] * 3


def test_a_refused_word_for_yes_is_a_no(say_with: Callable[..., Say]) -> None:
    options = {"yes": {"label": "Yes", "synonyms": {"en": ["insured"]}}, "no": {"label": "No"}}
    say = say_with(insured={"kind": "yes_no", "label": "Insurance", "options": options})

    answers = [say(text, "insured").facts for text in ("i am insured", "i am not insured")]

    assert [[fact.value for fact in facts] for facts in answers] == [[True], [False]]


@pytest.mark.parametrize(
    ("text", "asked", "field"),
    [
        ("Name: Priya Nair", "activity", "full_name"),
        ("Full name: Priya Nair", "file_number activity", "full_name"),
        ("My name is Priya Nair", "activity", "full_name"),
        ("My second name is Nair", "activity", "full_name"),
        ("E-mail: a@example.com", "activity", "email"),
        ("My e-mail is a@example.com", "area", "email"),
        ("الاسم: محمد علي", "activity", "full_name"),
        ("البريد: a@example.com", "area", "email"),
    ],
)
def test_what_introduces_another_value_answers_no_question(told: Told, text: str, asked: str, field: str) -> None:
    assert list(told(text, asked)) == [field]


def test_an_answer_beside_a_label_is_still_one(told: Told) -> None:
    assert told("Partners: 2, general trading", "activity") == {"partners": 2, "activity": "general trading"}


def test_a_clause_with_a_colon_that_is_no_label_states_what_it_says(told: Told) -> None:
    assert told("we want: a furnished flat")["furnished"] is True
    assert told("Family visa: how fast?")["service"] == "FAMILY_VISA"
