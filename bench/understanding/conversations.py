"""Whole conversations, turn by turn: what was said, what changed, and whether the whole state is right."""

import gzip
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.understanding.calibration import Sure
from bench.understanding.flows import THE_SERVICE
from bench.understanding.matching import ANYTHING, fuzzily, strictly
from bench.understanding.noise import noisy
from bench.understanding.reading import read_text
from bench.understanding.scoring import Counts, add
from bench.understanding.state_causes import StateCauses
from surereply.domain.facts import Context, Fact, Signal, Source
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.understanding.stages import Stages

MATCHES = ("strict", "fuzzy")


@dataclass(frozen=True, slots=True)
class Held:
    """A value of the state, with the words it rests on."""

    value: Any
    words: str | None


@dataclass(frozen=True, slots=True)
class Slip:
    """A value that was read wrong, read without being said, or missed."""

    conversation: str
    service: str
    kind: FieldType | None
    field: str
    asked: bool
    text: str
    meant: list[str] | None
    read: Any
    words: str | None
    confidence: float | None


@dataclass(slots=True)
class Scored:
    """One conversation's counts, overall and by type of field, and what was predicted."""

    conversation: str
    service: str
    counts: Counts = field(default_factory=dict)
    by_type: dict[str, Counts] = field(default_factory=dict)
    turns: list[dict[str, Any]] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    sureness: list[Sure] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    state_causes: StateCauses = field(default_factory=StateCauses)
    stages: list[dict[str, float]] = field(default_factory=list)  # milliseconds by stage, of each message


def rows_of(file: Path) -> Iterator[dict[str, Any]]:
    """JSON lines, gzip or plain."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def canonical_forms(conversations: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """(field, words as said) → the data's canonical value: states hold the words alone."""
    forms: dict[tuple[str, str], str] = {}
    for conversation in conversations:
        for turn in conversation["turns"]:
            for name, said in turn["said"].items():
                if len(said) > 1:
                    forms.setdefault((name, said[0].casefold()), said[1])
    return forms


def score_conversation(
    conversation: Mapping[str, Any],
    flow: Flow,
    forms: Mapping[tuple[str, str], str],
    now: datetime,
    noise: str | None,
    seed: int,
) -> Scored:
    """Read every message as the bot would, with what it knows by then, and compare."""
    scored = Scored(conversation["dialogue"], conversation["service"])
    state: dict[str, Held] = {}
    before: dict[str, list[str]] = {}
    offered: dict[str, list[str]] = {}  # stands until another offer, or until it is taken up
    for number, turn in enumerate(conversation["turns"]):
        text = noisy(turn["user"], noise, f"{seed}:{scored.conversation}:{number}")
        offered = turn["offered"] or offered
        offered_here = offered
        context = _context({**turn, "offered": offered}, flow, state, now)
        stages = Stages(time.perf_counter)
        reading = read_text(flow, text, context, stages)
        scored.milliseconds.append(sum(stages.milliseconds.values()))
        scored.stages.append(stages.milliseconds)
        left_open = reading.left_open & flow.fields.keys()
        left_open |= (
            frozenset(turn["asked"]) & flow.fields.keys() if Signal.DONT_KNOW in reading.signals else frozenset()
        )
        facts = [fact for fact in reading.facts if fact.field in flow.fields and fact.field != SERVICE_FIELD]
        _score_said(scored, flow, turn, text, facts, left_open)
        changed = _fold(state, flow, facts, left_open)
        if any(fact.source is Source.CONFIRMED and fact.field in offered for fact in facts):
            offered = {}
        meant = {name: _with_forms(name, values, forms) for name, values in turn["state"].items()}
        _score_state(scored, flow, state, changed, before, meant)
        moved = {name for name in meant if not set(meant[name]) & set(before.get(name, ()))}
        wrong = _wrong_fields(state, meant, flow)
        scored.state_causes.note(flow, {**turn, "offered": offered_here}, facts, wrong, moved)
        before = meant
        scored.turns.append(_shown(facts, state))
    return scored


def _context(turn: Mapping[str, Any], flow: Flow, state: Mapping[str, Held], now: datetime) -> Context:
    known = {name: held.value for name, held in state.items() if held.value != ANYTHING}
    return Context(
        now=now,
        asked=tuple(turn["asked"]),
        known={SERVICE_FIELD: THE_SERVICE, **known},
        offered=_valued(turn["offered"], flow),
        confirmed=_valued(turn["confirmed"], flow),
        language="en",
    )


def _valued(said: Mapping[str, list[str]], flow: Flow) -> dict[str, list[Any]]:
    """What the bot put forward, as values where their type is plain."""
    return {name: [_value(one, flow, name) for one in values] for name, values in said.items() if name in flow.fields}


def _value(text: str, flow: Flow, name: str) -> Any:
    kind = flow.fields[name].type
    if kind is FieldType.COUNT and text.isdigit():
        return int(text)
    if kind is FieldType.YES_NO and text in {"True", "False"}:
        return text == "True"
    if kind is FieldType.CHOICE:
        return next((key for key in flow.fields[name].options if key.casefold() == text.casefold()), text)
    return text


