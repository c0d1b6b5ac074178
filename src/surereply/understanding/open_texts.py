"""Texts of no list beside their field's own words: `Italian food`, `events like baseball`, `a 4.2 rating`."""

from surereply.domain.flow import FieldType
from surereply.understanding.fields import PLACE_KINDS, CueAt, FieldView
from surereply.understanding.normalise import is_word
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood
from surereply.understanding.tables.shape import spaced

_LONGEST = 3  # words
_POINTS_FROM = 0.3  # weight of a cue that can carry a text
_NAMES_ITS_FIELD = 0.7
_BESIDE, _ASKED = 0.8, 0.93
_KINDS = frozenset(spaced("type kind style sort genre"))  # may stand between: "Izakaya type food"
_LINKS = (  # "events like baseball", "rating of at least 4.1"
    *(("of", "at", "least"), ("should", "be", "at", "least"), ("at", "least"), ("such", "as"), ("should", "be")),
    *(("higher", "than"), ("like",), ("of",), ("is",), ("above",)),
)
_ARTICLES = frozenset(
    spaced(
        """a an the some any more other good nice great best local fan enjoy enjoying eating interested serve serves
        serving priced related called named"""
    )
)


def claim_open_texts(scene: Scene, claims: list[Claim]) -> list[Claim]:
    """For each text field that wants no name, the words right beside one of its cues."""
    sure = {at for claim in claims if claim.confidence >= _POINTS_FROM for at in range(claim.first, claim.last)}
    found: list[Claim] = []
    for view in scene.by_type.get(FieldType.TEXT, ()):
        if view.named or view.pattern is not None or not _is_in_play(scene, view):
            continue
        claim = next((c for cue in scene.cues.get(view.name, ()) if (c := _beside(scene, view, cue, sure))), None)
        if claim is not None:
            found.append(claim)
            sure.update(range(claim.first, claim.last))
    return found


def _is_in_play(scene: Scene, view: FieldView) -> bool:
    return view.name in scene.asked or view.name in scene.needed


def _beside(scene: Scene, view: FieldView, cue: CueAt, sure: set[int]) -> Claim | None:
    mood = scene.mood_at(cue.first)
    asked_about = mood is Mood.ASKS or (mood is Mood.ASKS_WHETHER and view.name not in scene.asked)
    if cue.weight < _POINTS_FROM or asked_about:
        return None
    if cue.weight < _NAMES_ITS_FIELD and view.name in scene.context.known and view.name not in scene.asked:
        return None
    if scene.in_label(cue.first, cue.last):
        return None
    stretch = _before(scene, cue, sure) or _behind(scene, cue, sure)
    if stretch is None or scene.is_negated(stretch[0]):
        return None
    start, end = scene.words.span(*stretch)
    confidence = _ASKED if view.name in scene.asked else _BESIDE
    return Claim(view.name, scene.words.original[start:end], *stretch, confidence)


def _before(scene: Scene, cue: CueAt, sure: set[int]) -> tuple[int, int] | None:
    texts = scene.words.texts
    last = cue.first
    while last > 0 and texts[last - 1] in _KINDS | {"of"}:
        last -= 1
    first = last
    while first > 0 and last - first < _LONGEST and _is_telling(scene, first - 1, cue, sure):
        first -= 1
    return (first, last) if first < last else None


def _behind(scene: Scene, cue: CueAt, sure: set[int]) -> tuple[int, int] | None:
    texts = scene.words.texts
    link = next((link for link in _LINKS if texts[cue.last : cue.last + len(link)] == link), None)
    if link is None:
        return None
    first = cue.last + len(link)
    while first < len(texts) and texts[first] in _ARTICLES:
        first += 1
    last = first
    while last < len(texts) and last - first < _LONGEST and _is_telling(scene, last, cue, sure):
        last += 1
    return (first, last) if first < last else None


def _is_telling(scene: Scene, at: int, cue: CueAt, sure: set[int]) -> bool:
    """A word of the customer's own: neither everyday's nor one that speaks of a field."""
    text, lexicon = scene.words.texts[at], scene.lexicon
    if at in sure or text in PLACE_KINDS or scene.words.tokens[at].sentence != scene.words.tokens[cue.first].sentence:
        return False
    if text[0].isdigit():
        return cue.weight >= _NAMES_ITS_FIELD and "." in text  # "a 4.2 rating"
    if not is_word(text) or text in lexicon.common or text in lexicon.polite or text in _ARTICLES:
        return False
    if text in lexicon.numbers or text in lexicon.weekdays or lexicon.months.has(text) or text in lexicon.greetings:
        return False
    if text in lexicon.accepts or text in lexicon.yes or text in lexicon.relative_days or text in lexicon.ordinals:
        return False
    return not any(c.first <= at < c.last for cues in scene.cues.values() for c in cues)
