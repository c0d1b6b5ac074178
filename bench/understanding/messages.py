"""Single messages: exact spans of bookings, normalised values of a bank, and our own by language."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.understanding.calibration import Sure
from bench.understanding.conversations import rows_of
from bench.understanding.flows import THE_SERVICE, flow_of_business, flow_of_names, type_by_words
from bench.understanding.matching import alike_canonical, same_canonical
from bench.understanding.noise import noisy
from bench.understanding.reading import read_text
from bench.understanding.scoring import Counts, add
from bench.understanding.train_chunker import trained_without
from surereply.domain.facts import Context, Fact, Source
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.understanding.reader import FlowReader, reader_for
from surereply.understanding.stages import Stages

_PERSON = {"first_name": "person", "last_name": "person"}


@dataclass(slots=True)
class ScoredMessage:
    """One message's counts; `group` is its language or its set."""

    id: str
    group: str
    counts: Counts = field(default_factory=dict)
    by_type: dict[str, Counts] = field(default_factory=dict)
    signals: dict[str, Counts] = field(default_factory=dict)
    slips: list[str] = field(default_factory=list)
    sureness: list[Sure] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)
    milliseconds: float = 0.0
    stages: list[dict[str, float]] = field(default_factory=list)


def score_messages(file: Path, now: datetime, noise: str | None, seed: int, folds: int = 0) -> list[ScoredMessage]:
    """Each row of the file, read alone. The shape of a row tells which of the three kinds it is.

    With `folds`, exact spans are read by weights that were trained on the other folds' rows.
    """
    rows = list(rows_of(file))
    if not rows:
        return []
    if "facts" in rows[0]:
        return [_own(row, noise, seed) for row in rows]
    flow = _flow_of_rows(rows)
    exact = not any("intents" in row for row in rows)
    group = file.name.partition(".")[0]
    readers = [reader_for(flow)]
    if folds and exact:
        readers = [FlowReader(flow, trained_without(rows, fold, folds, seed)) for fold in range(folds)]
    return [
        _single(row, f"{group}-{number}", group, readers[number % len(readers)], exact, now, noise, seed)
        for number, row in enumerate(rows)
    ]


def _flow_of_rows(rows: list[dict[str, Any]]) -> Flow:
    names = dict.fromkeys(name for row in rows for name in row["said"])
    return flow_of_names({name: _PERSON.get(name) or type_by_words(name, "") for name in names})


def _single(
    row: Mapping[str, Any],
    key: str,
    group: str,
    reader: FlowReader,
    exact: bool,
    now: datetime,
    noise: str | None,
    seed: int,
) -> ScoredMessage:
    """A booking's words must be exactly those marked; a bank's value must be the same, or its words."""
    flow = reader.flow
    scored = ScoredMessage(key, group)
    text = noisy(row["user"], noise, f"{seed}:{key}")
    asked = tuple(dict.fromkeys(row.get("asked", ())))
    facts = _facts(scored, reader, text, Context(now=now, asked=asked, known={SERVICE_FIELD: THE_SERVICE}))
    facts.pop(SERVICE_FIELD, None)
    said = {name: given for name, given in row["said"].items() if exact or _is_scored(given)}
    for name, fact in facts.items():
        kind = flow.fields[name].type
        words = _plain(fact.text or "")
        hit = name in said and (words == _plain(_words_of(said[name])) or (not exact and _same(fact, said[name])))
        near = hit or (name in said and _share_words(words, _plain(_words_of(said[name]))))
        scored.sureness.append(Sure(fact.confidence, hit, kind, scored.group))
        if fact.confidence < flow.limits.confirm_below:
            continue
        _tally(scored, kind, name in said, hit, near)
        if not hit:
            scored.slips.append(f"{name}: read {fact.text!r} in {text!r}, meant {said.get(name)!r}")
    for name in said.keys() - {n for n, f in facts.items() if f.confidence >= flow.limits.confirm_below}:
        _missed(scored, flow.fields[name].type)
        scored.slips.append(f"{name}: missed {_words_of(said[name])!r} in {text!r} (asked {asked})")
    return scored


