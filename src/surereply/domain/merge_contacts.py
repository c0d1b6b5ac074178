"""Two conversations, or two open leads, that turn out to be one contact's: the pure part of uniting them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from surereply.domain.conversation import BotState, Conversation
from surereply.domain.facts import RANK
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.domain.lead import FieldChange, FieldValue, Lead, Stage
from surereply.domain.score import score_of
from surereply.domain.values import same_value

_STAGES = tuple(Stage)  # in the order of their advance
_REASON = "contacts united"


def unite_conversations(one: Conversation, other: Conversation, max_questions: int) -> Conversation:
    """The conversation that stays, under the older id. Counts are the greater, stops and handovers united.

    What is pending is taken from the one that the customer wrote to last: it is what they may be answering.
    """
    kept, alias = sorted((one, other), key=lambda conversation: conversation.id)
    asked = max(kept.questions_asked_count, alias.questions_asked_count)
    latest = max((kept, alias), key=_written_to)
    earlier = alias if latest is kept else kept
    handed = min((c for c in (kept, alias) if c.handed_over_at), key=_handed_over_at, default=kept)
    return replace(
        kept,
        state_version=max(kept.state_version, alias.state_version) + 1,
        questions_asked_count=min(asked, max_questions),
        last_question_key=latest.last_question_key or earlier.last_question_key,
        state=_unite_states(latest.state, earlier.state),
        language=latest.language or earlier.language,
        profile_name=latest.profile_name or earlier.profile_name,
        handed_over_at=handed.handed_over_at,
        handover_reason=handed.handover_reason,
        stopped_at=min(_given(kept.stopped_at, alias.stopped_at), default=None),
        window_from=max(_given(kept.window_from, alias.window_from), default=None),
        machine_replies=tuple(sorted((*kept.machine_replies, *alias.machine_replies))),
    )


def _written_to(conversation: Conversation) -> tuple[bool, float]:
    opened = conversation.window_from
    return (opened is not None, opened.timestamp() if opened else 0.0)


def _handed_over_at(conversation: Conversation) -> float:
    return conversation.handed_over_at.timestamp() if conversation.handed_over_at else 0.0


def _given(*times: datetime | None) -> Iterable[datetime]:
    return [time for time in times if time is not None]


def _unite_states(latest: BotState, earlier: BotState) -> BotState:
    return replace(
        latest,
        pending=latest.pending or earlier.pending,
        attempts=_greater(latest.attempts, earlier.attempts),
        skipped=tuple(dict.fromkeys((*earlier.skipped, *latest.skipped))),
        confirmed_once=tuple(dict.fromkeys((*earlier.confirmed_once, *latest.confirmed_once))),
        greeted=latest.greeted or earlier.greeted,
        unanswered_streak=max(latest.unanswered_streak, earlier.unanswered_streak),
        unsure={**earlier.unsure, **latest.unsure},
        asked_to_type=max(latest.asked_to_type, earlier.asked_to_type),
        said=(*earlier.said, *latest.said),
        closing_cause=latest.closing_cause or earlier.closing_cause,
        thanked=latest.thanked or earlier.thanked,
        spent_handed_over=latest.spent_handed_over or earlier.spent_handed_over,
    )


def _greater(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in (*one, *other)}


def unite_leads(one: Lead, other: Lead, flow: Flow) -> tuple[Lead, tuple[FieldChange, ...]]:
    """Of two open leads the older, with the fields of both; a value that it does not take over stays on record.

    A closed lead is history and is not united with anything.
    """
    kept, alias = sorted((one, other), key=lambda lead: (lead.opened_at, lead.id))
    fields, suggestions = dict(kept.fields), {**alias.suggestions, **kept.suggestions}
    changes: list[FieldChange] = []
    for name, value in alias.fields.items():
        old = fields.get(name)
        winner = value if old is None else _stronger(name, old, value, flow)
        if old is None or winner is not old:
            fields[name] = winner
            changes.append(FieldChange(name, old, winner, reason=_REASON))
        elif not same_value(old.value, value.value):
            suggestions[name] = value
            changes.append(FieldChange(name, old, None, suggestion=value, reason=_REASON))
    service, service_id = _service_of(kept, alias, fields)
    united = replace(
        kept,
        fields=fields,
        suggestions=suggestions,
        stage=max(kept.stage, alias.stage, key=_STAGES.index),
        service_type_enum=service,
        service_type_id=service_id,
    )
    return replace(united, score=score_of(service, fields, flow)), tuple(changes)


def _stronger(name: str, old: FieldValue, new: FieldValue, flow: Flow) -> FieldValue:
    """The value of the higher rank, of equal ones the later; of two lists all items."""
    stronger = new if (RANK[new.source], new.at) > (RANK[old.source], old.at) else old
    if name in flow.fields and flow.fields[name].type is FieldType.LIST:
        added = [item for item in new.value if not any(same_value(item, known) for known in old.value)]
        return replace(stronger, value=[*old.value, *added]) if added else old
    return stronger


def _service_of(kept: Lead, alias: Lead, fields: Mapping[str, FieldValue]) -> tuple[str | None, int | None]:
    known = fields.get(SERVICE_FIELD)
    service: str | None = known.value if known else kept.service_type_enum or alias.service_type_enum
    ids = {lead.service_type_enum: lead.service_type_id for lead in (alias, kept)}
    return service, ids.get(service)
