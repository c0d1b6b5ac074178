"""Taking up what our last reply put forward: `yes`, `the second one`, `2`, or the offer's own words."""

from collections.abc import Iterator
from itertools import groupby

from surereply.domain.facts import Signal, Source, Value
from surereply.domain.flow import FieldType
from surereply.understanding.normalise import folded
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood

_CONFIRMED, _TAKEN_UP, _PICKED, _REPEATED = 0.98, 0.85, 0.93, 0.9
_PRAISE_WITHIN = 3  # words between "looks" and "great"
_KINDS_OF_THING = frozenset(
    {"model", "make"}
)  # whose name describes what is offered, and any other of the kind would do
_ONES = frozenset({"one", "ones", "option", "choice", "خيار", "الخيار"})


def claim_offers(scene: Scene, claims: list[Claim], signals: set[Signal]) -> list[Claim]:
    """Offered and confirmed values that the message takes up; what it states itself wins over them."""
    stated = {claim.field for claim in claims if claim.confidence >= 0.5}
    context = scene.context
    taken: list[Claim] = []
    if context.confirmed and accepts(scene, signals):
        taken.extend(_without_words(context.confirmed, _CONFIRMED, stated))
    if context.offered:
        repeated = _repeated(scene, stated)
        picked = [] if repeated else _picked(scene, stated)
        taken.extend(repeated or picked)
        stated = stated | {claim.field for claim in taken}
        yes_answers_a_question = any(scene.views[name].type == "yes_no" for name in scene.asked)
        if picked or (_takes_up(scene, signals) and not yes_answers_a_question):
            chosen = {name: value for name, value in context.offered.items() if _is_chosen(scene, name)}
            taken.extend(_without_words(chosen, _TAKEN_UP, stated))
    return taken


def accepts(scene: Scene, signals: set[Signal]) -> bool:
    """Whether the message opens by agreeing, or agrees at all without turning anything down."""
    if Signal.NO in signals or not scene.sentences:
        return False
    texts = scene.words.texts
    lexicon = scene.lexicon
    if Signal.YES in signals:
        return not _declines(scene)
    for sentence in scene.sentences:
        if sentence.mood not in {Mood.STATES, Mood.WISHES}:
            continue
        for at in range(sentence.first, sentence.last):
            if texts[at] in lexicon.accepts and lexicon.accepts.at(texts, at):
                return not scene.is_negated(at) and not _declines(scene)
    return False


def _takes_up(scene: Scene, signals: set[Signal]) -> bool:
    """Whether the message takes the offer: agrees, praises it, or has it booked; a question after it does not."""
    if any(sentence.asks for sentence in scene.sentences) or "but" in scene.words.texts:
        return False
    if accepts(scene, signals):
        return True
    if Signal.NO in signals or _declines(scene):
        return False
    return any(_praises(scene, first, last) for first, last in _whole_sentences(scene))


def _whole_sentences(scene: Scene) -> Iterator[tuple[int, int]]:
    """Sentences as they were written, that state or wish: `this is the one i want` is not cut in two."""
    tokens = scene.words.tokens
    for _, pieces in groupby(scene.sentences, key=lambda piece: tokens[piece.first].sentence):
        said = list(pieces)
        if all(piece.mood in {Mood.STATES, Mood.WISHES} for piece in said):
            yield said[0].first, said[-1].last


def _praises(scene: Scene, begin: int, end: int) -> bool:
    texts, lexicon = scene.words.texts[begin:end], scene.lexicon
    if lexicon.commits.find(texts):
        return True
    seems = lexicon.seems.find(texts)
    praise = lexicon.praise.find(texts)
    return any(
        one.last <= other.first <= one.last + _PRAISE_WITHIN and not scene.is_negated(begin + other.first)
        for one in seems
        for other in praise
    )


def _declines(scene: Scene) -> bool:
    texts = scene.words.texts
    return any(text in scene.lexicon.declines and scene.lexicon.declines.at(texts, at) for at, text in enumerate(texts))


def _without_words(values: dict[str, list[Value]], confidence: float, stated: set[str]) -> list[Claim]:
    """A plain yes takes each field's value where there is exactly one to take."""
    return [
        Claim(field, value[0], 0, 0, confidence, Source.CONFIRMED)
        for field, value in values.items()
        if len(value) == 1 and field not in stated
    ]


def _is_chosen(scene: Scene, name: str) -> bool:
    """Whether a yes to an offer chooses this: its price, its address, where and when it is only describe it.

    What the customer wanted already stays chosen; so are a departure's time and where something is picked up.
    """
    view = scene.views.get(name)
    if view is None or name in scene.context.known:
        return True
    if view.type in {FieldType.PLACE, FieldType.TIME} and not _names_a_thing(scene):
        return True  # "tomorrow at 5?" offers nothing else
    if view.type is FieldType.PLACE:
        return bool(view.role) and not view.place_kinds
    if view.type is FieldType.TIME:
        own_words = (folded(text).split() for text in (name.replace("_", " "), *view.field.label.values()))
        return any(scene.lexicon.start_words.find(tuple(words)) for words in own_words)
    if view.type is FieldType.TEXT:
        return view.named and _KINDS_OF_THING.isdisjoint(view.spoken)
    return view.type not in {FieldType.MONEY, FieldType.COUNT}


def _names_a_thing(scene: Scene) -> bool:
    """Whether the offer is of something with a name, such as a show or an airline."""
    offered = (scene.views.get(name) for name in scene.context.offered)
    return any(view is not None and (view.named or view.type is FieldType.CHOICE) for view in offered)


def _repeated(scene: Scene, stated: set[str]) -> list[Claim]:
    """An offered value in the customer's own words."""
    texts = scene.words.texts
    found: list[Claim] = []
    for field, values in scene.context.offered.items():
        if field in stated:
            continue
        for value in values:
            first = _place_of(texts, folded(str(value)).split()) if isinstance(value, str) else None
            if first is not None and not scene.is_negated(first) and scene.mood_at(first) is not Mood.ASKS:
                last = first + len(folded(str(value)).split())
                found.append(Claim(field, value, first, last, _REPEATED))
                break
    return found


def _place_of(texts: tuple[str, ...], words: list[str]) -> int | None:
    if not words or sum(map(len, words)) < 2:
        return None
    for at in range(len(texts) - len(words) + 1):
        if texts[at] == words[0] and list(texts[at : at + len(words)]) == words:
            return at
    return None


def _picked(scene: Scene, stated: set[str]) -> list[Claim]:
    """`the first one`, `the last`, `2`: by place in a list of offers."""
    texts, lexicon = scene.words.texts, scene.lexicon
    for at, text in enumerate(texts):
        ordinal = lexicon.ordinals.get(text)
        if ordinal is None and text.isdigit() and len(text) == 1 and _stands_alone(texts):
            ordinal = int(text)
        if ordinal is None:
            continue
        index = int(ordinal) - 1 if int(ordinal) > 0 else -1
        return [
            Claim(field, values[index], at, at + 1, _PICKED, Source.CONFIRMED)
            for field, values in scene.context.offered.items()
            if len(values) > 1 and index < len(values) and field not in stated
        ]
    return []


def _stands_alone(texts: tuple[str, ...]) -> bool:
    plain = [text for text in texts if text[0].isalnum() and text not in _ONES]
    return len(plain) <= 2