def _score_said(
    scored: Scored, flow: Flow, turn: Mapping[str, Any], text: str, facts: list[Fact], left_open: frozenset[str]
) -> None:
    """Facts in the customer's own words against what the data says was said."""
    said: dict[str, list[str]] = turn["said"]
    least = flow.limits.confirm_below
    stated = {fact.field: fact for fact in facts if fact.source is not Source.CONFIRMED}
    for name in left_open - stated.keys():
        stated[name] = Fact(name, ANYTHING, None, None, None, 1.0, Source.STATED)
    for name, fact in stated.items():
        kind = flow.fields[name].type
        right = name in said and strictly(fact.value, fact.text, said[name])
        if fact.value != ANYTHING:
            scored.sureness.append(Sure(fact.confidence, right, kind, scored.service))
        if fact.confidence < least:
            continue
        nearly = name in said and fuzzily(fact.value, fact.text, said[name], kind)
        for match, hit in zip(MATCHES, (right, nearly), strict=True):
            _count(scored, kind, f"said_{match}_{'right' if hit else 'wrong'}")
            if not hit and name in said:
                _count(scored, kind, f"said_{match}_missed")
        if not right:
            scored.slips.append(_slip(scored, kind, turn, text, name, fact))
    for name in said:
        if name in flow.fields and (name not in stated or stated[name].confidence < least):
            for match in MATCHES:
                _count(scored, flow.fields[name].type, f"said_{match}_missed")
            scored.slips.append(_slip(scored, flow.fields[name].type, turn, text, name, stated.get(name)))


def _slip(scored: Scored, kind: FieldType, turn: Mapping[str, Any], text: str, name: str, fact: Fact | None) -> Slip:
    return Slip(
        scored.conversation,
        scored.service,
        kind,
        name,
        name in turn["asked"],
        text,
        turn["said"].get(name),
        fact.value if fact else None,
        fact.text if fact else None,
        fact.confidence if fact else None,
    )


def _fold(state: dict[str, Held], flow: Flow, facts: list[Fact], left_open: frozenset[str]) -> dict[str, Held]:
    """The facts into the state, the latest value winning; what changed."""
    changed = {
        fact.field: Held(fact.value, fact.text)
        for fact in facts
        if fact.confidence >= flow.limits.confirm_below and state.get(fact.field) != Held(fact.value, fact.text)
    }
    for name in left_open:
        if name not in changed and name not in state:
            changed[name] = Held(ANYTHING, None)
    state.update(changed)
    return changed


def _score_state(
    scored: Scored,
    flow: Flow,
    state: Mapping[str, Held],
    changed: Mapping[str, Held],
    before: Mapping[str, list[str]],
    meant: Mapping[str, list[str]],
) -> None:
    moved = {name for name, values in meant.items() if not set(values) & set(before.get(name, ()))}
    _count(scored, None, "turns")
    for match, alike in zip(MATCHES, (_strict, _fuzzy), strict=True):
        same = {name for name, held in state.items() if name in meant and alike(held, meant[name], flow, name)}
        _count(scored, None, f"state_{match}", int(same == state.keys() == meant.keys()))
        hits = {name for name in changed if name in moved and name in same}
        repeats = {name for name in changed if name in same and name not in moved}
        for name in hits:
            _count(scored, flow.fields[name].type, f"change_{match}_right")
        for name in changed.keys() - hits - repeats:
            _count(scored, flow.fields[name].type, f"change_{match}_wrong")
        for name in moved - hits:
            _count(scored, flow.fields[name].type if name in flow.fields else None, f"change_{match}_missed")


def _wrong_fields(state: Mapping[str, Held], meant: Mapping[str, list[str]], flow: Flow) -> dict[str, str]:
    """Field → how it is wrong: missing, extra, or of another value."""
    wrong = dict.fromkeys(meant.keys() - state.keys(), "missing")
    wrong |= dict.fromkeys(state.keys() - meant.keys(), "extra")
    both = state.keys() & meant.keys()
    return wrong | {name: "another value" for name in both if not _strict(state[name], meant[name], flow, name)}


def _strict(held: Held, meant: list[str], _: Flow, __: str) -> bool:
    return strictly(held.value, held.words, meant)


def _fuzzy(held: Held, meant: list[str], flow: Flow, name: str) -> bool:
    return fuzzily(held.value, held.words, meant, flow.fields[name].type)


def _with_forms(name: str, values: list[str], forms: Mapping[tuple[str, str], str]) -> list[str]:
    known = [form for value in values if (form := forms.get((name, value.casefold())))]
    return list(dict.fromkeys([*values, *known]))


def _count(scored: Scored, kind: FieldType | None, what: str, count: int = 1) -> None:
    add(scored.counts, {what: count})
    if kind is not None:
        add(scored.by_type.setdefault(kind.value, {}), {what: count})


def _shown(facts: list[Fact], state: Mapping[str, Held]) -> dict[str, Any]:
    return {
        "facts": [
            {"field": f.field, "value": f.value, "text": f.text, "confidence": f.confidence, "source": f.source.value}
            for f in facts
        ],
        "state": {name: held.value for name, held in state.items()},
    }
