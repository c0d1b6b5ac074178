"""Texts of no list: beside their field's own words, behind a wish, and names that come unasked."""

from collections.abc import Callable
from typing import Any

import pytest

Say = Callable[..., Any]

CUISINE = {"kind": "text", "label": "Cuisine", "description": {"en": "the food that is wanted"}}
RATING = {"kind": "text", "label": "Rating"}
RESTAURANT = {"kind": "text", "label": "Restaurant name"}


def value(say: Say, name: str, text: str, asked: str = "") -> Any:
    return next((fact.value for fact in say(text, asked).facts if fact.field == name), None)


@pytest.mark.parametrize(
    ("text", "cuisine"),
    [
        ("we would like Punjabi food tonight", "Punjabi"),
        ("looking for izakaya type food", "izakaya"),
        ("a place with food like tapas", "tapas"),
    ],
)
def test_a_text_is_read_beside_its_field_s_word(say_with: Callable[..., Say], text: str, cuisine: str) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", text) == cuisine


@pytest.mark.parametrize("text", ["do they serve thai food?", "the food was good", "no spicy food"])
def test_a_text_that_is_only_spoken_of_is_nobody_s(say_with: Callable[..., Say], text: str) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", text) is None


@pytest.mark.parametrize("text", ["a 4.2 rating", "rating of 4.2 or more", "rating should be at least 4.2"])
def test_a_figure_is_read_beside_its_field_s_own_name(say_with: Callable[..., Say], text: str) -> None:
    assert value(say_with(rating=RATING), "rating", text) == "4.2"


@pytest.mark.parametrize(
    ("text", "cuisine"),
    [
        ("I'd love some dim sum please", "dim sum"),
        ("I am looking for tacos", "tacos"),
        ("ramen would be great", "ramen"),
    ],
)
def test_an_asked_text_is_what_is_wished_for(say_with: Callable[..., Say], text: str, cuisine: str) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", text, "cuisine") == cuisine


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I want to eat at China Villa", "China Villa"),
        ("the restaurant should be Lotus Garden", "Lotus Garden"),
        ("book the restaurant called Dong Que", "Dong Que"),
    ],
)
def test_a_name_that_comes_unasked_is_taken(say_with: Callable[..., Say], text: str, name: str) -> None:
    assert value(say_with(restaurant_name=RESTAURANT), "restaurant_name", text) == name


@pytest.mark.parametrize("text", ["I am at Dubai", "see you on Monday", "at Home"])
def test_a_city_or_a_day_is_no_name(say_with: Callable[..., Say], text: str) -> None:
    assert value(say_with(restaurant_name=RESTAURANT), "restaurant_name", text) is None


def test_a_name_typed_small_is_found_by_what_stands_before(say_with: Callable[..., Say]) -> None:
    say = say_with(restaurant_name=RESTAURANT)

    assert value(say, "restaurant_name", "make a reservation at sumac in town", "restaurant_name") == "sumac"


PRICES = {
    "kind": "choice",
    "label": "Price range",
    "options": {key: {"label": key} for key in ("inexpensive", "moderate", "expensive")},
}


@pytest.mark.parametrize(
    ("text", "price"),
    [("something cheap", "inexpensive"), ("somewhere fancy", "expensive"), ("affordable", "moderate")],
)
def test_a_word_like_the_owner_s_names_the_option(say_with: Callable[..., Say], text: str, price: str) -> None:
    assert value(say_with(price=PRICES), "price", text, "price") == price


def test_a_word_like_the_owner_s_changes_nothing_that_is_known(say_with: Callable[..., Say]) -> None:
    facts = say_with(price=PRICES)("was that a cheap one", known={"price": "expensive"}).facts

    assert [fact for fact in facts if fact.field == "price"] == []


def test_two_who_play_against_each_other_are_one_name(say_with: Callable[..., Say]) -> None:
    say = say_with(event={"kind": "text", "label": "Event name"})

    assert value(say, "event", "My friends want to go for Rovers Vs wolves") == "Rovers Vs wolves"
