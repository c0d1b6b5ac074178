"""E-mail addresses and phone numbers."""

from collections.abc import Callable
from typing import Any

import pytest

from surereply.understanding.recognisers.contacts import phone_number

Told = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Sara.K@Example.com", "sara.k@example.com"),
        ("mail me at a_b@mail.example.ae, please", "a_b@mail.example.ae"),
        ("ايميلي sara@example.com", "sara@example.com"),
    ],
)
def test_an_address_is_read(told: Told, text: str, address: str) -> None:
    assert told(text)["email"] == address


@pytest.mark.parametrize("text", ["a@b", "@home", "me @ work"])
def test_what_only_looks_like_an_address_is_none(told: Told, text: str) -> None:
    assert "email" not in told(text, "email")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("050 123 4567", "+971501234567"),
        ("+971 50 123 4567", "+971501234567"),
        ("my number is 0501234567 call after 5", "+971501234567"),
        ("٠٥٠١٢٣٤٥٦٧", "+971501234567"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_a_number_is_read_as_its_country_writes_it(told: Told, text: str, number: str) -> None:
    assert told(text)["phone"] == number


def test_a_number_of_no_country_is_none() -> None:
    assert phone_number("1234567", "AE") is None
    assert phone_number("", "AE") is None


def test_the_digits_of_a_number_are_no_count(told: Told) -> None:
    assert "partners" not in told("050 123 4567", "partners phone")
