"""Trains the chunker of bookings; the bench's `--folds` says what it is worth on messages it has not seen.

`python -m bench.understanding.train_chunker bookings.jsonl.gz --out src/surereply/understanding/chunker.json.gz`:
an averaged perceptron over the best path, in the seed's order. Data must be free to ship from.
"""

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench.understanding.conversations import rows_of
from bench.understanding.flows import flow_of_names
from surereply.domain.facts import Context
from surereply.understanding.chunker import (
    TAGS,
    Weights,
    best_path,
    features_of,
    unpacked,
)
from surereply.understanding.found import Found
from surereply.understanding.normalise import Words, normalise
from surereply.understanding.reader import reader_for

KIND_OF_FIELD = {"people": "count", "date": "date", "time": "time", "first_name": "given", "last_name": "family"}
TYPES = {"people": "count", "date": "date", "time": "time", "first_name": "person", "last_name": "person"}
ROUNDS = 8
TELLING = 120  # words of messages that tell what they are about
SEEN = 2  # times that a feature must be seen
SCALE = 100


class Example(NamedTuple):
    rows: list[list[str]]
    gold: list[int]
    words: Words
    said: Mapping[str, str]


def examples_of(rows: Sequence[Mapping[str, Any]], telling: frozenset[str]) -> list[Example]:
    """Messages with their features, and the tags of the spans that were marked."""
    flow = flow_of_names(TYPES)
    now = datetime(2018, 7, 1, 9)
    examples: list[Example] = []
    for row in rows:
        asked = tuple(dict.fromkeys(row.get("asked", ())))
        words, found, lexicon = reader_for(flow).spans_input(row["user"], Context(now=now, asked=asked))
        kinds = [KIND_OF_FIELD[name] for name in asked]
        gold = _gold(words, found, row["said"])
        examples.append(Example(features_of(words, found, kinds, lexicon, telling), gold, words, row["said"]))
    return examples


def _gold(words: Words, found: Sequence[Found], said: Mapping[str, str]) -> list[int]:
    gold = [0] * len(words.tokens)
    for name, text in said.items():
        kind = KIND_OF_FIELD[name]
        places = [place for place in _places(words, text) if not any(gold[place[0] : place[1]])]
        likely = [p for p in places if any(f.type.value == TYPES[name] and f.first <= p[0] < f.last for f in found)]
        for first, last in (likely or places)[:1]:
            gold[first] = TAGS.index(f"B-{kind}")
            gold[first + 1 : last] = [TAGS.index(f"I-{kind}")] * (last - first - 1)
    return gold


def _places(words: Words, text: str) -> list[tuple[int, int]]:
    wanted = normalise(text.strip(" .,!?")).texts
    count = len(wanted)
    return [(at, at + count) for at in range(len(words.texts) - count + 1) if words.texts[at : at + count] == wanted]


def telling_words(rows: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The commonest words: whether a message cancels, changes or asks is said by one of them."""
    seen = Counter(word for row in rows for word in set(normalise(row["user"]).texts) if word.isalpha())
    return frozenset(word for word, _ in seen.most_common(TELLING))


def train(examples: Sequence[Example], seed: int, rounds: int = ROUNDS) -> tuple[dict[str, list[int]], list[list[int]]]:
    """The averaged perceptron's weights, as whole numbers."""
    counted = Counter(feature for example in examples for row in example.rows for feature in row)
    kept = {feature for feature, count in counted.items() if count >= SEEN}
    rows = [[[feature for feature in row if feature in kept] for row in example.rows] for example in examples]
    size = len(TAGS)
    weights: dict[str, list[float]] = {}
    totals: dict[str, list[float]] = {}
    stamps: dict[str, list[int]] = {}
    pairs, pair_totals = ([[0.0] * size for _ in TAGS] for _ in range(2))
    pair_stamps = [[0] * size for _ in TAGS]
    order = list(range(len(examples)))
    dice = random.Random(seed)
    clock = 0

    def move(feature: str, tag: int, by: float) -> None:
        scores = weights.setdefault(feature, [0.0] * size)
        total, stamp = totals.setdefault(feature, [0.0] * size), stamps.setdefault(feature, [0] * size)
        total[tag] += (clock - stamp[tag]) * scores[tag]
        stamp[tag] = clock
        scores[tag] += by

    def move_pair(one: int, other: int, by: float) -> None:
        pair_totals[one][other] += (clock - pair_stamps[one][other]) * pairs[one][other]
        pair_stamps[one][other] = clock
        pairs[one][other] += by

    for _ in range(rounds):
        dice.shuffle(order)
        for which in order:
            clock += 1
            scores = []
            for row in rows[which]:
                known = [weights[feature] for feature in row if feature in weights]
                scores.append([sum(column) for column in zip(*known, strict=True)] if known else [0.0] * size)
            path, gold = best_path(scores, pairs), examples[which].gold  # type: ignore[arg-type]
            if path == gold:
                continue
            for at, (read, meant) in enumerate(zip(path, gold, strict=True)):
                if read != meant:
                    for feature in rows[which][at]:
                        move(feature, meant, 1.0)
                        move(feature, read, -1.0)
                if at and (path[at - 1], read) != (gold[at - 1], meant):
                    move_pair(gold[at - 1], meant, 1.0)
                    move_pair(path[at - 1], read, -1.0)
    averaged: dict[str, list[int]] = {}
    for feature, scores in weights.items():
        total, stamp = totals[feature], stamps[feature]
        mean = [round(SCALE * (t + (clock - s) * w) / clock) for t, s, w in zip(total, stamp, scores, strict=True)]
        if any(mean):
            averaged[feature] = mean
    means = [
        [round(SCALE * (pair_totals[a][b] + (clock - pair_stamps[a][b]) * pairs[a][b]) / clock) for b in range(size)]
        for a in range(size)
    ]
    return averaged, means


def packed(features: Mapping[str, list[int]], pairs: list[list[int]], telling: frozenset[str]) -> dict[str, Any]:
    sparse = {
        feature: [part for tag, score in enumerate(scores) if score for part in (tag, score)]
        for feature, scores in sorted(features.items())
    }
    return {"features": sparse, "pairs": pairs, "telling": sorted(telling)}


def trained_without(rows: Sequence[Mapping[str, Any]], fold: int, folds: int, seed: int) -> Weights:
    """Weights that never saw the rows of a fold: row N belongs to fold N modulo `folds`."""
    learned = [row for at, row in enumerate(rows) if at % folds != fold]
    telling = telling_words(learned)
    return unpacked(packed(*train(examples_of(learned, telling), seed), telling))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.understanding.train_chunker", description=__doc__)
    parser.add_argument("messages", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = list(rows_of(arguments.messages))
    telling = telling_words(rows)
    features, pairs = train(examples_of(rows, telling), arguments.seed)
    data = json.dumps(packed(features, pairs, telling), separators=(",", ":"), ensure_ascii=False).encode()
    arguments.out.write_bytes(gzip.compress(data, mtime=0))
    print(f"{len(features)} features, {arguments.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
