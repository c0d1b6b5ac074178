"""Taking up offers and confirmations."""

from collections.abc import Callable

import pytest

from surereply.domain.facts import Reading, Source

Say = Callable[..., Reading]


@pytest.mark.parametrize("text", ["yes", "ok", "correct", "yes that's right", "نعم", "صح", "👍"])
def test_a_yes_confirms_without_words(say: Say, text: str) -> None:
    fact = say(text, confirmed={"nationality": ["IN"]}).facts[0]

    assert (fact.field, fact.value, fact.text, fact.start, fact.end) == ("nationality", "IN", None, None, None)
    assert fact.source is Source.CONFIRMED


@pytest.mark.parametrize("text", ["no", "that's wrong", "لا", "hmm", "how much is it?"])
def test_nothing_else_confirms(say: Say, text: str) -> None:
    assert say(text, confirmed={"nationality": ["IN"]}).facts == ()


def test_a_stated_value_wins_over_the_confirmed_one(say: Say) -> None:
    facts = {fact.field: fact for fact in say("yes but 3 partners", confirmed={"partners": [2]}).facts}

    assert facts["partners"].value == 3
    assert facts["partners"].correction is False or facts["partners"].source is Source.STATED


@pytest.mark.parametrize("text", ["sounds good", "that works", "perfect", "i'll take it", "تمام"])
def test_an_offer_is_taken_up(say: Say, text: str) -> None:
    fact = say(text, offered={"call_time": ["18:30"]}).facts[0]

    assert (fact.field, fact.value, fact.text) == ("call_time", "18:30", None)


@pytest.mark.parametrize(
    "text", ["no", "something else please", "not that", "what else do you have?", "i don't like it"]
)
def test_an_offer_is_turned_down(say: Say, text: str) -> None:
    assert say(text, offered={"call_time": ["18:30"]}).facts == ()


@pytest.mark.parametrize(
    ("text", "value"), [("the first one", "10:00"), ("2", "12:00"), ("the last", "15:00"), ("الثاني", "12:00")]
)
def test_one_of_several_is_picked_by_its_place(say: Say, text: str, value: str) -> None:
    facts = say(text, offered={"call_time": ["10:00", "12:00", "15:00"]}).facts

    assert [fact.value for fact in facts if fact.field == "call_time"] == [value]


def test_a_yes_takes_none_of_several(say: Say) -> None:
    assert say("yes", offered={"call_time": ["10:00", "12:00"]}).facts == ()


@pytest.mark.parametrize(
    "text",
    ["that one looks great", "this is the one I want", "I'd like to book it", "please reserve it", "that works for me"],
)
def test_praise_and_booking_take_an_offer_up(say: Say, text: str) -> None:
    assert [fact.value for fact in say(text, offered={"call_time": ["18:30"]}).facts] == ["18:30"]


@pytest.mark.parametrize(
    "text", ["great, what is the address?", "sounds good but I need it later", "that looks great, is it far?"]
)
def test_a_question_or_a_but_leaves_the_offer_open(say: Say, text: str) -> None:
    assert [fact for fact in say(text, offered={"call_time": ["18:30"]}).facts if fact.field == "call_time"] == []


def test_a_yes_chooses_what_is_offered_and_not_what_it_costs(say: Say) -> None:
    offered = {"call_time": ["18:30"], "budget": [{"amount": 900, "currency": "AED"}], "bedrooms": [2]}

    assert {fact.field for fact in say("sounds good", offered=offered).facts} == {"call_time"}


def test_where_and_when_a_named_thing_is_only_describe_it(say_with: Callable[..., Say]) -> None:
    show, venue, starts = ({"kind": kind, "label": label} for kind, label in (("text", "Show name"), ("place", "Hall"),
                                                                                ("time", "Begins")))  # fmt: skip
    say = say_with(show=show, hall=venue, begins=starts)

    taken = {
        f.field for f in say("sounds good", offered={"show": ["Aida"], "hall": ["Opera"], "begins": ["19:00"]}).facts
    }

    assert taken == {"show"}


def test_what_was_wanted_already_stays_chosen(say_with: Callable[..., Say]) -> None:
    say = say_with(show={"kind": "text", "label": "Show name"}, hall={"kind": "place", "label": "Hall"})

    facts = say("sounds good", offered={"show": ["Aida"], "hall": ["Opera"]}, known={"hall": "Opera"}).facts

    assert {fact.field for fact in facts} == {"show", "hall"}


def test_a_model_is_only_described(say_with: Callable[..., Say]) -> None:
    say = say_with(car={"kind": "text", "label": "Car name", "description": {"en": "Model name of the car"}})

    assert say("sounds good", offered={"car": ["Civic"]}).facts == ()


def test_a_time_that_is_offered_by_itself_is_taken(say_with: Callable[..., Say]) -> None:
    say = say_with(begins={"kind": "time", "label": "Begins"})

    assert [f.value for f in say("sounds good", offered={"begins": ["19:00"]}).facts] == ["19:00"]
