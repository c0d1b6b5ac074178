"""The fields of a flow as reading needs them: what may fill each, and which words point to it."""

import itertools
import re
from dataclasses import dataclass
from typing import Literal

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, FlowField
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import folded, is_word, normalise
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.stems import stem
from surereply.understanding.tables.shape import spaced

Role = Literal["start", "end", ""]
NamePart = Literal["given", "family", ""]

_CUE, _LABEL, _NAME, _DESCRIPTION = 1.0, 0.75, 0.7, 0.4  # how much a word of each kind says
_GENERIC = frozenset(
    spaced(
        """number name type date time kind field value list option category boolean flag whether customer client
        amount count allowed allow welcome include included offer offers has details serve serves served require
        required bring"""
    )
)
_STAY_WORDS = frozenset({"check", "checkin", "checkout", "stay", "اقامه", "دخول", "خروج"})
_NAME_WORDS = frozenset({"name", "called", "brand", "اسم", "الاسم"})
_BARE_ROLE_WORDS = frozenset(
    spaced("""from to since between till til until through by visit out into of in up الي من حتي بين""")
)
_APART_TYPES = frozenset({FieldType.DATE, FieldType.TIME, FieldType.MONEY, FieldType.COUNT, FieldType.DURATION})
_WORDS_APART, _MOST_BETWEEN = 0.9, 4  # weight of a cue in pieces; words between them
_SIGNS = frozenset({",", "-", "(", "و"})
_GIVEN = frozenset(spaced("first given forename prenom"))
_FAMILY = frozenset(spaced("last family surname apellido apellidos sobrenome العائله"))
_CITY_WORDS = frozenset({"city", "town", "cities", "ciudad", "cidade", "ville", "مدينه", "المدينه", "शहर", "شهر"})
PLACE_KINDS = frozenset(
    spaced(
        """airport station terminal stop port stadium theater theatre hall venue aeropuerto estacion aeroporto gare"""
    )
)
_ROLE_TYPES = frozenset({FieldType.DATE, FieldType.TIME, FieldType.PLACE})


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field, compiled. `type` is that of one value: a list's items have it."""

    name: str
    field: FlowField
    type: FieldType
    is_list: bool
    role: Role
    words: dict[str, float]  # stem → how surely it points here, 0 to 1
    nationality: bool
    people: bool  # counts people
    stay: bool  # one end of a stay: there, arriving begins and leaving ends
    units: frozenset[str]  # stems of what a count counts
    spoken: frozenset[str]  # the words of its cues as they are
    named: bool  # a text that is a name: of a company, a place, a product
    pattern: re.Pattern[str] | None
    name_part: NamePart  # of a person: which part of the name, where two fields share it
    city: bool  # of a place: asks for a city
    place_kinds: frozenset[str]  # of a place: only such ones, as airports


@dataclass(frozen=True, slots=True)
class CueAt:
    """A word or phrase in the message that points to a field."""

    first: int
    last: int
    weight: float
    explicit: bool  # the owner's own cue or the whole label


