"""Answers that only the question makes sense of: bare names, places, free text and bare options."""

from surereply.domain.facts import Signal
from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.labels import LabelAt
from surereply.understanding.names import name_claims
from surereply.understanding.recognisers.people import bare_name
from surereply.understanding.recognisers.places import place_answer
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood, Sentence
from surereply.understanding.tables.shape import spaced

_NOT_AN_ANSWER = frozenset(
    {Signal.DONT_KNOW, Signal.REFUSES, Signal.STOP, Signal.WANTS_PERSON, Signal.LEGAL_THREAT, Signal.ANGRY}
)
_LONGEST_TEXT = 400  # characters of a free text that is kept
_SHORT_NO = 3  # words
_LINKS = frozenset(spaced("is are : = - on the my a هو هي"))  # between what a value is called and the value
_CALLED = frozenset({"called", "named"})
_AT = frozenset({"at", "see"})
_ENDS_NAME = frozenset(spaced("in on at for this that i we please tomorrow today can could would and it's , . ?"))
_LONGEST_NAME = 6  # words
_ENDS_WISH = frozenset(spaced("would but please in near around , . that which place"))
_OWNERS = frozenset(spaced("my our"))
_INTRODUCED_FROM = 0.7
_OWNER_WITHIN = 3  # words before a cue
_LEAD_INS = frozenset(
    spaced("""it's its it is the a an i'm im i am my for want to do would like it'll be just maybe we our هو هي""")
)


def claim_answers(scene: Scene, claims: list[Claim], signals: set[Signal], never: frozenset[str]) -> list[Claim]:
    """Values of asked fields of free form that no recogniser has filled yet."""
    answers: list[Claim] = []
    if signals & _NOT_AN_ANSWER:
        return answers
    filled = {claim.field for claim in claims}
    for name in scene.asked:
        view = scene.views[name]
        if name in filled:
            continue
        answer = None
        if view.type is FieldType.PERSON:
            named = _person(scene, view, claims, never)
            answers.extend(named)
            claims = [*claims, *named]
            filled.update(claim.field for claim in named)
        elif view.type is FieldType.PLACE:
            answer = _place(scene, view, claims, signals)
        elif view.type is FieldType.COUNT:
            answer = _none(scene, view, signals)
        elif view.type is FieldType.TEXT:
            answer = _text(scene, view, claims, signals)
        if answer:
            answers.append(answer)
            claims = [*claims, answer]
    return answers


def _none(scene: Scene, view: FieldView, signals: set[Signal]) -> Claim | None:
    """`no`, `no visas`: none, where none may be."""
    minimum = view.field.minimum
    short = sum(text[0].isalpha() for text in scene.words.texts) <= _SHORT_NO
    if Signal.NO not in signals or minimum is None or minimum > 0 or not short:
        return None
    return Claim(view.name, 0, 0, 1, 0.85)


def _person(scene: Scene, view: FieldView, claims: list[Claim], never: frozenset[str]) -> list[Claim]:
    for first, last in _free_stretches(scene, view, claims):
        first, last = _trimmed(scene, first, last)
        name = bare_name(scene.words, first, last, scene.lexicon, never) if first < last else None
        if name:
            return name_claims(scene, view, name.first, name.last, 0.93)
    return []


def _place(scene: Scene, view: FieldView, claims: list[Claim], signals: set[Signal]) -> Claim | None:
    for first, last in _free_stretches(scene, view, claims):
        first, last = _trimmed(scene, first, last)
        place = place_answer(scene.words, first, last, scene.lexicon) if first < last else None
        if place:
            short = last - first <= 4
            cued = place.first > first and scene.lexicon.place_cues.has(scene.words.texts[place.first - 1])
            if not short and not cued:
                continue
            return Claim(view.name, place.value, place.first, place.last, 0.85 if short else 0.65)
    return None


def _text(scene: Scene, view: FieldView, claims: list[Claim], signals: set[Signal]) -> Claim | None:
    sure = [claim for claim in claims if claim.confidence >= 0.7 and claim.last > claim.first]
    stretches = []
    for first, last in _free_stretches(scene, view, sure):
        first, last = _trimmed(scene, first, last)
        if first < last and _says_something(scene, first, last):
            stretches.append((first, last))
    if view.named:
        # A name has a word that is none of everyday's.
        texts, common = scene.words.texts, scene.lexicon.common
        stretches = [s for s in stretches if any(texts[at] not in common for at in range(*s))]
    if not stretches:
        return None
    first, last = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    if view.named and (named := _named_behind(scene, view, stretches)):
        first, last = named
    elif scene.lexicon.wishes.at(scene.words.texts, first):
        first, last = _what_is_wished_for(scene, first, last)
    elif not view.named:
        while last > first + 1 and scene.words.texts[last - 1] in scene.lexicon.function:
            last -= 1
    if first == last:
        return None
    start, end = scene.words.span(first, last)
    value = scene.words.original[start:end]
    if len(value) > _LONGEST_TEXT or (view.pattern is not None and not view.pattern.fullmatch(value)):
        return None
    return Claim(view.name, value, first, last, 0.9 if last - first <= 8 else 0.8)


