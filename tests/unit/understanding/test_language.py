"""The language is held unless the message shows another of the flow's."""

import json
from pathlib import Path

import pytest

from surereply.understanding.language import language_of
from surereply.understanding.normalise import normalise

SETS = Path(__file__).parents[3] / "bench" / "understanding" / "sets"


@pytest.mark.parametrize(
    ("text", "languages", "held", "language"),
    [
        ("hello there", ("en", "ar"), None, "en"),
        ("مرحبا", ("en", "ar"), None, "ar"),
        ("مرحبا I need visa", ("en", "ar"), None, "en"),
        ("ابي فيزا visa", ("en", "ar"), None, "ar"),
        ("123", ("en", "ar"), "ar", "ar"),
        ("👍", ("en", "ar"), None, "en"),
        ("hello", ("ar", "en"), "ar", "en"),
        ("مرحبا", ("en",), None, "en"),
        ("नमस्ते", ("en", "ar"), "ar", "ar"),
        ("ok", ("en", "ar"), "fr", "en"),
        ("9000 AED", ("en", "ar"), "ar", "ar"),
        ("a@example.com", ("en", "ar"), "ar", "ar"),
        ("www.example.com", ("en", "ar"), "ar", "ar"),
        ("Omar Haddad", ("en", "ar"), "ar", "ar"),
        ("بريدي omar.haddad@example.com", ("en", "ar"), "en", "ar"),
        ("my mail is a@example.com", ("en", "ar"), "ar", "en"),
        ("restaurant", ("en", "ar"), "ar", "en"),
        ("Yes please", ("en", "ar"), "ar", "en"),
        ("9000 درهم", ("en", "ar"), "en", "ar"),
    ],
)
def test_script_first_then_what_is_held(text: str, languages: tuple[str, ...], held: str | None, language: str) -> None:
    assert language_of(normalise(text), languages, held) == language


@pytest.mark.parametrize(
    "text",
    [
        "Set budget to minus five million",
        "Set the budget to AED 9",
        "hmm hmm",
        "hmm ok",
        "number is the same",
        "to me",
    ],
)
def test_words_that_the_held_language_has_as_well_change_no_language(text: str) -> None:
    told = {
        language_of(normalise(text), languages, held)
        for languages in (("en", "hi"), ("en", "ar", "es", "hi"))
        for held in (None, "en")
    }

    assert told == {"en"}


@pytest.mark.parametrize(
    "text",
    [
        "budget kam karo",
        "shukriya",
        "kal shaam ko aa sakta hu",
        "mera number change ho gaya",
        "hmm theek hai",
        "appointment to chahiye",
        "haan ji",
    ],
)
def test_words_that_only_another_language_has_change_it(text: str) -> None:
    told = {language_of(normalise(text), ("en", "hi"), held) for held in (None, "en")}

    assert told == {"hi"}


def test_a_conversation_in_hindi_turns_english_only_for_english_words() -> None:
    turned = [language_of(normalise(text), ("en", "hi"), "hi") for text in ("hmm", "to budget", "what do you need")]

    assert turned == ["hi", "hi", "en"]


def test_most_messages_of_romanised_hindi_and_none_of_english_leave_english() -> None:
    left = {name: [_language_of_row(text) == "hi" for text in _texts(name)] for name in ("hi-latn", "en")}

    assert sum(left["hi-latn"]) > 0.7 * len(left["hi-latn"])  # the rest are names, numbers and places
    assert not any(left["en"])


def _texts(name: str) -> list[str]:
    lines = (SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def _language_of_row(text: str) -> str:
    return language_of(normalise(text), ("en", "hi"), None)
