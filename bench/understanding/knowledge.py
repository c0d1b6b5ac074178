"""Questions of customers against the flows that ship: answered right, answered wrong, rightly left to a colleague."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.understanding.conversations import rows_of
from bench.understanding.reading import read_text
from bench.understanding.scoring import Counts, share, summed
from surereply.domain.facts import Context
from surereply.domain.flow import SERVICE_FIELD
from surereply.domain.flow_file import parse_flow

HERE = Path(__file__).parent
_NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def score_knowledge(file: Path = HERE / "sets" / "questions" / "questions.jsonl") -> dict[str, Any]:
    """`{"flow", "text", "service"?, "entry"}`; `entry` null: no entry answers it, and none may."""
    flows = {path.stem: parse_flow(path.read_text(), path.name) for path in (HERE.parents[1] / "flows").glob("*.yaml")}
    counts: list[Counts] = []
    for row in rows_of(file):
        known = {SERVICE_FIELD: row["service"]} if row.get("service") else {}
        hits = read_text(flows[row["flow"]], row["text"], Context(now=_NOW, known=known)).knowledge
        entry = hits[0].entry if hits else None
        counts.append({"questions": 1, _outcome(entry, row["entry"]): 1})
    total = summed(counts)
    names = ("right", "wrong", "not answered", "rightly unanswered", "answered without an entry")
    return {"questions": total["questions"], **{name: share(total, name, "questions") for name in names}}


def _outcome(given: str | None, meant: str | None) -> str:
    if meant is None:
        return "rightly unanswered" if given is None else "answered without an entry"
    return "right" if given == meant else "not answered" if given is None else "wrong"
