"""Names of things that were asked for: `Hotel Ibis Paris` is one name, whatever place stands in it."""

from dataclasses import replace

from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.recognisers.countries import country_table
from surereply.understanding.recognisers.places import city_table
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood
from surereply.understanding.tables.shape import spaced

_LONGEST = 9  # words
_JOINING = frozenset(spaced("""of the de la al el and vs & 's by s ' - du des : ."""))
_LEADS = frozenset(spaced("""at to see called named for with is prefer like try visit book watch attend"""))
_PLAIN = 0.5  # confidence from which a claim has its words to itself
_SURE_LEADS = frozenset(spaced("at see called named visit attend"))
_LEADS_OF_TWO = frozenset({("tickets", "for"), ("tickets", "to"), ("ticket", "for"), ("ticket", "to"), ("go", "to")})
_TITLES = frozenset({"dr"})
_HEARD = frozenset(spaced("heard hear featuring recommended"))
_HEARD_LINKS = frozenset(spaced("that the about of good great things positive"))
_AGAINST = frozenset({"vs", "versus"})
_FROM_CUE = 4  # words between "restaurant" and its name
_FROM_CUE_WORDS = frozenset(spaced("is should be called named the a to , : - name of it's at"))
_CAPITALISED, _UNASKED = 0.9, 0.85
_MOSTLY_CAPITALS = 0.7  # of a message's words: then capitals tell nothing


def claim_named_texts(scene: Scene) -> list[Claim]:
    """A capitalised name for an asked text field that wants a name; at most one field is served."""
    asked = [scene.views[name] for name in scene.asked if scene.views[name].named]
    if not asked or _capitals_tell_nothing(scene):
        return []
    stretches = [
        stretch
        for sentence in scene.sentences
        if sentence.mood in {Mood.STATES, Mood.WISHES}
        for stretch in _capitalised(scene, sentence.first, sentence.last)
        if not _is_of_another_label(scene, asked[0], *stretch)
    ]
    if not stretches:
        return []
    return [_claim(scene, asked[0], max(stretches, key=lambda s: _rank(scene, *s)))]


def claim_unasked_names(scene: Scene, claims: list[Claim]) -> list[Claim]:
    """A name that comes unasked: behind its field's own word, or behind `at`, `see`, `tickets for` where one field can
    have it."""
    open_fields = [view for view in scene.by_type.get(FieldType.TEXT, ()) if view.named and view.name in scene.needed]
    if not open_fields or _capitals_tell_nothing(scene):
        return []
    taken = {at for claim in claims if claim.confidence >= _PLAIN for at in range(claim.first, claim.last)}
    cities = city_table(scene.lexicon.languages)
    for sentence in scene.sentences:
        if sentence.mood is Mood.ASKS:
            continue
        for first, last in _capitalised(scene, sentence.first, sentence.last):
            if not taken.isdisjoint(range(first, last)) or _is_something_else(scene, first, last, cities):
                continue
            view = _named_by(scene, open_fields, first, last)
            if view is not None:
                claim = _claim(scene, view, (first, last))
                return [replace(claim, confidence=_UNASKED)]
    return []


def _named_by(scene: Scene, views: list[FieldView], first: int, last: int) -> FieldView | None:
    texts = scene.words.texts
    for view in views:
        for cue in scene.cues.get(view.name, ()):
            before = 0 <= first - cue.last <= _FROM_CUE and _only_links(texts[cue.last : first])
            if before or cue.first == last:
                return view
    led = first > 0 and (texts[first - 1] in _SURE_LEADS or texts[first - 2 : first] in _LEADS_OF_TWO)
    title = texts[first] in _TITLES or (first > 0 and texts[first - 1] in _TITLES)
    unknown = [view for view in views if view.name not in scene.context.known]
    if len(views) == 1 and (_is_heard_of(texts, first) or not _AGAINST.isdisjoint(texts[first:last])):
        return views[0]
    return unknown[0] if len(unknown) == 1 and (led or title) else None


