"""Words are folded alike when they are kept and when they are looked for."""

import pytest

from surereply.domain.searching import ends_of, query_of, words_of


@pytest.mark.parametrize(
    ("kept", "sought"),
    [
        ("José Núñez", "jose nunez"),
        ("AMINA", "ami"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full"),
        ("أحمد الشَّامِي", "احمد الشامي"),
        ("شركة", "شركه"),
        ("e-mail: amina@example.com", "example"),
        ("Straße", "strasse"),
    ],
)
def test_people_find_what_was_written_otherwise(kept: str, sought: str) -> None:
    words = words_of([kept])

    assert all(any(word.startswith(one) for word in words) for one in words_of([sought]))


def test_a_number_is_found_with_its_punctuation_and_by_its_end() -> None:
    assert query_of("+971 (50) 123-4567") == "'971501234567':*"
    assert "4567" in ends_of("971501234567")
    assert "567" not in ends_of("971501234567")


@pytest.mark.parametrize("sought", ["", "  ", "'", "!!", ":* & |", "\u202e"])
def test_what_holds_no_word_asks_nothing(sought: str) -> None:
    assert query_of(sought) is None


def test_nothing_that_is_sought_is_more_than_words() -> None:
    assert query_of("a' | 'b :* & !c <-> d") == "'a':* & 'b':* & 'c':* & 'd':*"
