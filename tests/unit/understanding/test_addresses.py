"""Street addresses are places."""

from collections.abc import Callable
from typing import Any

import pytest

Say = Callable[..., Any]
PLACE = {"kind": "place", "label": "Drop off"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("please drop me off at 1118 East Pike Street", "1118 East Pike Street"),
        ("my drop off is 800 Pollard Road bldg a", "800 Pollard Road bldg a"),
        ("drop off at 42 oxford street", "42 oxford street"),
    ],
)
def test_an_address_is_read_from_its_number_to_its_street(
    say_with: Callable[..., Say], text: str, address: str
) -> None:
    facts = {fact.field: fact.value for fact in say_with(drop_off=PLACE)(text).facts}

    assert facts["drop_off"] == address


@pytest.mark.parametrize(
    "text", ["2 tickets one way", "4 of us drive there", "drop off 3 red cars drive", "on the 8th we need a place"]
)
def test_a_number_before_an_everyday_word_is_no_address(say_with: Callable[..., Say], text: str) -> None:
    facts = {fact.field: fact.value for fact in say_with(drop_off=PLACE)(text).facts}

    assert "drop_off" not in facts