def _own(row: Mapping[str, Any], noise: str | None, seed: int) -> ScoredMessage:
    """One of our own messages: canonical values, and signals."""
    flow = flow_of_business(row["flow"], row["language"])
    scored = ScoredMessage(row["id"], row.get("set", row["language"]))
    text = noisy(row["text"], noise, f"{seed}:{row['id']}") if row["facts"] else row["text"]
    now = datetime.fromisoformat(row["now"]).replace(tzinfo=ZoneInfo(flow.business.time_zone))
    context = Context(
        now=now,
        asked=tuple(row["asked"] or row.get("confirmed", ())),  # what we asked a yes for is what we asked
        known=row.get("known", {}),
        offered=row.get("offered", {}),
        confirmed=row.get("confirmed", {}),
    )
    facts = _facts(scored, reader_for(flow), text, context)
    meant = _united(row["facts"])
    for name, fact in facts.items():
        kind = flow.fields[name].type
        kind = flow.fields[name].of or kind
        hit = name in meant and same_canonical(fact.value, meant[name], kind)
        near = hit or (name in meant and alike_canonical(fact.value, meant[name], kind))
        scored.sureness.append(Sure(fact.confidence, hit, kind, scored.group))
        if fact.confidence < flow.limits.confirm_below:
            continue
        _tally(scored, kind, name in meant, hit, near)
        if not hit:
            scored.slips.append(f"{name}: read {fact.value!r} in {text!r}, meant {meant.get(name)!r}")
    for name in meant.keys() - {n for n, f in facts.items() if f.confidence >= flow.limits.confirm_below}:
        _missed(scored, flow.fields[name].of or flow.fields[name].type)
        near_miss = f", guessed {facts[name].value!r} ({facts[name].confidence})" if name in facts else ""
        scored.slips.append(f"{name}: missed {meant[name]!r} in {text!r} (asked {row['asked']}){near_miss}")
    _score_signals(scored, set(scored.read["signals"]), set(row["signals"]), text)
    return scored


def _facts(scored: ScoredMessage, reader: FlowReader, text: str, context: Context) -> dict[str, Fact]:
    """The message's facts by field, the items of a list together."""
    stages = Stages(time.perf_counter)
    reading = read_text(reader.flow, text, context, stages, reader)
    scored.milliseconds, scored.stages = sum(stages.milliseconds.values()), [stages.milliseconds]
    facts: dict[str, Fact] = {}
    for fact in reading.facts:
        before = facts.get(fact.field)
        if before is not None and isinstance(fact.value, list):
            facts[fact.field] = Fact(
                fact.field,
                [*before.value, *fact.value],
                before.text,
                before.start,
                before.end,
                min(before.confidence, fact.confidence),
                fact.source,
            )
        elif before is None or fact.source is not Source.CONFIRMED:
            facts[fact.field] = fact
    scored.read = {
        "facts": {name: fact.value for name, fact in facts.items()},
        "signals": sorted(signal.value for signal in reading.signals),
        "language": reading.language,
    }
    return facts


def _united(given: list[dict[str, Any]]) -> dict[str, Any]:
    meant: dict[str, Any] = {}
    for fact in given:
        earlier = meant.get(fact["field"])
        joined = [*earlier, *fact["value"]] if isinstance(earlier, list) else fact["value"]
        meant[fact["field"]] = joined
    return meant


def _score_signals(scored: ScoredMessage, read: set[str], meant: set[str], text: str) -> None:
    for name in read | meant:
        what = "right" if name in read & meant else "wrong" if name in read else "missed"
        scored.signals[name] = {f"signal_{what}": 1}
        if what != "right":
            scored.slips.append(f"signal {name}: {what} in {text!r}")


def _tally(scored: ScoredMessage, kind: FieldType, is_meant: bool, hit: bool, near: bool) -> None:
    for match, right in (("strict", hit), ("fuzzy", near)):
        _count(scored, kind, f"said_{match}_{'right' if right else 'wrong'}")
        if not right and is_meant:
            _count(scored, kind, f"said_{match}_missed")


def _missed(scored: ScoredMessage, kind: FieldType) -> None:
    for match in ("strict", "fuzzy"):
        _count(scored, kind, f"said_{match}_missed")


def _count(scored: ScoredMessage, kind: FieldType, what: str) -> None:
    add(scored.counts, {what: 1})
    add(scored.by_type.setdefault(kind.value, {}), {what: 1})


def _is_scored(given: Any) -> bool:
    """A bank's values that our types can hold: no periods that come back, no spans of time."""
    return isinstance(given, Mapping) and "value" in given


def _words_of(given: Any) -> str:
    return str(given["text"] if isinstance(given, Mapping) else given)


def _same(fact: Fact, given: Mapping[str, Any]) -> bool:
    meant = given["value"]
    if not isinstance(meant, Mapping):
        amount = fact.value["amount"] if isinstance(fact.value, dict) and "amount" in fact.value else fact.value
        return _plain(str(amount)) == _plain(str(meant))
    return any(fact.value == shape for shape in _shapes(meant))


def _shapes(meant: Mapping[str, Any]) -> list[Any]:
    """A date as ISO, a time as HH:MM."""
    shapes: list[Any] = []
    if {"day", "month", "year"} <= meant.keys():
        shapes.append(f"{meant['year']:04d}-{meant['month']:02d}-{meant['day']:02d}")
    if "hour" in meant:
        shapes.append(f"{meant['hour']:02d}:{meant.get('minute', 0):02d}")
    return shapes


def _plain(words: str) -> str:
    return " ".join(words.casefold().strip(" .,!?").split())


def _share_words(one: str, other: str) -> bool:
    return bool(set(one.split()) & set(other.split()))


@cache
def own_sets() -> tuple[Path, ...]:
    """Our own sets, by language."""
    return tuple(sorted((Path(__file__).parent / "sets").glob("*.jsonl")))
