"""Places: known cities, and what stands behind a preposition like a name."""

from functools import lru_cache

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words, is_word
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.recognisers.countries import locale_of
from surereply.understanding.tables import cities
from surereply.understanding.tables.shape import spaced

_LONGEST_PLACE = 5  # words
_SHORTEST_CITY = 3  # letters of a city of CLDR that we take
# A place behind them only where one was asked for; behind `to` also where the flow has journeys.
_WEAK_CUES = frozenset(spaced("at for by of visit visiting into"))
_NO_PLACE_BEHIND = frozenset({"interested", "believe", "interest", "specialise", "specialize"})  # "in games"
_NAME_ENDINGS = frozenset(spaced("city park valley beach view hills heights springs bay grove lake village"))
NAME_OPENERS = frozenset(spaced("san santa los las el la st saint new fort mount sao"))
_DIRECTIONS = frozenset({"south", "north", "east", "west"})
_PLACE_CUES = frozenset({"in", "near", "around", "في"})
_TITLES = frozenset({"dr", "mr", "mrs", "ms"})
_INSIDE_PLACES = frozenset({"of", "the", "al", "el", "la", "de", "no"})
_STATES = frozenset(
    spaced(
        """al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh
        ok or pa ri sc sd tn tx ut vt va wa wv wi wy uk uae usa bc ab on qc"""
    )
)


@lru_cache(maxsize=8)
def city_table(languages: tuple[str, ...]) -> PhraseTable[bool]:
    names = list(cities.CITIES)
    for language in languages:
        zones = locale_of(language).time_zones.values()
        names.extend(zone["city"] for zone in zones if len(zone.get("city", "")) > _SHORTEST_CITY)
    return PhraseTable((name, True) for name in names)


def find_places(words: Words, lexicon: Lexicon, expected: bool, never: frozenset[str], journeys: bool) -> list[Found]:
    """Known cities, and what stands behind a preposition like a name: `in Palm Springs`, `near business bay`.

    Without capitals an unknown word behind `in` is a guess; `never` are the flow's own words, which are no places.
    `journeys`: the flow has a field for where somebody goes, so that `to` speaks of places.
    """
    small = not any(token.capital for token in words.tokens[1:]) or words.original[:1].islower()
    found: list[Found] = []
    taken: set[int] = set()
    for match in city_table(lexicon.languages).find(words.texts):
        name = " ".join(words.texts[match.first : match.last])
        cued = match.first > 0 and _ends_cue(words.texts, match.first, lexicon)
        alone = expected and len(words.texts) <= 3
        written = words.original[slice(*words.span(match.first, match.last))]
        capitals = written.isupper() and not words.original.isupper()
        cued = cued and words.texts[match.first - 1] not in {"at", "some"}
        if name in cities.EVERYDAY and not (alone or cued or capitals):
            continue
        if words.texts[match.last : match.last + 1] in {("time",), ("visa",)}:
            continue
        directed = match.first > 0 and words.texts[match.first - 1] in _DIRECTIONS
        first, last = match.first - directed, _with_state(words, match.last)
        first, last = _with_kind(words, first, last, lexicon)
        found.append(_place(words, first, last, 1.0))
        taken.update(range(first, last))
    found.extend(_before_postposition(words, lexicon, taken, never, expected))
    for at, text in enumerate(words.texts):
        if text not in lexicon.place_starts:
            continue
        cue = lexicon.place_cues.at(words.texts, at)
        weak = not expected and (
            words.texts[at] in _WEAK_CUES | lexicon.of_words or (words.texts[at] == "to" and not journeys)
        )
        weak = weak or (at > 0 and words.texts[at - 1] in _NO_PLACE_BEHIND)
        if cue and not weak and cue.last < len(words.texts) and cue.last not in taken:
            if words.texts[cue.last] == "the" and cue.last + 1 < len(words.texts):
                cue = cue._replace(last=cue.last + 1)
            last = _name_end(words, cue.last, lexicon)
            if last == cue.last and small and words.texts[at] in _PLACE_CUES:
                last = _unknown_end(words, cue.last, lexicon, never)
                if last > cue.last:
                    found.append(_place(words, cue.last, last, 0.85))
                    taken.update(range(cue.last, last))
                continue
            if last > cue.last and not taken.intersection(range(cue.last, last)):
                first, last = _with_kind(words, cue.last, last, lexicon)
                found.append(_place(words, first, _with_state(words, last), 0.9))
                taken.update(range(first, last))
    return found


def _with_kind(words: Words, first: int, last: int, lexicon: Lexicon) -> tuple[int, int]:
    """`aeropuerto de Bogotá`, `mumbai airport`, `sector 18 noida`: what kind of place it is belongs to it."""
    texts = words.texts
    if last < len(texts) and texts[last] in lexicon.place_tails:
        return first, last + 1
    at = first - 1
    while at >= 0 and at >= first - 2 and (texts[at] in lexicon.of_words or texts[at].isdigit()):
        at -= 1
    return (at, last) if at >= 0 and texts[at] in lexicon.place_heads else (first, last)


