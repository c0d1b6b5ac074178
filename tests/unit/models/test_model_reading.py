"""What a model says it read: each fact by its quoted words and the flow's own reader, then beside what that read."""

from typing import Any

import pytest

from support.turns import START, Talk, reads, small_flow, stated
from surereply.domain.facts import Context, Reading, Signal
from surereply.domain.message import MessageKind
from surereply.models.reading import Judged, is_worth_asking, judge
from surereply.models.records import Fate
from surereply.understanding.reader import read_text

FLOW = small_flow()
CONTEXT = Context(START, known={"service": "moving"})


def judged(text: str, *facts: dict[str, Any], reading: Reading | None = None, **answer: Any) -> Judged:
    message = Talk().message(text)
    embedded = read_text(FLOW, text, CONTEXT) if reading is None else reading
    return judge(FLOW, [CONTEXT], [message], [embedded], {"facts": list(facts), **answer})


def fact(field: str, value: Any, words: str, message: int = 1) -> dict[str, Any]:
    return {"field": field, "value": value, "words": words, "message": message}


def fates(found: Judged) -> list[Fate]:
    return [proposal.fate for proposal in found.proposals]


def values(found: Judged) -> dict[str, Any]:
    return {one.field: one.value for one in found.readings[0].facts}


def test_a_fact_that_its_words_say_is_taken_with_the_place_of_its_words() -> None:
    found = judged(
        "Send it to ＢＯＢ@Example.com ok", fact("email", "bob@example.com", "bob@example.com"), reading=reads()
    )

    assert values(found) == {"email": "bob@example.com"}
    taken = found.readings[0].facts[0]
    assert "Send it to ＢＯＢ@Example.com ok"[taken.start : taken.end] == taken.text == "ＢＯＢ@Example.com"
    assert fates(found) == [Fate.TAKEN]


@pytest.mark.parametrize(
    ("fate", "proposed"),
    [
        (Fate.NOT_QUOTED, fact("rooms", 4, "four rooms")),
        (Fate.NOT_QUOTED, fact("rooms", 3, "")),
        (Fate.UNKNOWN, fact("price", 3, "3 rooms")),
        (Fate.UNKNOWN, fact("rooms", 3, "3 rooms", message=2)),
        (Fate.UNKNOWN, {"field": "rooms", "value": 3, "words": None, "message": 1}),
        (Fate.NOT_SAID, fact("name", "Omar Khaled", "Sara Haddad")),
        (Fate.NOT_SAID, fact("email", "me@evil.example", "sara@home.example")),
        (Fate.IMPOSSIBLE, fact("floor", "roof", "3 rooms")),
        (Fate.IMPOSSIBLE, fact("service", "GOLD", "3 rooms")),
        (Fate.IMPOSSIBLE, fact("lift", "yes", "3 rooms")),
        (Fate.IMPOSSIBLE, fact("rooms", "many", "3 rooms")),
        (Fate.IMPOSSIBLE, fact("when", "2026-02-31", "3 rooms")),
        (Fate.IMPOSSIBLE, fact("rooms", {"$ne": 1}, "3 rooms")),
    ],
)
def test_a_fact_that_was_not_said_or_cannot_be_is_not_taken(fate: Fate, proposed: dict[str, Any]) -> None:
    found = judged("3 rooms, Sara Haddad, sara@home.example", proposed, reading=reads())

    assert fates(found) == [fate]
    assert values(found) == {}


def test_what_only_the_model_makes_of_the_words_is_confirmed_first() -> None:
    """No word of it says three; the customer is asked."""
    found = judged(
        "one for each of the kids and one for us", fact("rooms", 3, "one for each of the kids"), reading=reads()
    )

    assert fates(found) == [Fate.UNSURE]
    assert found.readings[0].facts[0].confidence < FLOW.limits.confirm_below


def test_where_model_and_reader_agree_the_reader_s_own_fact_stays() -> None:
    reader = stated("rooms", 3, text="3 rooms", confidence=0.6)

    found = judged("3 rooms", fact("rooms", 3, "3 rooms"), reading=reads(reader))

    assert fates(found) == [Fate.AGREED]
    assert values(found) == {"rooms": 3}
    assert found.readings[0].facts[0].confidence >= FLOW.limits.confirm_below


