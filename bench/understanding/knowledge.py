"""Questions of customers against a flow's answers: answered right, answered wrong, rightly left to a colleague."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from bench.understanding.bm25 import Bm25
from bench.understanding.conversations import rows_of
from bench.understanding.flows import flow_of_business
from bench.understanding.messages import own_sets
from bench.understanding.reading import read_text
from bench.understanding.scoring import Counts, gain, interval, share, summed
from surereply.domain.facts import Context, Signal
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.flow_file import parse_flow
from surereply.understanding.kept import KeptByFlow

HERE = Path(__file__).parent
QUESTIONS = HERE / "sets" / "questions"
BEFORE = QUESTIONS / "before.jsonl"  # outcomes of the ranker before the sets grew, question by question
OUTCOMES = ("right", "wrong", "not answered", "rightly unanswered", "answered without an entry")
_LOWEST = 0.3  # threshold at which questions are asked when the threshold itself is looked for
_THRESHOLDS = [number / 20 for number in range(1, 20)]
_FOLDS = 5
_NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def _lowered(flow: Flow) -> Flow:
    limits = flow.limits.model_copy(update={"answer_above": _LOWEST})
    return flow.model_copy(update={"limits": limits})


_LOW, _BM25 = KeptByFlow(_lowered), KeptByFlow(Bm25)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. `entry` None: no entry answers it, and none may. `part`: whether development looks at it."""

    id: str
    language: str
    part: str
    text: str
    entry: str | None
    given: str | None
    score: float

    @property
    def outcome(self) -> str:
        if self.entry is None:
            return "rightly unanswered" if self.given is None else "answered without an entry"
        return "right" if self.given == self.entry else "not answered" if self.given is None else "wrong"


def score_knowledge(seed: int = 1) -> dict[str, Any]:
    """Shares of all questions with their intervals, by part and by language, and the gain over `BEFORE`."""
    asked = list(ask_all())
    before = {row["id"]: row["outcome"] for row in rows_of(BEFORE)} if BEFORE.exists() else {}
    parts = dict.fromkeys(one.part for one in asked)
    figures = {part: _figures([one for one in asked if one.part == part], before, seed) for part in parts}
    held_out = [one for one in asked if one.part == "held out"]
    for language in dict.fromkeys(one.language for one in held_out):
        figures[f"held out, {language}"] = _figures([one for one in held_out if one.language == language], {}, seed)
    figures["cross-validated threshold"] = {
        "ours": _cross_validated(list(ask_all(low=True))),
        "BM25": _cross_validated(list(ask_bm25())),
    }
    figures["messages that ask nothing"] = _answered_statements()
    return figures


def _answered_statements() -> dict[str, int]:
    """Of our own messages to the clinic that ask nothing, those that are given an answer all the same."""
    rows = [row for file in own_sets() for row in rows_of(file)]
    quiet = [row for row in rows if row["flow"] == "clinic" and Signal.QUESTION.value not in row["signals"]]
    answered = 0
    for row in quiet:
        context = Context(now=_NOW, asked=tuple(row["asked"] or ()), known=row.get("known", {}))
        answered += bool(read_text(flow_of_business("clinic", row["language"]), row["text"], context).knowledge)
    return {"messages": len(quiet), "answered": answered}


def ask_all(low: bool = False) -> Iterator[Asked]:
    """Every question of `sets/questions`, answered by the reader; `low`: at the lowest threshold."""
    for key, row, flow in _rows():
        flow = _LOW.of(flow) if low else flow
        known = {SERVICE_FIELD: row["service"]} if row.get("service") else {}
        hits = read_text(flow, row["text"], Context(now=_NOW, known=known)).knowledge
        given, score = (hits[0].entry, hits[0].score) if hits else (None, 0.0)
        yield Asked(key, row.get("language", "en"), _part(row), row["text"], row["entry"], given, score)


def ask_bm25() -> Iterator[Asked]:
    """The same questions, answered by the textbook's ranking over the entries' questions and answers."""
    for key, row, flow in _rows():
        given, score = _BM25.of(flow).best(row["text"], row.get("service"))
        yield Asked(key, row.get("language", "en"), _part(row), row["text"], row["entry"], given, score)


def _rows() -> Iterator[tuple[str, dict[str, Any], Flow]]:
    """Questions to the flows that ship, and to a clinic in each language."""
    for file in (QUESTIONS / "questions.jsonl", QUESTIONS / "clinic.jsonl"):
        for number, row in enumerate(rows_of(file)):
            language = row.get("language", "en")
            flow = flow_of_business("clinic", language) if "language" in row else _shipped()[row["flow"]]
            yield f"{file.stem}-{number}", row, flow


def _part(row: Mapping[str, Any]) -> str:
    if "held_out" not in row:
        return "flows that ship"
    return "held out" if row["held_out"] else "development"


@cache
def _shipped() -> dict[str, Flow]:
    return {path.stem: parse_flow(path.read_text(), path.name) for path in (HERE.parents[1] / "flows").glob("*.yaml")}


def _figures(asked: Sequence[Asked], before: Mapping[str, str], seed: int) -> dict[str, Any]:
    after = [_counts(one.outcome) for one in asked]
    figures: dict[str, Any] = {"questions": len(asked)}
    for name in OUTCOMES:
        figures[name] = str(interval(after, lambda c, n=name: share(c, n, "questions"), seed))  # type: ignore[misc]
    if all(one.id in before for one in asked):
        old = [_counts(before[one.id]) for one in asked]
        for name in OUTCOMES:
            gained = gain(old, after, lambda c, n=name: share(c, n, "questions"), seed)  # type: ignore[misc]
            figures[f"gain, {name}"] = str(gained)
    return figures


def _counts(outcome: str) -> Counts:
    return {"questions": 1, outcome: 1}


def _cross_validated(asked: Sequence[Asked]) -> dict[str, Any]:
    """Each fold's outcomes under the threshold that is best on the others; what is held out takes no part.

    Best: right answers and rightly none, less answers that should not have been given.
    """
    seen = [one for one in asked if one.part != "held out"]
    chosen: list[float] = []
    counts: list[Counts] = []
    for fold in range(_FOLDS):
        rest = [one for number, one in enumerate(seen) if number % _FOLDS != fold]
        best = max(_THRESHOLDS, key=lambda threshold, rest=rest: _worth(rest, threshold))  # type: ignore[misc]
        chosen.append(best)
        counts += [_counts(_above(one, best).outcome) for n, one in enumerate(seen) if n % _FOLDS == fold]
    total = summed(counts)
    return {"thresholds": str(chosen), **{name: share(total, name, "questions") for name in OUTCOMES}}


def _worth(asked: Sequence[Asked], threshold: float) -> int:
    outcomes = Counter(_above(one, threshold).outcome for one in asked)
    return outcomes["right"] - outcomes["wrong"] - outcomes["answered without an entry"]


def _above(one: Asked, threshold: float) -> Asked:
    return one if one.score >= threshold else replace(one, given=None)
