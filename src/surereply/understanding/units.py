"""What a count counts: the words behind the number, and the field they speak of."""

from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.found import Found
from surereply.understanding.recognisers.amounts import DUAL
from surereply.understanding.scene import Scene
from surereply.understanding.stems import stem

_UNIT = 1.0
_TELLS = 0.7  # weight of a word of the field's name or label
_SHORTEST_UNIT = 3  # letters; longer ones may be the beginning of one another


def unit_fit(scene: Scene, found: Found, view: FieldView, rivals: list[FieldView]) -> tuple[float, float]:
    """What is counted: `2 bedrooms` is the bedrooms' and nobody else's."""
    if found.type is not FieldType.COUNT or view.type is not FieldType.COUNT:
        return 0.0, 0.0
    if found.near.startswith(DUAL):
        counted = found.near.removeprefix(DUAL)
        dual = stem(counted) in view.words and scene.words.texts[found.first] not in view.spoken
        dual = dual or (view.name in scene.asked and scene.lexicon.people_nouns.has(counted))
        return (_UNIT, 0.93) if dual else (-2.0, 0.0)
    for_people = (0.6, 0.8) if view.people and _counts_people(scene, found.first) else (0.0, 0.0)
    if not found.near:
        return for_people
    if _begins_cue_elsewhere(scene, found, view):
        return -_UNIT, 0.0
    people = scene.lexicon.people_nouns
    behind = scene.words.texts[found.last : found.last + 3]
    for place, word in enumerate(dict.fromkeys((found.near, *behind[:2]))):
        unit = stem(word)
        if unit in view.words or _is_unit(view, unit):
            if place > 0 and view.words.get(unit, 0.0) < _TELLS:
                continue
            return _UNIT * (0.5 + 0.5 * view.words.get(unit, 0.7)), 0.96
    unit = stem(found.near)
    if view.people and (people.has(found.near) or any(people.has(word) for word in behind)):
        return _UNIT * 0.8, 0.93
    rival_unit = any(rival.type is FieldType.COUNT and _is_unit(rival, unit) for rival in rivals)
    if rival_unit or found.near in scene.lexicon.units:
        return -_UNIT, 0.0
    return for_people if found.near in scene.lexicon.common else (-0.3, 0.0)


def _begins_cue_elsewhere(scene: Scene, found: Found, view: FieldView) -> bool:
    """`one more visa expires on …` speaks of a date and counts no visas."""
    if found.value != 1 or scene.words.texts[found.first][0].isdigit():
        return False
    behind = range(found.last, found.last + 3)
    return any(
        cue.first in behind and cue.last > cue.first + 1
        for name, cues in scene.cues.items()
        if scene.views[name].type is not view.type
        for cue in cues
    )


def _is_unit(view: FieldView, unit: str) -> bool:
    """`bathrooms` are the baths that a field counts."""
    long = len(unit) > _SHORTEST_UNIT
    return unit in view.units or (
        long and any(len(own) > _SHORTEST_UNIT and (unit.startswith(own) or own.startswith(unit)) for own in view.units)
    )


def _counts_people(scene: Scene, first: int) -> bool:
    """`a table for 4`, `a group of five`."""
    texts = scene.words.texts
    return any(
        (match := scene.lexicon.people_before.at(texts, at)) is not None and match.last == first
        for at in range(max(0, first - 2), first)
    )
