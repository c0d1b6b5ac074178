"""Kinds that everybody knows: of food, music, sport and film, for fields that list none."""

from collections.abc import Callable
from typing import Any

import pytest

Say = Callable[..., Any]

CUISINE = {"kind": "text", "label": "Cuisine", "description": {"en": "the food that is wanted"}}
GENRE = {"kind": "text", "label": "Genre", "description": {"en": "the music genre or sport"}}


def value(say: Say, name: str, text: str, asked: str = "") -> Any:
    return next((fact.value for fact in say(text, asked).facts if fact.field == name), None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("i'm craving some sushi tonight", "sushi"),
        ("any burmese places?", "burmese"),
        ("some pizza and pasta would be nice", "pizza and pasta"),
    ],
)
def test_a_kind_of_food_is_known_without_a_list(say_with: Callable[..., Say], text: str, kind: str) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", text) == kind


def test_an_everyday_word_is_a_kind_beside_what_has_kinds(say_with: Callable[..., Say]) -> None:
    say = say_with(genre=GENRE)

    assert value(say, "genre", "are there any country concerts on friday") == "country"
    assert value(say, "genre", "i live in the country now") is None


def test_a_kind_within_a_name_is_part_of_the_name(say_with: Callable[..., Say]) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", "We meet at Wooden Charcoal Barbecue") is None


def test_a_kind_that_is_refused_is_nobody_s(say_with: Callable[..., Say]) -> None:
    assert value(say_with(cuisine=CUISINE), "cuisine", "no sushi please") is None
