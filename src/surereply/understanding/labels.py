"""`Label: answer`, as people fill in a form: the label states nothing, and the answer is its field's alone."""

from typing import NamedTuple

from surereply.domain.flow import Flow, FlowField
from surereply.understanding.normalise import Words, folded
from surereply.understanding.stems import stem

_MARKS = frozenset({":", "="})
_ENDS_ANSWER = frozenset({",", "|", "/"})
_OWNERS = frozenset({"my", "the", "our", "your"})
_MOST = 30  # labels of one message: longer forms are none that we sent
_SHORTEST_WORD = 2  # letters
_LONGEST = 7  # words and signs of a label


class LabelAt(NamedTuple):
    """A label in the message and the answer behind it, in tokens."""

    fields: tuple[str, ...]
    first: int
    answer: int  # where the answer begins
    last: int  # where it ends, excluded


class FieldLabels:
    """How a flow's fields are called: by label, name and cue."""

    def __init__(self, flow: Flow) -> None:
        self._fields: dict[tuple[str, ...], tuple[str, ...]] = {}
        for names_of in (_labels, _cues):
            called: dict[tuple[str, ...], list[str]] = {}
            for name, field in flow.fields.items():
                for text in names_of(name, field):
                    called.setdefault(_stems(text), []).append(name)
            for stems, fields in called.items():
                self._fields.setdefault(stems, tuple(dict.fromkeys(fields)))
        for word, names in _single_words(flow).items():
            if len(names) == 1:  # "Name:" of the full name, where no other label has that word
                self._fields.setdefault((word,), tuple(names))
        self._fields.pop((), None)

    def find(self, words: Words, stems: tuple[str, ...]) -> tuple[LabelAt, ...]:
        """The labels that open a clause and are followed by a colon, left to right."""
        if _MARKS.isdisjoint(words.texts):
            return ()
        labels: list[LabelAt] = []
        for at, text in enumerate(words.texts):
            if text in _MARKS and at + 1 < len(words.texts):
                first = _clause_before(words, at)
                fields = self._fields.get(stems[first:at])
                if fields and words.tokens[at + 1].sentence == words.tokens[at].sentence:
                    labels.append(LabelAt(fields, first, at + 1, _answer_end(words, at + 1)))
                    if len(labels) == _MOST:
                        break
        return tuple(labels)


def _labels(name: str, field: FlowField) -> list[str]:
    return [*field.label.values(), name.replace("_", " ")]


def _single_words(flow: Flow) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = {}
    for name, field in flow.fields.items():
        for label in field.label.values():
            for word in _stems(label):
                if len(word) > _SHORTEST_WORD:
                    owners.setdefault(word, set()).add(name)
    return owners


def _cues(name: str, field: FlowField) -> list[str]:
    return [cue for cues in field.cues.values() for cue in cues]


def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in folded(text).split())


def _clause_before(words: Words, mark: int) -> int:
    """Where the clause begins that the mark ends; `e-mail` is one word, and a possessive is none of the label's."""
    first = mark
    while first > 0 and mark - first < _LONGEST and words.tokens[first - 1].sentence == words.tokens[mark].sentence:
        before = words.texts[first - 1]
        glued = before in {"-", "'"} and words.tokens[first - 1].end == words.tokens[first].start
        if not (before[0].isalnum() or glued):
            break
        first -= 1
    return first + 1 if first < mark and words.texts[first] in _OWNERS else first


def _answer_end(words: Words, first: int) -> int:
    last = first
    while last < len(words.texts) and words.tokens[last].sentence == words.tokens[first].sentence:
        if words.texts[last] in _ENDS_ANSWER:
            break
        last += 1
    return last