@pytest.mark.parametrize("sure", [0.5, 0.95])
def test_where_model_and_reader_differ_the_customer_decides(sure: float) -> None:
    reader = stated("rooms", 5, text="5", confidence=sure)

    found = judged("5 of us, 3 rooms", fact("rooms", 3, "3 rooms"), reading=reads(reader))

    assert fates(found) == [Fate.UNSURE]
    (asked,) = found.readings[0].facts
    assert FLOW.limits.ignore_below <= asked.confidence < FLOW.limits.confirm_below


def test_two_cuts_of_one_name_do_not_differ() -> None:
    found = judged("Sara Haddad", fact("name", "Sara", "Sara"), reading=reads(stated("name", "Sara Haddad")))

    assert fates(found) == [Fate.AGREED]
    assert values(found) == {"name": "Sara Haddad"}


def test_a_known_value_is_not_replaced_on_a_model_s_word() -> None:
    message = Talk().message("oh, make that 3 rooms")
    context = Context(START, known={"service": "moving", "rooms": 2})

    found = judge(FLOW, [context], [message], [reads()], {"facts": [fact("rooms", 3, "3 rooms")]})

    assert fates(found) == [Fate.UNSURE]
    assert found.readings[0].facts[0].correction


def test_lists_take_what_is_new_in_them() -> None:
    reader = stated("dates", ["2026-04-01"])
    text = "1 April 2026 and 2 May 2026"

    found = judged(text, fact("dates", "2026-04-01", "1 April 2026"), fact("dates", "2026-05-02", "2 May 2026"),
                   reading=reads(reader))  # fmt: skip

    assert fates(found) == [Fate.AGREED, Fate.TAKEN]
    assert [one.value for one in found.readings[0].facts] == [["2026-04-01"], ["2026-05-02"]]


@pytest.mark.parametrize("signal", [Signal.STOP, Signal.START, Signal.YES, Signal.NO])
def test_stop_start_yes_and_no_are_the_customer_s_own_words(signal: Signal) -> None:
    found = judged("whatever you say", signals=[{"signal": signal.value, "words": "whatever", "message": 1}])

    assert fates(found) == [Fate.NOT_ITS_TO_SAY]
    assert signal not in found.readings[0].signals


def test_a_signal_needs_words_that_stand_there() -> None:
    def signal(words: str) -> dict[str, Any]:
        return {"signal": "wants_person", "words": words, "message": 1}

    found = judged("is there anyone home?", signals=[signal("anyone home"), signal("a human")], reading=reads())

    assert fates(found) == [Fate.TAKEN, Fate.NOT_QUOTED]
    assert found.readings[0].signals == {Signal.WANTS_PERSON}


def test_an_entry_answers_where_the_reader_found_none() -> None:
    answers = [{"entry": "price", "words": "what's the damage", "message": 1}]

    alone = judged("what's the damage?", answers=answers, reading=reads(unanswered="what's the damage?"))
    beside = judged("what's the damage?", answers=answers, reading=reads(answers=["lift_price"]))

    assert [hit.entry for hit in alone.readings[0].knowledge] == ["price"]
    assert alone.readings[0].unanswered is None
    assert [hit.entry for hit in beside.readings[0].knowledge] == ["lift_price"]
    assert fates(beside) == [Fate.OUTVOTED]


def test_an_answer_of_any_shape_is_survived() -> None:
    for answer in (
        {"facts": "rooms"},
        {"facts": [3, None, {"field": 3}]},
        {"signals": [{}]},
        {"answers": {"a": 1}},
        {},
    ):
        found = judge(FLOW, [CONTEXT], [Talk().message("3 rooms")], [reads()], answer)

        assert found.readings == (reads(),)


def test_exact_words_taps_and_what_is_read_whole_need_no_model() -> None:
    talk = Talk()
    rooms = Reading((stated("rooms", 3, text="3 rooms", confidence=0.95),))
    whole = Reading(tuple(one.__class__(one.field, one.value, one.text, 0, 7, 0.95, one.source) for one in rooms.facts))

    assert not is_worth_asking(talk.message("STOP"), reads(signals={Signal.STOP}))
    assert not is_worth_asking(talk.message("Low", kind=MessageKind.TAP, tap="f:floor:low"), reads())
    assert not is_worth_asking(talk.message("3 rooms!"), whole)
    assert not is_worth_asking(talk.message("", kind=MessageKind.IMAGE), reads())
    assert is_worth_asking(talk.message("3 rooms, and a lift"), whole)
