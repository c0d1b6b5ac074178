"""Customers' questions find the flow's own answers."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.understanding.reader import FlowReader

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))
Say = Callable[..., Reading]


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("how much is it?", "price"),
        ("what does it cost", "price"),
        ("what are your fees?", "price"),
        ("which papers do i need?", "documents"),
        ("where are you located?", "address"),
        ("كم السعر؟", "price"),
        ("كم التكلفة", "price"),
        ("وين موقعكم؟", "address"),
    ],
)
def test_a_question_finds_its_answer(say: Say, text: str, entry: str) -> None:
    reading = say(text)

    assert [hit.entry for hit in reading.knowledge][:1] == [entry]
    assert reading.unanswered is None


def test_the_service_in_question_has_its_own_answer_first(say: Say) -> None:
    assert say("how much is a family visa?").knowledge[0].entry == "price_family"
    assert say("how much is it?", known={"service": "FAMILY_VISA"}).knowledge[0].entry == "price_family"


def test_an_answer_for_another_service_is_none(say: Say) -> None:
    hits = say("how much is it?", known={"service": "VISIT_VISA"}).knowledge

    assert [hit.entry for hit in hits] == ["price"]


@pytest.mark.parametrize("text", ["do you repair bicycles?", "what is the meaning of life", "هل تبيعون السيارات؟"])
def test_a_question_without_an_answer_is_handed_on_in_its_words(say: Say, text: str) -> None:
    reading = say(text)

    assert reading.knowledge == ()
    assert reading.unanswered == text


@pytest.mark.parametrize("text", ["i need a visit visa", "hello", "yes", "can you help me with a family visa?"])
def test_what_asks_nothing_is_not_unanswered(say: Say, text: str) -> None:
    assert say(text).unanswered is None


@pytest.mark.parametrize(
    "text", ["tell me the price", "price pls what is it", "kindly send price list whats the price"]
)
def test_a_question_without_a_mark_finds_its_answer(say: Say, text: str) -> None:
    assert [hit.entry for hit in say(text).knowledge][:1] == ["price"]


@pytest.mark.parametrize("text", ["whats the documets i need", "where is ur ofice", "is the adress far"])
def test_a_misspelt_question_finds_its_answer(say: Say, text: str) -> None:
    assert say(text).knowledge != ()


@pytest.mark.parametrize(
    "text", ["who sets the price", "why that price", "how many documents did you sell", "which brand is your office"]
)
def test_another_question_about_the_same_thing_is_not_answered(say: Say, text: str) -> None:
    assert say(text).knowledge == ()


@pytest.mark.parametrize(
    "text",
    [
        "i have no documents",
        "without documents",
        "price is not a problem",
        "i paid",
        "the price of bread fell",
        "price 😡",
    ],
)
def test_a_statement_is_given_no_answer(say: Say, text: str) -> None:
    """What denies, what shares a word in passing, what is said in anger."""
    assert say(text).knowledge == ()


def test_a_word_of_its_own_is_no_slip_of_another(flow: Flow) -> None:
    """`house` is a word, however near to `hours`; `hourz` is none."""
    hours = {"hours": {"questions": {"en": ["what are your hours"]}, "answer": "…"}}
    reader = FlowReader(Flow.model_validate(flow.model_dump() | {"knowledge": hours}))

    assert reader.read_text("what are your hourz?", Context(now=NOW)).knowledge != ()
    assert reader.read_text("is the house big?", Context(now=NOW)).knowledge == ()


def test_naming_a_service_alone_is_given_no_answer_of_its_entry(say: Say) -> None:
    assert say("what is a family visa?").knowledge == ()


def test_a_matter_is_one_in_all_languages_of_a_flow(say: Say) -> None:
    """An owner who wrote the question in one language is understood in the other."""
    assert say("بكم فيزا العائلة؟", known={"service": "FAMILY_VISA"}).knowledge[0].entry == "price_family"
