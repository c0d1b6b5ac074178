"""Kinds that everybody knows for a field that lists none: `burmese`, `a rock concert`, `some sushi`."""

from collections.abc import Iterable
from functools import lru_cache

from surereply.domain.flow import FieldType
from surereply.understanding.choices import is_asked_about
from surereply.understanding.fields import FieldView
from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.recognisers.countries import country_table
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood
from surereply.understanding.tables.kinds import EVERYDAY, HAS_KINDS, KINDS, LIKINGS, TOPICS

_ASKED, _NAMED = 0.96, 0.9
_PLAIN = 0.5  # confidence from which a claim has its words to itself
_LIKED_WITHIN = 3  # words


def claim_kinds(scene: Scene, claims: list[Claim]) -> list[Claim]:
    """For each text field that asks for a kind of food, music, sport or film: the one that the message names."""
    taken = {at for claim in claims if claim.confidence >= _PLAIN for at in range(claim.first, claim.last)}
    found: list[Claim] = []
    for view in scene.by_type.get(FieldType.TEXT, ()):
        topics = _topics_of(view)
        in_play = view.name in scene.needed or view.name in scene.asked
        claim = _named(scene, view, topics, taken) if topics and in_play else None
        if claim is not None:
            found.append(claim)
            taken.update(range(claim.first, claim.last))
    return found


def words_of_kinds(views: Iterable[FieldView]) -> frozenset[str]:
    """The words of all kinds that these fields ask for: none of them is a slip for another word."""
    topics = {topic for view in views for topic in _topics_of(view)}
    return _table(tuple(sorted(topics))).words()


def _topics_of(view: FieldView) -> tuple[str, ...]:
    """The topics of a text field that wants no name and no pattern."""
    if view.type is not FieldType.TEXT or view.named or view.pattern is not None:
        return ()
    return tuple(topic for topic, words in TOPICS.items() if words & view.spoken)


def _named(scene: Scene, view: FieldView, topics: tuple[str, ...], taken: set[int]) -> Claim | None:
    asked = view.name in scene.asked
    for first, last in _kinds_in(scene, topics):
        if not taken.isdisjoint(range(first, last)) or scene.is_negated(first, last):
            continue
        if not _is_meant(scene, first, last, asked) or _is_of_a_name(scene, first, last):
            continue
        if not asked and _is_only_asked(scene, view, first):
            continue
        start, end = scene.words.span(first, last)
        sure = _ASKED if asked else _NAMED
        return Claim(view.name, scene.words.original[start:end], first, last, sure)
    return None


def _is_only_asked(scene: Scene, view: FieldView, at: int) -> bool:
    """`do they serve burritos?`, of an offer; `are there any thai places?` wishes for them."""
    whether = scene.mood_at(at) is Mood.ASKS_WHETHER
    return is_asked_about(scene, at) or (whether and (view.name in scene.context.known or bool(scene.context.offered)))


def _kinds_in(scene: Scene, topics: tuple[str, ...]) -> list[tuple[int, int]]:
    """Stretches that name a kind; those side by side are one: `korean barbeque`, `pizza and pasta`."""
    texts = scene.words.texts
    stretches = [(match.first, match.last) for match in _table(topics).find(texts)]
    if "food" in topics:
        peoples = country_table(scene.lexicon.languages).find(texts)
        stretches.extend((match.first, match.last) for match in peoples if match.payload.demonym)
    joined: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        elif joined and (first == joined[-1][1] or texts[joined[-1][1] : first] == ("and",)):
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


@lru_cache(maxsize=32)
def _table(topics: tuple[str, ...]) -> PhraseTable[bool]:
    return PhraseTable((kind, True) for topic in topics for kind in KINDS[topic])


def _is_meant(scene: Scene, first: int, last: int, asked: bool) -> bool:
    """`country` is a kind of music beside `events`, behind `i like`, or where the kind was asked for."""
    texts = scene.words.texts
    if asked or any(text not in EVERYDAY and text != "and" for text in texts[first:last]):
        return True
    liked = not LIKINGS.isdisjoint(texts[max(0, first - _LIKED_WITHIN) : first])
    beside = not HAS_KINDS.isdisjoint(texts[last : last + 2])
    return beside or (liked and (last == len(texts) or not texts[last][0].isalnum()))


def _is_of_a_name(scene: Scene, first: int, last: int) -> bool:
    """`Wooden Charcoal Barbecue`, `Rock Island`: with other capitals beside it, a kind is part of a name."""
    tokens = scene.words.tokens
    if not tokens[first].capital:
        return False
    sentence = tokens[first].sentence
    for at in (first - 1, last):
        if not 0 <= at < len(tokens) or tokens[at].sentence != sentence or not tokens[at].text[0].isalpha():
            continue
        opens = at == 0 or tokens[at - 1].sentence != sentence or not tokens[at - 1].text[0].isalnum()
        everyday = tokens[at].text in scene.lexicon.common or tokens[at].text in HAS_KINDS
        if tokens[at].capital and not everyday and not (at < first and opens):
            return True
    return any(
        isinstance(value, str) and f" {' '.join(scene.words.texts[first:last])} " in f" {folded(value)} "
        for name, value in scene.context.known.items()
        if name in scene.views and scene.views[name].named
    )
