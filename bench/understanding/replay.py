"""Whole conversations through the real decision: a customer who answers what the bot asks, in the data's own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bench.understanding.flows import THE_SERVICE
from bench.understanding.matching import strictly
from bench.understanding.reading import read
from bench.understanding.scoring import Counts, add, summed
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.rehearsal import Rehearsal, begin, customer_says

_BETWEEN = timedelta(minutes=1)
_MOST_TURNS = 30
CONFIRM_BELOW = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
_DONE = frozenset({"closing", "handover"})


@dataclass(slots=True)
class Replayed:
    """What the bot asked in one conversation."""

    conversation: str
    counts: Counts = field(default_factory=dict)


def replay(conversation: Mapping[str, Any], flow: Flow, now: datetime) -> Replayed:
    """The customer's messages in their order, one for each reply of ours, until the bot closes or they end.

    The bot asks for the fields that the data's customer ever states, in the flow's order. A question is counted as
    one for a known field where the lead holds a value, and as one for a said field where the data says that the
    customer stated it in a message before.
    """
    result = Replayed(conversation["dialogue"])
    stated = [name for turn in conversation["turns"] for name in turn["said"]]
    asked_for = tuple(dict.fromkeys(name for name in stated if name in flow.fields))
    if not asked_for:
        return result
    rehearsal = begin(_asking_for(flow, asked_for))
    said: set[str] = set()
    meant: dict[str, list[str]] = {}
    add(result.counts, {"conversations": 1})
    for turn in conversation["turns"][:_MOST_TURNS]:
        said |= turn["said"].keys()
        for name, values in (*turn["said"].items(), *turn["state"].items()):
            meant.setdefault(name, []).extend(values)
        rehearsal = customer_says(rehearsal, turn["user"], now, read)
        now += _BETWEEN
        _count_written(result, rehearsal, meant)
        kinds = _count_reply(result, rehearsal, said)
        if kinds & _DONE:
            add(result.counts, {"closed": int("closing" in kinds), "handed_over": int("handover" in kinds)})
            break
    return result


def _count_written(result: Replayed, rehearsal: Rehearsal, meant: Mapping[str, list[str]]) -> None:
    """Values that the turn wrote into the lead, and those of them that the data never meant until then."""
    for change in rehearsal.turn.changes if rehearsal.turn else ():
        new = change.new
        if new is not None and change.field != SERVICE_FIELD:
            right = strictly(new.value, new.text, meant.get(change.field, []))
            add(result.counts, {"written": 1, "written_wrong": int(not right)})


def _count_reply(result: Replayed, rehearsal: Rehearsal, said: set[str]) -> set[str]:
    kinds: set[str] = set()
    for draft in rehearsal.turn.replies if rehearsal.turn else ():
        kinds.add(str(draft.reply_type))
        add(result.counts, {"confirmations": int(str(draft.reply_type) == "confirmation")})
        name = draft.question_key
        if name is None or str(draft.reply_type) not in {"question", "clarification", "greeting"}:
            continue
        known = rehearsal.lead is not None and rehearsal.lead.value(name) is not None
        add(
            result.counts,
            {
                "questions": 1,
                "clarifications": int(str(draft.reply_type) == "clarification"),
                "asked_known": int(known),
                "asked_said": int(name in said),
            },
        )
    return kinds


def confirming(rows: Sequence[Mapping[str, Any]], flows: Mapping[str, Flow], now: datetime) -> dict[str, Any]:
    """`confirm_below` → confirmations asked and wrong values written, and how many were avoided for each one asked."""
    figures: dict[str, Any] = {}
    base: Counts = {}
    for least in CONFIRM_BELOW:
        adapted = {service: _confirming_below(flow, least) for service, flow in flows.items()}
        total = summed([replay(row, adapted[row["service"]], now).counts for row in rows])
        base = base or total
        avoided = base["written_wrong"] - total["written_wrong"]
        asked = total.get("confirmations", 0) - base.get("confirmations", 0)
        figures[str(least)] = {
            "confirmations": total.get("confirmations", 0),
            "written": total["written"],
            "written_wrong": total["written_wrong"],
            "wrong_avoided": avoided,
            "right_held_back": base["written"] - total["written"] - avoided,
            "avoided_a_confirmation": avoided / asked if asked else 0.0,
        }
    return figures


def _confirming_below(flow: Flow, least: float) -> Flow:
    limits = flow.limits.model_copy(
        update={"confirm_below": least, "ignore_below": min(flow.limits.ignore_below, least)}
    )
    return flow.model_copy(update={"limits": limits})


def _asking_for(flow: Flow, names: Sequence[str]) -> Flow:
    """The flow with these fields needed, the service answered by its only option."""
    service = flow.services[THE_SERVICE].model_copy(update={"needs": tuple(names)})
    return flow.model_copy(update={"services": {THE_SERVICE: service}})