class FieldWords:
    """Which stems and phrases point to which fields; found in one pass over a message."""

    def __init__(self, flow: Flow, lexicon: Lexicon) -> None:
        self.views = {name: _view(name, field, lexicon) for name, field in flow.fields.items()}
        self.by_type: dict[FieldType, list[FieldView]] = {}
        for view in self.views.values():
            self.by_type.setdefault(view.type, []).append(view)
        self._by_stem: dict[str, list[tuple[str, float]]] = {}
        phrases: dict[str, list[str]] = {}
        for view in self.views.values():
            for word, weight in view.words.items():
                self._by_stem.setdefault(word, []).append((view.name, weight))
            for phrase in _cue_phrases(view.field):
                stems = " ".join(stem(word) for word in folded(phrase).split())
                if " " in stems and view.name not in phrases.setdefault(stems, []):
                    phrases[stems].append(view.name)
        self._phrases = PhraseTable(phrases.items())
        self._apart = self._pairs(phrases, lexicon)
        self._pointing = frozenset({*self._by_stem, *self._phrases.first_words(), *self._apart})

    def _pairs(self, phrases: dict[str, list[str]], lexicon: Lexicon) -> dict[str, list[tuple[str, list[str]]]]:
        """Cues of two words by their second: `visa expires` also stands in `my visa, it expires`."""
        pairs: dict[str, list[tuple[str, list[str]]]] = {}
        for phrase, fields in phrases.items():
            typed = [name for name in fields if self.views[name].type in _APART_TYPES]
            first, _, second = phrase.partition(" ")
            if typed and " " not in second and not {first, second} & lexicon.function and first.isalpha():
                pairs.setdefault(second, []).append((first, typed))
        self._between = lexicon.function | _SIGNS
        return pairs

    def words(self) -> frozenset[str]:
        """The words of every field's cues and labels."""
        said = [text for view in self.views.values() for text in _cue_phrases(view.field)]
        described = [text for view in self.views.values() for text in view.field.description.values()]
        return frozenset(word for text in (*said, *described) for word in folded(text).split())

    def find(self, stems: tuple[str, ...], in_play: frozenset[str]) -> dict[str, list[CueAt]]:
        """The cues of each field; one that several fields of a type share, of those in play, tells less."""
        found: dict[str, list[CueAt]] = {}
        for at, word in enumerate(stems):
            if word not in self._pointing:
                continue
            owners = self._by_stem.get(word)
            if owners:
                for name, weight in owners:
                    cue = CueAt(at, at + 1, weight / self._sharing(name, weight, owners, in_play), weight >= _CUE)
                    found.setdefault(name, []).append(cue)
            if word in self._phrases and (phrase := self._phrases.at(stems, at)):
                named = [(name, 1.0) for name in phrase.payload]
                for name, weight in named:
                    cue = CueAt(at, phrase.last, weight / self._sharing(name, weight, named, in_play), True)
                    found.setdefault(name, []).append(cue)
            for first, names in self._apart.get(word, ()):
                begin = self._apart_from(stems, at, first)
                if begin is not None:
                    apart = CueAt(begin, at + 1, _WORDS_APART, True)
                    for name in names:
                        found.setdefault(name, []).append(apart)
        return found

    def _apart_from(self, stems: tuple[str, ...], at: int, first: str) -> int | None:
        """Where the first word of a cue stands whose second is at `at`, only small words between."""
        for before in range(at - 1, max(-1, at - 2 - _MOST_BETWEEN), -1):
            if stems[before] == first:
                return before if before < at - 1 else None
            if stems[before] not in self._between:
                return None
        return None

    def _sharing(self, name: str, weight: float, owners: list[tuple[str, float]], in_play: frozenset[str]) -> int:
        """How many fields of the type the word points to as surely: the owner's cue outweighs another's label."""
        if len(owners) == 1:
            return 1
        kind = self.views[name].type
        least = weight if weight >= _CUE else 0.0
        rivals = [other for other, its in owners if other == name or (other in in_play and its >= least)]
        return sum(1 for other in rivals if self.views[other].type is kind)


def _view(name: str, field: FlowField, lexicon: Lexicon) -> FieldView:
    kind = field.of if field.type is FieldType.LIST and field.of is not None else field.type
    kind = FieldType.TEXT if kind is FieldType.LIST else kind
    said = f"{name.replace('_', ' ')} {' '.join(field.label.values())} {' '.join(field.description.values())}"
    words = set(folded(said).split()) | {word for cue in _cue_phrases(field) for word in folded(cue).split()}
    stay = kind is FieldType.DATE and bool(words & _STAY_WORDS)
    role = _role(field, name, lexicon, stay) if kind in _ROLE_TYPES else ""
    return FieldView(
        name=name,
        field=field,
        type=FieldType.SERVICE if name == SERVICE_FIELD else kind,
        is_list=field.type is FieldType.LIST,
        role=role,
        stay=stay,
        units=_units(said),
        spoken=frozenset(words),
        named=kind is FieldType.TEXT and _wants_name(name, field),
        words=_pointing_words(name, field, kind, role, stay, lexicon),
        nationality=bool(words & lexicon.nationality_words),
        people=any(lexicon.people_nouns.has(word) for word in words),
        pattern=re.compile(field.pattern) if field.pattern else None,
        name_part=_name_part(name, field) if kind is FieldType.PERSON else "",
        city=kind is FieldType.PLACE and bool(words & _CITY_WORDS),
        place_kinds=_place_kinds(name, field) if kind is FieldType.PLACE else frozenset(),
    )


