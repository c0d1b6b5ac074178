"""Which words of a booking are its day, its hour, its people and its name: learned, where rules end in the wrong place.

A linear chain over tokens: a score for each feature and tag, one for each pair of tags, and the best path. The weights
are whole numbers, so that the answer is the same on every machine.
"""

import gzip
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from surereply.domain.flow import FieldType
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words

KINDS = ("date", "time", "count", "given", "family")
OUTSIDE = "O"
TAGS = (OUTSIDE, *(f"{edge}-{kind}" for kind in KINDS for edge in "BI"))
_WEIGHTS = "chunker.json.gz"
_FORBIDDEN = -(10**9)
_KIND_OF = {FieldType.DATE: "date", FieldType.TIME: "time", FieldType.COUNT: "count", FieldType.PERSON: "name"}
_LONGEST_SHAPE = 6


class Span(NamedTuple):
    kind: str
    first: int
    last: int  # excluded


class Weights(NamedTuple):
    """Feature → score of each tag, in the order of `TAGS`; and of each tag behind each other."""

    features: dict[str, list[int]]
    pairs: list[list[int]]
    telling: frozenset[str]  # words of a message that say what it is about


@cache
def shipped_weights() -> Weights:
    """Those that come with the package, trained by `python -m bench.understanding.train_chunker`."""
    packed = files("surereply.understanding").joinpath(_WEIGHTS).read_bytes()
    return unpacked(json.loads(gzip.decompress(packed)))


def unpacked(packed: dict[str, object]) -> Weights:
    """`features` hold tag and score in turn, those of zero left out."""
    features: dict[str, list[int]] = {}
    given = packed["features"]
    assert isinstance(given, dict)
    for feature, sparse in given.items():
        scores = [0] * len(TAGS)
        for at in range(0, len(sparse), 2):
            scores[sparse[at]] = sparse[at + 1]
        features[feature] = scores
    pairs, telling = packed["pairs"], packed["telling"]
    assert isinstance(pairs, list)
    assert isinstance(telling, list)
    return Weights(features, pairs, frozenset(telling))


def find_spans(
    words: Words, found: Iterable[Found], asked: Iterable[str], lexicon: Lexicon, weights: Weights
) -> list[Span]:
    """The spans of a message; `asked` are kinds."""
    rows = features_of(words, found, asked, lexicon, weights.telling)
    return spans_of(best_path([_summed(row, weights.features) for row in rows], weights.pairs))


def _summed(row: Sequence[str], features: dict[str, list[int]]) -> list[int]:
    known = [scores for feature in row if (scores := features.get(feature)) is not None]
    return [sum(column) for column in zip(*known, strict=True)] if known else [0] * len(TAGS)


def best_path(scores: Sequence[Sequence[int]], pairs: Sequence[Sequence[int]]) -> list[int]:
    """Viterbi: the sequence of tags, by number, of the highest score."""
    if not scores:
        return []
    before = [score + start for score, start in zip(scores[0], _STARTS, strict=True)]
    ways: list[list[int]] = []
    for row in scores[1:]:
        here, way = [], []
        for tag, (score, allowed) in enumerate(zip(row, _ALLOWED, strict=True)):
            best = max(allowed, key=lambda earlier: before[earlier] + pairs[earlier][tag])
            here.append(before[best] + pairs[best][tag] + score)
            way.append(best)
        before = here
        ways.append(way)
    tag = max(range(len(TAGS)), key=before.__getitem__)
    path = [tag]
    for way in reversed(ways):
        tag = way[tag]
        path.append(tag)
    return path[::-1]


def _followed(tag: int) -> list[int]:
    """The tags that one may stand behind: a span goes on only behind its own kind."""
    name = TAGS[tag]
    if not name.startswith("I-"):
        return list(range(len(TAGS)))
    kind = name[2:]
    return [TAGS.index(f"B-{kind}"), tag]


_ALLOWED = [_followed(tag) for tag in range(len(TAGS))]
_STARTS = [_FORBIDDEN if name.startswith("I-") else 0 for name in TAGS]


def spans_of(path: Sequence[int]) -> list[Span]:
    spans: list[Span] = []
    for at, tag in enumerate(path):
        name = TAGS[tag]
        if name.startswith("B-"):
            spans.append(Span(name[2:], at, at + 1))
        elif name.startswith("I-"):
            spans[-1] = spans[-1]._replace(last=at + 1)
    return spans


