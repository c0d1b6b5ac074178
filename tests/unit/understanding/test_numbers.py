"""Numbers in digits, words, and both languages."""

import pytest

from surereply.understanding.lexicon import lexicon_for
from surereply.understanding.normalise import normalise
from surereply.understanding.numbers import find_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,500 and 2.5", [1500, 2.5]),
        ("90k", [90_000]),
        ("2 lakh", [200_000]),
        ("1.2 million", [1_200_000]),
        ("twenty five people", [25]),
        ("two hundred and fifty", [250]),
        ("one million two hundred thousand", [1_200_000]),
        ("two or three", [2, 3]),
        ("٥٠ ألف", [50_000]),
        ("خمسة وعشرين", [25]),
        ("ثلاثة آلاف", [3_000]),
        ("شخص وثلاث غرف", [3]),
        ("99999999999999999999", []),
        ("no number", []),
    ],
)
def test_numbers_are_read(text: str, numbers: list[float]) -> None:
    found = find_numbers(normalise(text), lexicon_for(("en", "ar")))

    assert [number.value for number in found] == pytest.approx(numbers)
