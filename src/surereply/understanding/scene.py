"""One message with all that is known around it, made once and passed to every stage."""

from dataclasses import dataclass

from surereply.domain.facts import Context, Source, Value
from surereply.domain.flow import FieldType, Flow
from surereply.understanding.fields import CueAt, FieldView
from surereply.understanding.labels import LabelAt
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.sentences import Mood, Sentence

_NOT_REFUSED = frozenset({"mind", "forget", "only", "just"})  # "don't mind sharing" does not refuse it


@dataclass(frozen=True, slots=True)
class Scene:
    flow: Flow
    lexicon: Lexicon
    views: dict[str, FieldView]
    by_type: dict[FieldType, list[FieldView]]
    words: Words
    stems: tuple[str, ...]
    sentences: list[Sentence]
    cues: dict[str, list[CueAt]]
    labels: tuple[LabelAt, ...]
    context: Context
    asked: tuple[str, ...]  # those of the asked fields that the flow has
    needed: frozenset[str]  # fields of the known service; all fields where none is known

    def mood_at(self, at: int) -> Mood:
        return next((s.mood for s in self.sentences if s.first <= at < s.last), Mood.STATES)

    def in_label(self, first: int, last: int) -> bool:
        """Whether any of the words are a label, which states nothing."""
        return any(label.first < last and first < label.answer for label in self.labels)

    def answers_label(self, field: str, at: int) -> bool:
        """Whether the word is part of what was answered to the field's label."""
        return any(field in label.fields and label.answer <= at < label.last for label in self.labels)

    def is_negated(self, first: int, last: int | None = None) -> bool:
        """Whether `not`, `without` … stands at most three words before, in the same sentence and clause.

        In some languages it stands behind: `flat nahi, ghar`.
        """
        texts = self.words.texts
        if last is not None and last < len(texts) and texts[last] in self.lexicon.negated_behind:
            return True
        return negation_before(self, first) is not None


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a field may take, before claims on the same words are settled."""

    field: str
    value: Value
    first: int  # tokens; equal to `last` where no words carry it
    last: int
    confidence: float
    source: Source = Source.STATED


def negation_before(scene: Scene, first: int) -> int | None:
    """Where the negation begins that governs the words at `first`."""
    texts, tokens = scene.words.texts, scene.words.tokens
    reach = 4
    for at in range(first - 1, max(-1, first - 1 - reach), -1):
        if tokens[at].sentence != tokens[first].sentence or texts[at] in {",", "but", "بل", "لكن"}:
            return None
        if texts[at] in scene.lexicon.negations:
            match = scene.lexicon.negations.at(texts, at)
            # "no, family visa" answers with no; "no family visa" refuses it.
            if match and match.last <= first and texts[match.last] not in _NOT_REFUSED:
                return at
    return None
