"""When an enquiry is over, when the next one opens, and what it takes over from the one before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from surereply.domain.conversation import BotState, Conversation
from surereply.domain.facts import Source
from surereply.domain.flow import Flow
from surereply.domain.lead import FieldChange, FieldValue, Lead, Stage
from surereply.domain.replies import EarlierReply, Status


def opens_next_lead(
    conversation: Conversation,
    lead: Lead,
    earlier: Sequence[EarlierReply],
    flow: Flow,
    now: datetime,
) -> bool:
    """Whether a message now begins another enquiry: the last one is closed, and `reopen_after` has passed."""
    ended = closed_at(conversation, lead, earlier)
    return ended is not None and now >= ended + flow.limits.reopen_after


def closed_at(conversation: Conversation, lead: Lead, earlier: Sequence[EarlierReply]) -> datetime | None:
    """When the lead closed: its closing was sent, or a person set won or lost. Doubt counts as sent."""
    if lead.closed_at is not None:
        return lead.closed_at
    cause = conversation.state.closing_cause
    for reply in reversed(earlier):
        if cause is not None and reply.cause == cause and reply.is_machine:
            if reply.sent_at is not None:
                return reply.sent_at
            if reply.status is Status.UNKNOWN:
                return reply.created_at
    return None


def first_lead(lead_id: UUID, flow: Flow, flow_version: int, now: datetime) -> Lead:
    return Lead(lead_id, flow.name, flow_version, Stage.NEW, now)


def next_lead(
    old: Lead, lead_id: UUID, flow: Flow, flow_version: int, now: datetime
) -> tuple[Lead, tuple[FieldChange, ...]]:
    """An enquiry with what belongs to the person, and the record of what it took over."""
    fields = carried_fields(old, flow)
    changes = tuple(FieldChange(name, None, value, reason="carried over") for name, value in fields.items())
    return replace(first_lead(lead_id, flow, flow_version, now), fields=fields), changes


def carried_fields(old: Lead, flow: Flow) -> dict[str, FieldValue]:
    """What the next lead takes over: personal values, except mere guesses."""
    return {
        name: replace(value, source=Source.CARRIED)
        for name, value in old.fields.items()
        if name in flow.fields and flow.fields[name].personal and value.source is not Source.INFERRED
    }


def with_a_new_budget(conversation: Conversation) -> Conversation:
    """The conversation as the next lead finds it: nothing asked, nothing pending, nobody greeted."""
    return replace(conversation, questions_asked_count=0, last_question_key=None, state=BotState())