def _before_postposition(
    words: Words, lexicon: Lexicon, taken: set[int], never: frozenset[str], expected: bool
) -> list[Found]:
    """`noida me`, `andheri में`: the word that makes it a place stands behind."""
    found: list[Found] = []
    texts = words.texts
    for at, text in enumerate(texts):
        marker = lexicon.place_behind.at(texts, at) if text in lexicon.place_behind else None
        if marker is None or at == 0 or at - 1 in taken or (text in lexicon.start_behind and not expected):
            continue
        first = at
        while first > 0 and at - first < 3 and _may_be_place(texts[first - 1], lexicon, never):
            first -= 1
        if first < at:
            first, last = _with_kind(words, first, at, lexicon)
            found.append(_place(words, first, last, 0.9))
            taken.update(range(first, last))
    return found


def _may_be_place(word: str, lexicon: Lexicon, never: frozenset[str]) -> bool:
    known = word in lexicon.common or lexicon.months.has(word) or word in lexicon.weekdays or word in lexicon.numbers
    known = known or word in never or word in lexicon.units or word in lexicon.relative_days or word in lexicon.periods
    return is_word(word) and len(word) > 3 and not known


def _place(words: Words, first: int, last: int, sure: float) -> Found:
    start, end = words.span(first, last)
    written = words.original[start:end]
    if sure == 1.0 and written.isascii():
        written = _as_known(words, first, last, written)
    return Found(FieldType.PLACE, written, first, last, sure)


def _as_known(words: Words, first: int, last: int, written: str) -> str:
    """A known city, misspelt, as it is known."""
    at = words.tokens[first].start
    for token in reversed(words.tokens[first:last]):
        begin, end = token.start - at, token.end - at
        if written[begin:end].lower() != token.text and token.text.isalpha():
            written = written[:begin] + token.text.title() + written[end:]
    return written


def _ends_cue(texts: tuple[str, ...], first: int, lexicon: Lexicon) -> bool:
    return any(
        (cue := lexicon.place_cues.at(texts, at)) is not None and cue.last == first
        for at in range(max(0, first - 3), first)
    )


def _name_end(words: Words, first: int, lexicon: Lexicon) -> int:
    """Where a capitalised name that begins at `first` ends; `first` itself if there is none."""
    last = first
    while last < len(words.texts) and last < first + _LONGEST_PLACE:
        token = words.tokens[last]
        joining = token.text in {"of", "the", "de", "al", "el", "-"} and last > first
        joining = joining and last + 1 < len(words.tokens) and words.tokens[last + 1].capital
        if not ((token.capital and is_word(token.text)) or joining) or token.sentence != words.tokens[first].sentence:
            break
        if token.text in lexicon.weekdays or token.text in lexicon.months or token.text in lexicon.function:
            break
        if token.text in _TITLES:
            break
        last += 1
        if words.texts[last : last + 1] == ("-",) and last + 1 < len(words.tokens) and _is_glued(words, last):
            last += 2
    return last


def _unknown_end(words: Words, first: int, lexicon: Lexicon, never: frozenset[str]) -> int:
    """Where one or two words that nothing else knows end: `in hove`, if a clause ends behind them."""
    texts, last = words.texts, first
    while last < len(texts) and last < first + 2 and is_word(texts[last]):
        if len(texts[last]) <= 3 and (last > first or texts[last] not in NAME_OPENERS):
            break
        word = texts[last]
        known = word in lexicon.common or word in lexicon.months or word in lexicon.weekdays or word in lexicon.numbers
        if known or word in never or word in lexicon.units or word in lexicon.periods or word in lexicon.relative_days:
            break
        last += 1
    if last == first + 1 and texts[first] in NAME_OPENERS:
        return first
    last += last > first and last < len(texts) and texts[last] in _NAME_ENDINGS  # "foster city"
    ends = last == len(texts) or not texts[last].isalnum() or texts[last] in lexicon.function | lexicon.common
    return last if ends else first


def _is_glued(words: Words, at: int) -> bool:
    """`Chi-town`: no blank on either side."""
    before, here, after = words.tokens[at - 1 : at + 2]
    return before.end == here.start and here.end == after.start and after.text.isalpha()


def _with_state(words: Words, last: int) -> int:
    """`Fresno, CA`: the state belongs to the place."""
    texts = words.texts
    if texts[last : last + 1] == (",",) and last + 1 < len(texts) and texts[last + 1] in _STATES:
        state = words.tokens[last + 1]
        return last + 2 if state.capital else last
    if last < len(texts) and texts[last] in _STATES - {
        "in",
        "or",
        "me",
        "hi",
        "ok",
        "la",
        "de",
        "id",
        "ma",
        "pa",
        "al",
        "on",
        "ab",
        "no",
    }:
        return last + 1
    return last


def place_answer(words: Words, first: int, last: int, lexicon: Lexicon) -> Found | None:
    """The place in an answer to `where?`, without its preposition: at most five words."""
    texts = words.texts
    for at in range(first, last):
        cue = lexicon.place_cues.at(texts, at)
        if cue and cue.last < last and at <= first + 6:
            first = cue.last
            if at > first:
                break
    while first < last and (texts[first] in lexicon.common or not texts[first][0].isalnum()):
        first += 1
    end = first
    while end < last and end < first + _LONGEST_PLACE and texts[end] not in lexicon.conjunctions:
        if texts[end] in lexicon.function and texts[end] not in _INSIDE_PLACES:
            break
        if not texts[end][0].isalnum() and texts[end] not in {"-", "."}:
            break
        end += 1
    while end > first and texts[end - 1] in {"-", ".", "please", "area"}:
        end -= 1
    plain = [text for text in texts[first:end] if is_word(text) and text not in lexicon.common]
    return _place(words, first, end, 0.7) if plain else None
