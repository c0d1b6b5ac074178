"""Words of one stem are one word to the reader."""

import pytest

from surereply.understanding.normalise import folded
from surereply.understanding.stems import stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("visa", "visas"),
        ("company", "companies"),
        ("renew", "renewal"),
        ("renewing", "renewal"),
        ("cancel", "cancellation"),
        ("cancelling", "cancelled"),
        ("box", "boxes"),
        ("تأشيرة", "التأشيرات"),
        ("شركة", "الشركات"),
        ("رخصة", "رخصتي"),
        ("شريك", "شريكين"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str) -> None:
    assert stem(folded(one)) == stem(folded(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("visa", "visit"), ("bus", "business"), ("partner", "party"), ("2", "20"), ("here", "her"), ("care", "cars")],
)
def test_different_words_do_not(one: str, other: str) -> None:
    assert stem(one) != stem(other)
