"""Names and texts that come with their own cue, asked for or not: `my name is …`, `company name: …`."""

from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.recognisers.people import bare_name, find_named
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood

SAYS = frozenset({"is", "are", ":", "=", "هو", "هي"})
_ENDS = frozenset({",", "and", ";", "but", "و"})
_NAMES_ITS_FIELD = 0.7  # weight of a cue that may stand before "is"
_LONGEST = 12  # words of a cued text


def claim_names(scene: Scene, claims: list[Claim], never: frozenset[str]) -> list[Claim]:
    """The person's name to the person field, and cued texts to theirs."""
    taken = {at for claim in claims for at in range(claim.first, claim.last)}
    named: list[Claim] = []
    persons = list(scene.by_type.get(FieldType.PERSON, ()))
    persons.sort(key=lambda view: (view.name not in scene.asked, view.name not in scene.needed))
    asked = bool(persons) and persons[0].name in scene.asked
    if persons:
        for found in find_named(scene.words, scene.lexicon, never, asked):
            if not taken.intersection(range(found.first, found.last)):
                sure = 0.97 if found.sure == 1.0 else 0.93 if asked else 0.75
                named.extend(name_claims(scene, persons[0], found.first, found.last, sure))
                break
    for label in scene.labels:
        view = next((view for view in persons if view.name in label.fields), None)
        name = bare_name(scene.words, label.answer, label.last, scene.lexicon, never) if view else None
        if view and name and view.name not in {claim.field for claim in named}:
            named.extend(name_claims(scene, view, name.first, name.last, 0.95))
    for view in scene.by_type.get(FieldType.TEXT, ()):
        claim = _cued_text(scene, view.name, taken)
        if claim and (view.pattern is None or view.pattern.fullmatch(str(claim.value))):
            named.append(claim)
    return named


def name_claims(scene: Scene, view: FieldView, first: int, last: int, sure: float) -> list[Claim]:
    """The name for the field; its first word and the others apart where the flow asks for them apart."""
    parts = {other.name_part: other for other in scene.by_type.get(FieldType.PERSON, ()) if other.name_part}
    if {"given", "family"} <= parts.keys() and view.name_part and last - first > 1:
        return [
            _name_claim(scene, parts["given"], first, first + 1, sure),
            _name_claim(scene, parts["family"], first + 1, last, sure),
        ]
    return [_name_claim(scene, view, first, last, sure)]


def _name_claim(scene: Scene, view: FieldView, first: int, last: int, sure: float) -> Claim:
    start, end = scene.words.span(first, last)
    return Claim(view.name, scene.words.original[start:end], first, last, sure)


def _cued_text(scene: Scene, field: str, taken: set[int]) -> Claim | None:
    """`the activity is trading`: what stands behind the field's own words and `is` or a colon."""
    texts = scene.words.texts
    for cue in scene.cues.get(field, ()):
        if cue.weight < _NAMES_ITS_FIELD or cue.last >= len(texts) or texts[cue.last] not in SAYS:
            continue
        if scene.mood_at(cue.first) is not Mood.STATES:
            continue
        first = last = cue.last + 1
        sentence = scene.words.tokens[cue.first].sentence
        while last < len(texts) and last - first < _LONGEST and scene.words.tokens[last].sentence == sentence:
            if texts[last] in _ENDS or last in taken:
                break
            last += 1
        while last > first and not texts[last - 1][0].isalnum():
            last -= 1
        if last > first:
            start, end = scene.words.span(first, last)
            return Claim(field, scene.words.original[start:end], first, last, 0.88)
    return None
