"""Words as they are searched: folded alike when they are kept and when they are looked for."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 64
MOST_WORDS = 4000  # of one text
MOST_SOUGHT = 8
SHORTEST_END = 4  # of a number that is found by its end
_WORD = re.compile(r"\w+")
# Letters that Arabic writers use for one another.
_ALIKE = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None})


def words_of(texts: Iterable[str | None]) -> list[str]:
    """Each word once, folded: width, capitals, accents and vowel signs aside."""
    words: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(_folded(text or ""))[:MOST_WORDS]:
            words[word[:LONGEST_WORD]] = None
    return list(words)


def ends_of(number: str | None) -> list[str]:
    """A phone number's ends, since people search by the last digits, or without the country's code."""
    digits = "".join(filter(str.isdigit, number or ""))
    return [digits[start:] for start in range(max(len(digits) - SHORTEST_END + 1, 0))]


def query_of(sought: str) -> str | None:
    """A tsquery that finds all of these words, each by its beginning; None for no word at all."""
    compact = re.sub(r"(?<=\d)[\s()+-]+(?=\d)", "", sought)  # +971 50 123 is one number
    words = words_of([compact])[:MOST_SOUGHT]
    return " & ".join(f"'{word}':*" for word in words) or None


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return unicodedata.normalize("NFKC", plain).translate(_ALIKE)