def _named_behind(scene: Scene, view: FieldView, stretches: list[tuple[int, int]]) -> tuple[int, int] | None:
    """`a reservation at sumac in`, `for the event crystal lake on`: a name typed small, by what stands before."""
    texts, lexicon = scene.words.texts, scene.lexicon
    cues = {cue.last for cue in scene.cues.get(view.name, ()) if cue.last - cue.first == 1}
    for leads in (_CALLED, None, _AT):
        for first, last in stretches:
            for at in range(first + 1, last):
                led = at in cues if leads is None else texts[at - 1] in leads
                begin = at + (texts[at] in {"the", "is", "called", "named", ":"}) if led else last
                end = begin
                while end < last and texts[end] not in _ENDS_NAME:
                    end += 1
                if begin < end <= begin + _LONGEST_NAME and any(
                    text not in lexicon.common for text in texts[begin:end]
                ):
                    return begin, end
    return None


def _what_is_wished_for(scene: Scene, first: int, last: int) -> tuple[int, int]:
    """`I'd love some dim sum in`: what stands behind the wish, without the small words at its end."""
    texts, lexicon = scene.words.texts, scene.lexicon
    while first < last and (wish := lexicon.wishes.at(texts, first)) and wish.last <= last:
        first = wish.last
    for at in range(first + 1, last):
        if texts[at] in _ENDS_WISH:
            last = at
            break
    while last > first and (texts[last - 1] in lexicon.function or not texts[last - 1][0].isalnum()):
        last -= 1
    return first, last


def _says_something(scene: Scene, first: int, last: int) -> bool:
    """More than a yes, a no, a greeting or thanks."""
    texts = scene.words.texts[first:last]
    for table in (scene.lexicon.yes, scene.lexicon.no, scene.lexicon.greetings, scene.lexicon.polite):
        if table.whole(texts):
            return False
    return any(text[0].isalnum() and text not in _LEAD_INS for text in texts)


def _free_stretches(scene: Scene, view: FieldView, claims: list[Claim]) -> list[tuple[int, int]]:
    """Stretches of statements that no other value stands in."""
    taken = {at for claim in claims for at in range(_introduced_from(scene, claim), claim.last)}
    taken.update(at for label in scene.labels for at in range(label.first, _end_for(view, label)))
    stretches: list[tuple[int, int]] = []
    for sentence in scene.sentences:
        if sentence.mood is not Mood.STATES:
            continue
        stretches.extend(_stretches_of(sentence, taken))
    return stretches


def _end_for(view: FieldView, label: LabelAt) -> int:
    """Up to where a label takes the words from a field: with their answer if that is another field's."""
    return label.answer if view.name in label.fields else label.last


def _introduced_from(scene: Scene, claim: Claim) -> int:
    """Where the words begin that say what the value is: `my e-mail is` before an address."""
    if claim.first == claim.last or claim.confidence < _INTRODUCED_FROM:
        return claim.first
    texts, at = scene.words.texts, claim.first
    while at > 0 and texts[at - 1] in _LINKS:
        at -= 1
    cues = [
        cue.first
        for cue in scene.cues.get(claim.field, ())
        if cue.last in {at, claim.first} and not scene.lexicon.function.issuperset(texts[cue.first : cue.last])
    ]
    if claim.field in {view.name for view in scene.by_type.get(FieldType.PERSON, ())}:
        names = scene.lexicon.name_cues.find(texts)
        cues.extend(phrase.first for phrase in names if phrase.last in {at, claim.first})
    if not cues:
        return claim.first
    owner = range(max(0, min(cues) - _OWNER_WITHIN), min(cues))
    return next((begin for begin in owner if texts[begin] in _OWNERS), min(cues))  # "my first name is"


def _stretches_of(sentence: Sentence, taken: set[int]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    first = sentence.first
    for at in range(sentence.first, sentence.last + 1):
        if at == sentence.last or at in taken:
            if first < at:
                stretches.append((first, at))
            first = at + 1
    return stretches


def _trimmed(scene: Scene, first: int, last: int) -> tuple[int, int]:
    """Without courtesies, lead-ins and punctuation at both ends."""
    texts, lexicon = scene.words.texts, scene.lexicon
    while first < last:
        opening = lexicon.greetings.at(texts, first) or lexicon.polite.at(texts, first)
        if opening and opening.last <= last:
            first = opening.last
        elif texts[first] in _LEAD_INS or (not texts[first][0].isalnum() and texts[first] not in {"+", "#", "@", "("}):
            first += 1
        else:
            break
    while last > first:
        courtesy = next(
            (at for at in range(max(first, last - 3), last) if (m := lexicon.polite.at(texts, at)) and m.last == last),
            None,
        )
        if courtesy is not None and courtesy > first:
            last = courtesy
        elif (not texts[last - 1][0].isalnum() and texts[last - 1] != ")") or texts[last - 1] in {"and", "و"}:
            last -= 1
        else:
            break
    return first, last
