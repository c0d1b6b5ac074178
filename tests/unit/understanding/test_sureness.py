"""Confidence is told by the kind of evidence, and never carries a value over a limit."""

from collections.abc import Callable

import pytest

from surereply.domain.facts import Reading
from surereply.domain.flow import FieldType, Limits
from surereply.understanding.sureness import told


def test_a_date_that_answers_its_question_is_surer_than_one_that_comes_unasked() -> None:
    answer, unasked = (told(0.95, FieldType.DATE, is_asked=asked, is_whole=False) for asked in (True, False))

    assert answer > unasked > 0.95


def test_a_text_among_other_words_is_less_sure_than_one_that_is_the_whole_message() -> None:
    among, whole = (told(0.9, FieldType.TEXT, is_asked=True, is_whole=whole) for whole in (False, True))

    assert among < whole == 0.9


@pytest.mark.parametrize("kind", [*FieldType])
@pytest.mark.parametrize("is_asked", [True, False])
@pytest.mark.parametrize("is_whole", [True, False])
def test_no_value_is_carried_over_the_usual_limits(kind: FieldType, is_asked: bool, is_whole: bool) -> None:
    limits = Limits()
    for percent in range(101):
        weighed = percent / 100

        confidence = told(weighed, kind, is_asked=is_asked, is_whole=is_whole)

        for limit in (limits.ignore_below, limits.confirm_below):
            assert (confidence < limit) == (weighed < limit)
        assert 0 <= confidence <= 1


def test_the_reader_is_less_sure_of_a_text_among_other_words(
    say_with: Callable[..., Callable[..., Reading]],
) -> None:
    say = say_with(cuisine={"kind": "text", "label": "Cuisine"})

    whole, among = (_confidence(say(text, "cuisine")) for text in ("thai", "I'd love some thai please"))

    assert whole > among


def _confidence(reading: Reading) -> float:
    return next(fact.confidence for fact in reading.facts if fact.field == "cuisine")