def _name_part(name: str, field: FlowField) -> NamePart:
    words = set(folded(f"{name.replace('_', ' ')} {' '.join(field.label.values())}").split())
    return "given" if words & _GIVEN else "family" if words & _FAMILY else ""


def _wants_name(name: str, field: FlowField) -> bool:
    """Whether a text is a name: its own name, label or cues say so, or its description opens with it."""
    called = f"{name.replace('_', ' ')} {' '.join(field.label.values())} {' '.join(_cue_phrases(field))}"
    opening = [word for text in field.description.values() for word in folded(text).split()[:2]]
    return bool({*folded(called).split(), *opening} & _NAME_WORDS)


def _place_kinds(name: str, field: FlowField) -> frozenset[str]:
    """The kinds of place that the field's name and label are limited to; one that also takes cities has none."""
    words = set(folded(f"{name.replace('_', ' ')} {' '.join(field.label.values())}").split())
    return frozenset() if words & _CITY_WORDS else frozenset(words & PLACE_KINDS)


def _units(said: str) -> frozenset[str]:
    """What the field's own words name, and `bed rooms` as bedrooms too."""
    words = [word for word in folded(said).split() if word.isalpha() and len(word) > 2]
    joined = [one + other for one, other in itertools.pairwise(words)]
    return frozenset(stem(word) for word in (*words, *joined)) - _GENERIC


def _cue_phrases(field: FlowField) -> list[str]:
    return [*(cue for cues in field.cues.values() for cue in cues), *field.label.values()]


def role_tables(lexicon: Lexicon, stay: bool) -> tuple[PhraseTable[bool], PhraseTable[bool]]:
    """The words that mark the start and the end of a pair."""
    if stay:
        return lexicon.stay_start_words, lexicon.stay_end_words
    return lexicon.start_words, lexicon.end_words


def _role(field: FlowField, name: str, lexicon: Lexicon, stay: bool) -> Role:
    """Whether the field is one end of a pair: label and name say it before the description does."""
    named = [*field.label.values(), name.replace("_", " "), *(c for cues in field.cues.values() for c in cues)]
    start_words, end_words = role_tables(lexicon, stay)
    for texts in (named, list(field.description.values())):
        starts = ends = 0
        for text in texts:
            tokens = normalise(text).texts
            starts += len(start_words.find(tokens)) + len(lexicon.start_behind.find(tokens))
            ends += len(end_words.find(tokens)) + len(lexicon.end_behind.find(tokens))
        if starts != ends:
            return "start" if starts > ends else "end"
    return ""


def _pointing_words(
    name: str, field: FlowField, kind: FieldType, role: Role, stay: bool, lexicon: Lexicon
) -> dict[str, float]:
    words: dict[str, float] = {}
    if role and kind in {FieldType.DATE, FieldType.TIME}:
        table = role_tables(lexicon, stay)[role == "end"]
        for word in table.first_words() - _BARE_ROLE_WORDS - lexicon.function:
            words[stem(word)] = 0.5
    weighed: list[tuple[str, float]] = [(text, _DESCRIPTION) for text in field.description.values()]
    weighed.append((name.replace("_", " "), _NAME))
    weighed.extend((text, _LABEL) for text in field.label.values())
    for text, weight in weighed:
        for word in folded(text).split():
            if len(word) > 2 and is_word(word) and word not in lexicon.common and word not in _GENERIC:
                words[stem(word)] = max(words.get(stem(word), 0.0), weight)
    for cues in field.cues.values():
        for cue in cues:
            if " " not in folded(cue):
                words[stem(folded(cue))] = _CUE
    return words
