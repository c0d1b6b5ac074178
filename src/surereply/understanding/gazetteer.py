"""The flow's own words: options and services, by label and synonym, stem, misspelt, or one telling word."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import folded
from surereply.understanding.stems import stem
from surereply.understanding.tables.alike import ALIKE
from surereply.understanding.tables.shape import spaced

EXACT, STEMMED, TELLING = 1.0, 0.97, 0.6
_MISSPELT_FROM = 5  # letters
_LONG = 8  # letters; from here two mistakes are forgiven
_MOST_BEFORE_COUNT = 3  # words
_SKIPPED = frozenset(spaced("""- ' " / . & the a an and of for"""))


class Meaning(NamedTuple):
    field: str
    key: str


@dataclass(frozen=True, slots=True)
class OptionAt:
    """An option that the message names. `sure` falls with misspelling and with a single telling word."""

    meaning: Meaning
    first: int
    last: int
    sure: float
    telling: bool = False  # only a word that no other option of the field has
    alike: bool = False  # a word like the owner's, that the owner did not write


class Gazetteer:
    """All phrases of a flow's options, found in one pass over a message's stems."""

    def __init__(self, flow: Flow, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._rows: dict[str, dict[tuple[str, ...], list[Meaning]]] = {}
        self._exact: dict[tuple[str, ...], list[Meaning]] = {}
        self._telling: dict[str, list[Meaning]] = {}
        self.words: set[str] = set()  # every folded word of the flow's options
        self._stems: set[str] = set()
        self._alike: set[tuple[str, tuple[str, ...]]] = set()  # field, stems: of words that the owner did not write
        for field, options in _phrases_by_option(flow).items():
            self._add_field(field, options)
            self._add_alike(field, options)
        # Only plurals can be counted: a "partner visa" is none of "2 partners 3 visas".
        self._countable = frozenset(
            words[-1]
            for words, meanings in self._exact.items()
            if len(words) > 1 and stem(words[-1]) != words[-1] and any(m.field == SERVICE_FIELD for m in meanings)
        )
        self._vocabulary = sorted(word for word in self.words if len(word) >= _MISSPELT_FROM and word.isalpha())
        self._corrected = lru_cache(maxsize=8_192)(self._correct)

    def _add_field(self, field: str, options: dict[str, list[str]]) -> None:
        owners: dict[str, set[str]] = {}
        for key, phrases in options.items():
            for phrase in phrases:
                words = [word for word in folded(phrase).split() if word not in _SKIPPED or phrase in _SKIPPED]
                self.words.update(words)
                stems = tuple(stem(word) for word in words)
                self._stems.update(stems)
                self._add(stems, Meaning(field, key))
                self._exact.setdefault(tuple(words), []).append(Meaning(field, key))
                if len(words) == 2 and len("".join(words)) >= _MISSPELT_FROM:
                    self._add((stem("".join(words)),), Meaning(field, key))
                for word in words:
                    owners.setdefault(stem(word), set()).add(key)
                    if word in self.lexicon.common and not word[0].isdigit():
                        owners[stem(word)].add("")  # an everyday word tells nothing
        for word, keys in owners.items():
            if len(keys) == 1 and (len(word) > 3 or (word.isdigit() and field != SERVICE_FIELD)):
                self._telling.setdefault(word, []).append(Meaning(field, next(iter(keys))))

    def _add_alike(self, field: str, options: dict[str, list[str]]) -> None:
        """`cheap` for an option that the owner called `inexpensive`, unless the list has another of the kind."""
        if field == SERVICE_FIELD:
            return
        owned = {_unsigned(phrase): key for key, said in options.items() for phrase in said}
        for group in ALIKE:
            words = [_unsigned(word) for word in group]
            keys = {owned[word] for word in words if word in owned}
            key = keys.pop() if len(keys) == 1 else None
            for word in words if key is not None else ():
                stems = tuple(stem(part) for part in word.split())
                if word not in owned and key is not None:
                    self._add(stems, Meaning(field, key))
                    self._alike.add((field, stems))

    def _add(self, stems: tuple[str, ...], meaning: Meaning) -> None:
        if stems:
            meanings = self._rows.setdefault(stems[0], {}).setdefault(stems, [])
            if meaning not in meanings:
                meanings.append(meaning)

    def find(self, texts: tuple[str, ...], stems: tuple[str, ...]) -> list[OptionAt]:
        """Options named, longest first at each place; several fields may share a phrase."""
        kept = [at for at, text in enumerate(texts) if text not in _SKIPPED]
        read = [self._read(texts[at], stems[at]) for at in kept]
        found: list[OptionAt] = []
        busy: dict[str, int] = {}  # field → place behind its latest option
        if not self._countable.isdisjoint(texts):
            found.extend(self._counted(texts, kept))
        for here in range(len(read)):
            for field, (count, meanings, sure) in self._longest(read, here).items():
                if here >= busy.get(field, 0):
                    first, last = kept[here], kept[here + count - 1] + 1
                    if len(meanings) > 1:
                        meanings = self._nearest(tuple([texts[at] for at in kept[here : here + count]]), meanings)
                    alike = (field, tuple([word for word, _ in read[here : here + count]])) in self._alike
                    found.extend(OptionAt(meaning, first, last, sure, alike=alike) for meaning in meanings)
                    busy[field] = here + count
            word, similarity = read[here]
            for meaning in self._telling.get(word, ()):
                if here >= busy.get(meaning.field, 0):
                    found += [OptionAt(meaning, kept[here], kept[here] + 1, TELLING * similarity, True)]
        return found

    def _counted(self, texts: tuple[str, ...], kept: list[int]) -> list[OptionAt]:
        """Services whose object is counted: `cancel 2 visas`, where the owner wrote `cancel visas`."""
        found: list[OptionAt] = []
        for here in range(2, len(kept)):
            number = kept[here - 1]
            if texts[kept[here]] not in self._countable or not self._is_number(texts[number]):
                continue
            for first in range(max(0, here - 1 - _MOST_BEFORE_COUNT), here - 1):
                said = (*[texts[at] for at in kept[first : here - 1]], texts[kept[here]])
                if kept[here] - kept[first] == here - first:  # nothing was skipped: "partners and 3 visas" is a list
                    services = [meaning for meaning in self._exact.get(said, ()) if meaning.field == SERVICE_FIELD]
                    found.extend(OptionAt(meaning, kept[first], number, STEMMED) for meaning in services)
        return found

    def _is_number(self, text: str) -> bool:
        return text.isdigit() or text in self.lexicon.numbers

    def _nearest(self, words: tuple[str, ...], meanings: list[Meaning]) -> list[Meaning]:
        """Of options whose words share stems, those that are named word for word."""
        exact = self._exact.get(words, ())
        return [meaning for meaning in meanings if meaning in exact] or meanings

    def _longest(self, read: list[tuple[str, float]], here: int) -> dict[str, tuple[int, list[Meaning], float]]:
        """For each field its longest phrase that begins here: words, meanings, how alike."""
        best: dict[str, tuple[int, list[Meaning], float]] = {}
        for stems, meanings in self._rows.get(read[here][0], {}).items():
            window = read[here : here + len(stems)]
            if tuple([word for word, _ in window]) == stems:
                _keep_longest(best, len(stems), meanings, min(similarity for _, similarity in window))
        if here + 1 < len(read):
            # "free zone" is freezone.
            joined = stem(read[here][0] + read[here + 1][0])
            if joined in self._rows and (joined,) in self._rows[joined]:
                _keep_longest(best, 2, self._rows[joined][(joined,)], STEMMED)
        return best

    def _read(self, text: str, stemmed: str) -> tuple[str, float]:
        """The stem to look up and how alike the word is to what was written."""
        if stemmed in self._stems or len(text) < _MISSPELT_FROM - 1 or not text.isalpha():
            return stemmed, 1.0
        if text in self.lexicon.common or text in self.lexicon.typed_words or not self._vocabulary:
            return stemmed, 1.0
        return self._corrected(text, stemmed)

    def reads(self, text: str) -> bool:
        """Whether the word is one of the options', or near enough to one."""
        stemmed = stem(text)
        return stemmed in self._stems or self._read(text, stemmed) != (stemmed, 1.0)

    def _correct(self, text: str, stemmed: str) -> tuple[str, float]:
        allowed = 1 if len(text) < _LONG else 2
        best = process.extractOne(text, self._vocabulary, scorer=OSA.distance, score_cutoff=allowed)
        if best is None or (best[0][0] != text[0] and best[1] > 1):
            return stemmed, 1.0
        return stem(best[0]), 1.0 - 0.15 * best[1] - (0.1 if best[0][0] != text[0] else 0.0)


def _unsigned(phrase: str) -> str:
    """`Full-size` as `full size`."""
    return " ".join(word for word in folded(phrase).split() if word[0].isalnum())


def _keep_longest(
    best: dict[str, tuple[int, list[Meaning], float]], count: int, meanings: list[Meaning], sure: float
) -> None:
    for meaning in meanings:
        kept = best.get(meaning.field)
        if kept is None or kept[0] < count:
            best[meaning.field] = (count, [meaning], sure)
        elif kept[0] == count and meaning not in kept[1]:
            kept[1].append(meaning)


def _phrases_by_option(flow: Flow) -> dict[str, dict[str, list[str]]]:
    """field → option key → what customers may write for it, in every language."""
    phrases: dict[str, dict[str, list[str]]] = {}
    if flow.services:
        phrases[SERVICE_FIELD] = {
            key: [_spoken(key), *service.label.values(), *_all(service.synonyms)]
            for key, service in flow.services.items()
        }
    for name, field in flow.fields.items():
        if field.options and FieldType.TEXT not in {field.type, field.of}:
            phrases[name] = {
                key: [_spoken(key), *option.label.values(), *_all(option.synonyms)]
                for key, option in field.options.items()
            }
    return phrases


def _spoken(key: str) -> str:
    return key.replace("_", " ")


def _all(words: dict[str, list[str]]) -> list[str]:
    return [word for group in words.values() for word in group]
