"""What we said last and whether it left: what a reader may take a message for an answer to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from surereply.domain.conversation import BotState, Conversation, Pending, PendingKind, Said
from surereply.domain.facts import Context, Value
from surereply.domain.flow import FieldType, Flow
from surereply.domain.handing_over import person_has_it
from surereply.domain.lead import Lead
from surereply.domain.next_lead import carried_fields, opens_next_lead
from surereply.domain.replies import EarlierReply, Status, Suppression

# Whoever suppressed a reply for these reasons did not want its words said later either.
_DROPPED_FOR_GOOD = frozenset({Suppression.WITHDRAWN, Suppression.HANDED_OVER, Suppression.STOPPED})


def reading_context(
    conversation: Conversation,
    lead: Lead | None,
    earlier: Sequence[EarlierReply],
    flow: Flow,
    now: datetime,
) -> Context:
    """What the reader of the next messages knows beside their words.

    A question that surely did not leave was not asked (OUT-19); what is said to a person answers the person.
    `now` is the message's own time, in the line's time zone.
    """
    if lead is None or opens_next_lead(conversation, lead, earlier, flow, now):
        known = {name: value.value for name, value in carried_fields(lead, flow).items()} if lead else {}
        return Context(now, known=known, language=conversation.language)
    known = {name: value.value for name, value in lead.fields.items()}
    pending = conversation.state.pending
    if pending is None or person_has_it(conversation) or not has_left(pending, earlier):
        return Context(now, known=known, language=conversation.language)
    asked = pending.question_key
    confirmed = {asked: [pending.value]} if pending.kind is PendingKind.CONFIRMATION else {}
    offered = {asked: values} if not confirmed and (values := _options(asked, flow)) else {}
    return Context(now, (asked,), known, offered, confirmed, conversation.language)


def _options(name: str, flow: Flow) -> list[Value]:
    field = flow.fields.get(name)
    if field is None:
        return []
    kind = field.of if field.type is FieldType.LIST else field.type
    if kind is FieldType.SERVICE:
        return list(flow.services)
    return list(field.options) if kind is FieldType.CHOICE else []


def has_left(pending: Pending, earlier: Sequence[EarlierReply]) -> bool:
    """Whether one of the replies that put it left, or may have left."""
    return not pending.causes or any(may_have_left(cause, earlier) for cause in pending.causes)


def may_have_left(cause: str, earlier: Sequence[EarlierReply]) -> bool:
    """Also of a reply too old to be among the earlier ones: those are settled."""
    replies = [reply for reply in earlier if reply.cause == cause and reply.is_machine]
    return not replies or not all(_stays(reply) for reply in replies)


def _stays(reply: EarlierReply) -> bool:
    """It did not leave, and will not: the turn that answers supersedes what is still PENDING."""
    return reply.surely_did_not_leave or (reply.status is Status.PENDING and reply.is_machine)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The state with what did not leave undone, and the sentences that are still owed."""

    state: BotState
    owed: tuple[str, ...]


def remember(state: BotState, earlier: Sequence[EarlierReply]) -> Remembered:
    """Look at what became of our replies: one that did not leave counts for nothing and is still owed."""
    owed: list[str] = []
    doubtful = []
    for said in state.said:
        replies = [reply for reply in earlier if reply.cause == said.cause and reply.is_machine]
        if may_have_left(said.cause, earlier):
            if any(reply.sent_at is None for reply in replies):
                doubtful.append(said)
            continue
        if not any(reply.suppression in _DROPPED_FOR_GOOD for reply in replies):
            owed += [sentence for sentence in said.carried if sentence not in owed]
        state = _undone(state, said)
    if state.closing_cause is not None and not may_have_left(state.closing_cause, earlier):
        state = replace(state, closing_cause=None)
    return Remembered(replace(state, said=tuple(doubtful)), tuple(owed))


def _undone(state: BotState, said: Said) -> BotState:
    attempts = {
        name: times - 1 if name == said.attempt else times
        for name, times in state.attempts.items()
        if times > 1 or name != said.attempt
    }
    confirmed = tuple(name for name in state.confirmed_once if name != said.confirmed)
    return replace(state, attempts=attempts, confirmed_once=confirmed)
