"""Which field the words around a value speak of: its cues, and what is counted on from the value before."""

from surereply.understanding.fields import FieldView
from surereply.understanding.found import Found
from surereply.understanding.scene import Scene
from surereply.understanding.tables.shape import spaced

_REACH_BEFORE, _REACH_AFTER = 7, 4  # words between a cue and its value
POINTS = 0.6  # strength from which a cue leaves no doubt
_BREAKS = frozenset({",", "and", ";", "و", "&"})
_BROKEN = 0.4
_LONGEST_LINK = 6  # words between two values of one list: "and my wife's on"
_LEADING = frozenset({"for", "the", "my"})
_NEW_CLAUSE = frozenset(
    spaced("""i we you he she it they i'm i'll we'll that which who when so because انا نحن هو هي اريد ابي""")
)
_IN_LISTS = frozenset(
    spaced("""the other another one also plus my his her our their 's on is second first last mine""")
)


def cue_strength(scene: Scene, found: Found, view: FieldView) -> float:
    """How surely the nearest cue of the field speaks of this value, 0 to 1."""
    best = 0.0
    tokens = scene.words.tokens
    for cue in scene.cues.get(view.name, ()):
        if cue.first >= found.first and cue.last <= found.last:
            continue
        before = cue.last <= found.first
        distance = found.first - cue.last if before else cue.first - _behind(scene, found.last, cue.first)
        reach = _REACH_BEFORE if before else _REACH_AFTER
        if distance > reach or (tokens[cue.first].sentence != tokens[found.first].sentence and distance > 2):
            continue
        weight = cue.weight * (1 - distance / (reach + 3)) * (1.0 if before else 0.8)
        if _is_broken(scene, cue.last if before else found.last, found.first if before else cue.first):
            weight *= _BROKEN
        best = max(best, weight)
    return best


def _behind(scene: Scene, at: int, cue: int) -> int:
    """Where the words after a value begin that may be its cue: `20 April for the passport`."""
    while at < cue and scene.words.texts[at] in _LEADING:
        at += 1
    return at


def _is_broken(scene: Scene, first: int, last: int) -> bool:
    """A comma or `and` between: the cue may belong to what stands before it."""
    return not _BREAKS.isdisjoint(scene.words.texts[first:last])


def counts_on(scene: Scene, before: Found, found: Found) -> bool:
    """Whether a value stands beside the one before it as in a list: `15 March and my wife's on 20 April`."""
    tokens, link = scene.words.tokens, scene.words.texts[before.last : found.first]
    if not link or len(link) > _LONGEST_LINK or tokens[before.first].sentence != tokens[found.first].sentence:
        return False
    lexicon = scene.lexicon
    says_more = any(
        text in _NEW_CLAUSE
        or text in lexicon.start_words
        or text in lexicon.end_words
        or (text in lexicon.common and text not in lexicon.function and text not in _IN_LISTS)
        for text in link
        if text not in _BREAKS
    )
    return not says_more and (not _BREAKS.isdisjoint(link) or link[0].startswith("و"))
