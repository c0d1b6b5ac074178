"""Whole conversations through the real decision: a customer who answers what the bot asks, in the data's own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bench.understanding.flows import THE_SERVICE
from bench.understanding.reading import read
from bench.understanding.scoring import Counts, add
from surereply.domain.flow import Flow
from surereply.domain.rehearsal import Rehearsal, begin, customer_says

_BETWEEN = timedelta(minutes=1)
_MOST_TURNS = 30
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
    add(result.counts, {"conversations": 1})
    for turn in conversation["turns"][:_MOST_TURNS]:
        said |= turn["said"].keys()
        rehearsal = customer_says(rehearsal, turn["user"], now, read)
        now += _BETWEEN
        kinds = _count_reply(result, rehearsal, said)
        if kinds & _DONE:
            add(result.counts, {"closed": int("closing" in kinds), "handed_over": int("handover" in kinds)})
            break
    return result


def _count_reply(result: Replayed, rehearsal: Rehearsal, said: set[str]) -> set[str]:
    kinds: set[str] = set()
    for draft in rehearsal.turn.replies if rehearsal.turn else ():
        kinds.add(str(draft.reply_type))
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


def _asking_for(flow: Flow, names: Sequence[str]) -> Flow:
    """The flow with these fields needed, the service answered by its only option."""
    service = flow.services[THE_SERVICE].model_copy(update={"needs": tuple(names)})
    return flow.model_copy(update={"services": {THE_SERVICE: service}})