def _is_heard_of(texts: tuple[str, ...], first: int) -> bool:
    """`I heard that Shanice is good`, `great things about the Beach Boys`."""
    at = first
    while at > max(0, first - 4) and texts[at - 1] in _HEARD_LINKS:
        at -= 1
    return at > 0 and texts[at - 1] in _HEARD


def _only_links(texts: tuple[str, ...]) -> bool:
    return all(text in _FROM_CUE_WORDS for text in texts)


def _is_something_else(scene: Scene, first: int, last: int, cities: PhraseTable[bool]) -> bool:
    texts = scene.words.texts
    everyday = scene.lexicon.common | scene.lexicon.everyday
    if all(text in everyday for text in texts[first:last]):
        return True
    known = cities.at(texts, first)
    country = country_table(scene.lexicon.languages).at(texts, first)
    return bool((known and known.last == last) or (country and country.last == last)) or scene.in_label(first, last)


def _is_of_another_label(scene: Scene, view: FieldView, first: int, last: int) -> bool:
    """`Name: Priya Nair` names a person, whatever was asked."""
    if scene.in_label(first, last):
        return True
    others = [label for label in scene.labels if view.name not in label.fields]
    return any(label.answer <= first < label.last for label in others)


def _rank(scene: Scene, first: int, last: int) -> tuple[bool, int]:
    led = first > 0 and scene.words.texts[first - 1] in _LEADS | {"the"}
    return led, last - first


def _claim(scene: Scene, view: FieldView, stretch: tuple[int, int]) -> Claim:
    start, end = scene.words.span(*stretch)
    return Claim(view.name, scene.words.original[start:end], *stretch, _CAPITALISED)


def _capitals_tell_nothing(scene: Scene) -> bool:
    letters = [token for token in scene.words.tokens if token.text[0].isalpha()]
    capitals = sum(token.capital for token in letters)
    return len(letters) > 3 and capitals >= _MOSTLY_CAPITALS * len(letters)


def _capitalised(scene: Scene, first: int, last: int) -> list[tuple[int, int]]:
    """Runs of capitalised words; the first word of a sentence begins one only if it is no everyday word."""
    tokens, lexicon = scene.words.tokens, scene.lexicon
    runs: list[tuple[int, int]] = []
    at = first
    while at < last:
        if not _begins(scene, at):
            at += 1
            continue
        end = at + 1
        while end < last and end - at < _LONGEST and (_continues(scene, end, last)):
            end += 1
        while end > at + 1 and not tokens[end - 1].text[0].isalnum():
            end -= 1
        text = tokens[at].text
        behind_place_word = at > first and tokens[at - 1].text in {"in", "from", "near", "on"}
        only_article = end == at + 1 and text == "the"
        is_date = text in lexicon.weekdays or lexicon.months.has(text)
        if not (behind_place_word or only_article or is_date):
            runs.append((at, end))
        at = end
    return runs


def _begins(scene: Scene, at: int) -> bool:
    token = scene.words.tokens[at]
    everyday = token.text in scene.lexicon.common or token.text in scene.lexicon.polite
    everyday = everyday or token.text in scene.lexicon.yes or token.text in scene.lexicon.weekdays
    everyday = everyday and token.text != "the"
    follows = scene.words.tokens[at + 1].capital if at + 1 < len(scene.words.tokens) else False
    return (
        token.capital
        and token.text[0].isalpha()
        and (not everyday or (follows and token.text not in scene.lexicon.function))
    )


def _continues(scene: Scene, at: int, last: int) -> bool:
    tokens = scene.words.tokens
    token = tokens[at]
    before = tokens[at - 1]
    if token.capital and token.text not in {"in", "on", "at"}:
        return True
    if token.text == "." and before.text in {"dr", "st"}:
        return True
    if before.text == "-" and before.end == token.start:
        return token.text.isalpha()
    if token.text in _AGAINST or before.text in _AGAINST:
        return True  # "Diamondbacks vs nationals"
    follows = tokens[at + 1] if at + 1 < last else None
    if follows is None:
        return False
    glued = token.text == "-" and before.end == token.start and token.end == follows.start
    return glued or (token.text in _JOINING and follows.capital)
