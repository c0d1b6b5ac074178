"""Countries, nationalities, places and names."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.domain.facts import Reading

Say = Callable[..., Reading]
Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("indian", "IN"),
        ("I'm from the UK", "GB"),
        ("indain", "IN"),
        ("filipina", "PH"),
        ("pakistni", "PK"),
        ("us", "US"),
        ("South Africa", "ZA"),
        ("انا مصري", "EG"),
        ("الهند", "IN"),
        ("أردنية", "JO"),
    ],
)
def test_a_nationality_is_read_from_a_country_or_its_people(told: Told, text: str, code: str) -> None:
    assert told(text, "nationality") == {"nationality": code}


def test_who_somebody_is_and_where_the_family_is_are_two_facts(told: Told) -> None:
    assert told("I'm Indian and my family is in Jordan") == {"nationality": "IN", "family_in": "JO"}


@pytest.mark.parametrize("text", ["tell us about it", "call us", "the turkey was good"])
def test_everyday_words_are_no_countries(told: Told, text: str) -> None:
    assert told(text) == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("in dubai marina", "dubai marina"),
        ("near Palm Gardens", "Palm Gardens"),
        ("Green Hills", "Green Hills"),
        ("دبي", "دبي"),
        ("we would like to live in Old Harbour please", "Old Harbour"),
    ],
)
def test_a_place_is_read_without_its_preposition(told: Told, text: str, place: str) -> None:
    assert told(text, "area") == {"area": place}


@pytest.mark.parametrize("text", ["anywhere", "i don't know", "what do you suggest?", "yes", "hello"])
def test_what_names_no_place_is_none(told: Told, text: str) -> None:
    assert told(text, "area") == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("my name is ahmed al khan and i need a visa", "ahmed al khan"),
        ("Hi, this is Sara Lee", "Sara Lee"),
        ("I'm Omar", "Omar"),
        ("اسمي محمد علي", "محمد علي"),
    ],
)
def test_a_name_with_its_cue_is_taken_unasked(told: Told, text: str, name: str) -> None:
    assert told(text)["full_name"] == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ahmed", "ahmed"),
        ("Ahmed Khan", "Ahmed Khan"),
        ("its sara", "sara"),
        ("yes, Sara Lee", "Sara Lee"),
        ("Anne-Marie O'Neil", "Anne-Marie O'Neil"),
        ("فاطمة الزهراء", "فاطمة الزهراء"),
        ("mr. john smith, thanks", "john smith"),
    ],
)
def test_a_bare_name_is_taken_where_one_was_asked_for(told: Told, text: str, name: str) -> None:
    assert told(text, "full_name") == {"full_name": name}


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "how much is it?",
        "family visa",
        "yes",
        "ok thanks",
        "i don't know",
        "why do you ask?",
        "indian",
        "12345",
        "looking for a visa",
        "later",
        "سلام",
        "لا",
        "كم السعر",
        "👍",
    ],
)
def test_what_is_no_name_is_not_stored_as_one(told: Told, text: str) -> None:
    """TURN-7: a question, a greeting or a word of the business is no answer to `what is your name?`."""
    assert "full_name" not in told(text, "full_name", known={})


@pytest.mark.parametrize(
    "text", ["I'm looking for a flat", "I'm indian", "this is urgent", "im interested", "i am in dubai"]
)
def test_i_am_names_only_what_is_written_like_a_name(told: Told, text: str) -> None:
    assert "full_name" not in told(text)


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [
        ("my nationality is Indian", True),
        ("I am Indian", True),
        ("im an indian", True),
        ("انا هندي", True),
        ("جنسيتي هندي", True),
        ("she is Indian", False),
        ("I am an Indian restaurant owner", False),
    ],
)
def test_who_says_what_they_are_says_their_own_nationality(
    say_with: Callable[..., Say], text: str, is_sure: bool
) -> None:
    say = say_with(
        nationality={
            "kind": "country",
            "label": "Nationality",
            "personal": True,
            "cues": {"en": ["nationality"], "ar": ["جنسيتي"]},
        },
        worker_nationality={"kind": "country", "label": "Worker's nationality", "arabic": "جنسية العامل"},
    )

    surest = {fact.field for fact in say(text).facts if fact.value == "IN" and fact.confidence >= 0.9}

    assert surest == ({"nationality"} if is_sure else set())


def test_a_city_goes_to_the_field_for_cities_whatever_venue_stands_beside_it(say_with: Callable[..., Any]) -> None:
    venue, city = {"kind": "place", "label": "Venue"}, {"kind": "place", "label": "City"}

    facts = {fact.field: fact for fact in say_with(venue=venue, city=city)("something to do in Chicago").facts}

    assert facts["city"].value == "Chicago"
    assert facts["city"].confidence >= 0.7
