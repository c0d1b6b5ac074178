"""Countries and nationalities, in every language of the flow."""

from functools import lru_cache
from typing import NamedTuple

from babel import Locale
from rapidfuzz import process
from rapidfuzz.distance import OSA

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words, folded
from surereply.understanding.phrases import PhraseAt, PhraseTable
from surereply.understanding.tables import nationalities, peoples
from surereply.understanding.tables.shape import listed

_FUZZY_FROM = 6  # letters; shorter names of countries are too close to other words
_FUZZY_BELOW = 0.84


def locale_of(key: str) -> Locale:
    """CLDR's, of a table's language."""
    return Locale(key.partition("-")[0])


class CountryName(NamedTuple):
    code: str
    demonym: bool


@lru_cache(maxsize=8)
def country_table(languages: tuple[str, ...]) -> PhraseTable[CountryName]:
    """Names and demonyms in the languages; CLDR knows every country's name in every language."""
    rows: list[tuple[str, CountryName]] = []
    for code, names in nationalities.DEMONYMS.items():
        rows.extend((name, CountryName(code, True)) for name in listed(names))
    for code, names in nationalities.COUNTRY_NAMES.items():
        rows.extend((name, CountryName(code, False)) for name in listed(names))
    if not {"en", "ar"}.issuperset(languages):
        rows.extend(
            (name, CountryName(code, True)) for code, names in peoples.PEOPLES.items() for name in listed(names)
        )
        rows.extend(
            (name, CountryName(code, False)) for code, names in peoples.COUNTRIES.items() for name in listed(names)
        )
    for language in languages:
        for code, name in locale_of(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"EU", "UN", "ZZ", "XA", "XB", "EZ", "QO"}:
                rows.append((name, CountryName(code, False)))
    return PhraseTable(rows)


@lru_cache(maxsize=8)
def _country_words(languages: tuple[str, ...]) -> dict[str, CountryName]:
    """Single words long enough to be recognised when misspelt."""
    words: dict[str, CountryName] = {}
    for table, demonym in ((nationalities.DEMONYMS, True), (nationalities.COUNTRY_NAMES, False)):
        for code, names in table.items():
            for name in listed(names):
                if " " not in folded(name) and len(folded(name)) >= _FUZZY_FROM:
                    words.setdefault(folded(name), CountryName(code, demonym))
    return words


def find_countries(words: Words, lexicon: Lexicon, expected: bool) -> list[Found]:
    """Countries and nationalities; misspelt ones only where one is `expected`."""
    table = country_table(lexicon.languages)
    found: list[Found] = []
    for match in table.find(words.texts):
        name = words.texts[match.first]
        everyday = match.last == match.first + 1 and (name in nationalities.EVERYDAY or len(name) <= 2)
        doubted = everyday and (name == "us" or not expected) and not _is_plainly_named(words, match, lexicon)
        if doubted and not (expected and len(words.texts) <= 2):
            continue
        near = "demonym" if match.payload.demonym else ""
        found.append(Found(FieldType.COUNTRY, match.payload.code, match.first, match.last, 1.0, near))
    if expected and not found:
        found.extend(_misspelt_countries(words, lexicon))
    return found


def _is_plainly_named(words: Words, match: PhraseAt[CountryName], lexicon: Lexicon) -> bool:
    name, first = words.texts[match.first], match.first
    if name == "us":
        return words.original[slice(*words.span(first, match.last))].isupper() and not words.original.isupper()
    return (first > 0 and words.texts[first - 1] in lexicon.place_cues) or words.tokens[first].capital


def _misspelt_countries(words: Words, lexicon: Lexicon) -> list[Found]:
    names = _country_words(lexicon.languages)
    found: list[Found] = []
    for at, text in enumerate(words.texts):
        if len(text) < _FUZZY_FROM - 1 or not text.isalpha() or text in lexicon.common:
            continue
        best = process.extractOne(
            text, names.keys(), scorer=OSA.normalized_similarity, score_cutoff=_FUZZY_BELOW - 0.02
        )
        if best:
            name = names[best[0]]
            near = "demonym" if name.demonym else ""
            found.append(Found(FieldType.COUNTRY, name.code, at, at + 1, best[1] * 0.8, near))
    return found
