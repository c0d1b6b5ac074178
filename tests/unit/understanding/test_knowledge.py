"""Customers' questions find the flow's own answers."""

from collections.abc import Callable

import pytest

from surereply.domain.facts import Reading

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