def features_of(
    words: Words, found: Iterable[Found], asked: Iterable[str], lexicon: Lexicon, telling: frozenset[str]
) -> list[list[str]]:
    """For each token what is seen of it: the word, its shape, its neighbours, what the rules make of it."""
    texts = words.texts
    shapes = [_shape(words.original[slice(*words.span(at, at + 1))]) for at in range(len(texts))]
    marks = _marks(len(texts), found)
    classes = [_class(text, lexicon) for text in texts]
    about = sorted(telling.intersection(texts))
    question = "+".join(sorted(set(asked))) or "-"
    padded = ["", "", *texts, "", ""]
    rows: list[list[str]] = []
    for at, text in enumerate(texts):
        before2, before, _, after, after2 = padded[at : at + 5]
        mark, here = marks[at], classes[at]
        mark_before = marks[at - 1] if at else ""
        mark_after = marks[at + 1] if at + 1 < len(texts) else ""
        class_before = classes[at - 1] if at else ""
        class_after = classes[at + 1] if at + 1 < len(texts) else ""
        shape_after = shapes[at + 1] if at + 1 < len(texts) else ""
        shape_before = shapes[at - 1] if at else ""
        word = text if text.isalpha() or not text[0].isdigit() else shapes[at]
        row = [
            f"w={word}",
            f"s={shapes[at]}",
            f"m={mark}",
            f"c={here}",
            f"<{before}",
            f">{after}",
            f"<<{before2}",
            f">>{after2}",
            f"<w={before}|{word}",
            f">w={word}|{after}",
            f"<<<{before2}|{before}",
            f">>>{after}|{after2}",
            f"mm={mark_before}|{mark}|{mark_after}",
            f"ss={shape_before}|{shapes[at]}|{shape_after}",
            f"cc={class_before}|{here}|{class_after}",
            f"m<={mark}|{before}",
            f"m>={mark}|{after}",
            f"m<<={mark}|{before2}|{before}",
            f"q={question}|{mark}",
            f"qw={question}|{here}|{shapes[at]}",
            f"e={text[-3:]}",
            f"g={_is_glued(words, at)}|{_is_glued(words, at + 1)}|{shapes[at]}|{shape_after}",
            f"gw={_is_glued(words, at)}|{shape_before}|{shapes[at]}",
            f"c4={class_before}|{here}|{class_after}|{classes[at + 2] if at + 2 < len(texts) else ''}",
            f"c-4={classes[at - 2] if at > 1 else ''}|{class_before}|{here}|{class_after}",
            f"m4={mark_before}|{mark}|{mark_after}|{marks[at + 2] if at + 2 < len(texts) else ''}",
            f"wm={word}|{mark}|{mark_after}",
            f"sw={before}|{shapes[at]}|{after}",
            f"qm={question}|{mark}|{len(texts) < 5}",
            f"n={min(len(texts), 8)}|{mark}",
            f"p={min(at, 3)}|{mark}",
        ]
        row += [f"a={word_about}|{mark}" for word_about in about]
        rows.append(row)
    return rows


def _is_glued(words: Words, at: int) -> bool:
    """Whether no blank stands before the token."""
    return 0 < at < len(words.tokens) and words.tokens[at - 1].end == words.tokens[at].start


def _marks(count: int, found: Iterable[Found]) -> list[str]:
    marks = [""] * count
    for one in sorted(found, key=lambda one: one.sure):
        kind = _KIND_OF.get(one.type)
        if kind is None:
            continue
        for at in range(one.first, min(one.last, count)):
            marks[at] = f"{'B' if at == one.first else 'I'}{kind}"
    return marks


def _shape(written: str) -> str:
    shape = ""
    for letter in written:
        mark = "d" if letter.isdigit() else "X" if letter.isupper() else "x" if letter.isalpha() else letter
        if mark in "dX" or not shape or shape[-1] != mark:
            shape += mark
    return shape[:_LONGEST_SHAPE]


def _class(text: str, lexicon: Lexicon) -> str:
    if text in lexicon.weekdays:
        return "weekday"
    if lexicon.months.has(text):
        return "month"
    if text in lexicon.numbers or text in lexicon.ordinals:
        return "number"
    if lexicon.people_nouns.has(text):
        return "people"
    if text in lexicon.units:
        return "unit"
    if lexicon.am.has(text) or lexicon.pm.has(text):
        return "half"
    if text in lexicon.function:
        return "function"
    if text in lexicon.common:
        return "common"
    return "other" if text.isalpha() else "sign"
