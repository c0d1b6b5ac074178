"""The lead beside its conversation: each field with where it comes from, the words it rests on, and what it was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surereply.domain.flow import Flow
from surereply.domain.flow_texts import in_language
from surereply.domain.score import ScorePart, score_parts
from surereply.domain.values import format_value
from surereply.store.leads import ChangeRow
from surereply.web.panel.reading import Whole


@dataclass(frozen=True, slots=True)
class Known:
    """A value as it is shown. `words` are those it rests on."""

    shown: str
    source: str
    confidence: float | None
    words: str | None
    message_id: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a field's history; `by` is the operator, or None for a turn."""

    at: datetime
    old: Known | None
    new: Known | None
    suggestion: Known | None
    reason: str
    by: str | None
    turn_id: Any


@dataclass(frozen=True, slots=True)
class Field:
    """`asked`: it is the pending question; `skipped`: the customer would not say."""

    name: str
    label: str
    known: Known | None
    suggestion: Known | None
    history: tuple[Change, ...]
    needed: bool
    asked: bool
    skipped: bool
    editable: bool


@dataclass(frozen=True, slots=True)
class LeadCard:
    fields: tuple[Field, ...]
    score: tuple[tuple[str, ScorePart], ...]  # with the label of each

    @property
    def missing(self) -> int:
        return sum(field.needed and field.known is None and not field.skipped for field in self.fields)


def lead_card(whole: Whole, language: str) -> LeadCard | None:
    """None where there is no lead yet. What the flow does not name any more is shown as it stands."""
    lead, flow = whole.lead, whole.flow
    if lead is None:
        return None
    values = {name: one.get("value") for name, one in lead.fields.items() if isinstance(one, dict)}
    needed = flow.needed_fields(lead.service_type_enum, values) if flow else ()
    operators = {act.id: act.operator for act in whole.timeline.acts}
    state = whole.bot_state
    pending = state.get("pending") or {}
    fields = []
    for name in dict.fromkeys((*needed, *lead.fields, *lead.suggestions)):
        changes = tuple(_change(one, name, flow, language, operators) for one in whole.changes if one.field == name)
        fields.append(
            Field(
                name,
                label_of(name, flow, language),
                known_value(lead.fields.get(name), name, flow, language),
                known_value(lead.suggestions.get(name), name, flow, language),
                changes,
                name in needed,
                pending.get("question_key") == name,
                name in (state.get("skipped") or ()),
                flow is not None and name in flow.fields,
            )
        )
    parts = score_parts(lead.service_type_enum, values, flow) if flow else ()
    return LeadCard(tuple(fields), tuple((label_of(part.field, flow, language), part) for part in parts))


def label_of(name: str, flow: Flow | None, language: str) -> str:
    if flow is None or name not in flow.fields:
        return name.replace("_", " ")
    return in_language(flow.fields[name].label, language, flow.languages[0])


def service_label(enum: str | None, flow: Flow | None, language: str) -> str:
    """The label of a service; one that the flow does not know any more is shown by its name (LEAD-2)."""
    if enum is None:
        return ""
    if flow is None or enum not in flow.services:
        return enum.replace("_", " ").capitalize()
    return in_language(flow.services[enum].label, language, flow.languages[0])


def known_value(stored: Any, name: str, flow: Flow | None, language: str) -> Known | None:
    if not isinstance(stored, Mapping) or "value" not in stored:
        return None
    field = flow.fields.get(name) if flow else None
    value = stored["value"]
    # `format_value` is made for what customers are sent: it hides what looks like a price. Operators see it all.
    shown = format_value(value, field, flow, language) if field and flow else ""
    return Known(
        shown if shown and shown != "…" else str(value),
        str(stored.get("source", "")),
        stored.get("confidence"),
        stored.get("text"),
        stored.get("message_id"),
        _instant(stored.get("at")),
    )


def _change(row: ChangeRow, name: str, flow: Flow | None, language: str, operators: Mapping[Any, str]) -> Change:
    return Change(
        row.at,
        known_value(row.old, name, flow, language),
        known_value(row.new, name, flow, language),
        known_value(row.suggestion, name, flow, language),
        row.reason,
        operators.get(row.act_id) if row.act_id else None,
        row.turn_id,
    )


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None
