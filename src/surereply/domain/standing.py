"""Where a conversation stands once its messages are heard and merged, and before anything is said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from surereply.domain.asking import missing_fields, resumed
from surereply.domain.conversation import BotState, Conversation, Pending, PendingKind
from surereply.domain.facts import Source
from surereply.domain.flow import Flow
from surereply.domain.handing_over import give_back_at, given_back, person_has_it
from surereply.domain.hearing import CONFIRMATION_TAP, Heard, hear
from surereply.domain.lead import FieldChange, Lead, Stage
from surereply.domain.merge import Merged, merge_facts
from surereply.domain.message import Message
from surereply.domain.next_lead import closed_at, first_lead, next_lead, opens_next_lead, with_a_new_budget
from surereply.domain.turn_context import has_left, may_have_left
from surereply.domain.turn_values import TurnCause, TurnInput
from surereply.domain.values import same_value


@dataclass(frozen=True, slots=True)
class Standing:
    """`conversation` and `lead` hold what was merged, and would be kept as they are if nothing were said."""

    given: TurnInput
    conversation: Conversation
    lead: Lead
    lead_opened: bool
    changes: tuple[FieldChange, ...]
    merged: Merged
    heard: Heard
    cause: str  # of the reply
    pending_left: bool
    came_back: bool  # the bot has the conversation again since this turn
    settled: bool  # a confirmation was said yes or no to

    @property
    def closing_left(self) -> bool:
        """The lead is closed, or its closing is on the way."""
        cause = self.conversation.state.closing_cause
        on_its_way = cause is not None and may_have_left(cause, self.given.earlier_replies)
        return self.lead.closed_at is not None or self.lead.is_decided or on_its_way


def stand(given: TurnInput) -> Standing:
    """Open the lead if need be, hear the messages, merge their facts."""
    due_back = give_back_at(given.conversation, given.flow, given.rules)
    came_back = given.turn_cause is TurnCause.GIVEN_BACK or (due_back is not None and due_back <= given.now)
    conversation, lead, carried, opened = _with_lead(given)
    conversation = _with_window_and_language(conversation, given)
    pending, pending_left = _answerable(conversation, given)
    heard = _heard(given, pending)
    merged = merge_facts(
        lead,
        heard.facts,
        given.flow,
        asked=pending.question_key if pending else None,
        now=given.now,
        service_type_ids=given.service_type_ids,
    )
    conversation, settled = _settled(conversation, merged, heard, pending, given.flow)
    if came_back:
        conversation = given_back(conversation)
    return Standing(
        given,
        conversation,
        _back_from_a_person(merged.lead) if came_back else merged.lead,
        opened,
        (*carried, *merged.changes),
        merged,
        heard,
        _cause(given),
        pending_left,
        came_back,
        settled,
    )


def _cause(given: TurnInput) -> str:
    if given.cause or not given.messages:
        return given.cause or f"{given.turn_cause}:{given.conversation.id}:{given.conversation.state_version}"
    return given.messages[0].wamid


def _with_lead(given: TurnInput) -> tuple[Conversation, Lead, tuple[FieldChange, ...], bool]:
    conversation, lead, now = given.conversation, given.lead, given.now
    if lead is None:
        return conversation, first_lead(given.new_lead_id, given.flow, given.flow_version, now), (), True
    if given.messages and opens_next_lead(conversation, lead, given.earlier_replies, given.flow, now):
        lead, carried = next_lead(lead, given.new_lead_id, given.flow, given.flow_version, now)
        return with_a_new_budget(conversation), lead, carried, True
    ended = closed_at(conversation, lead, given.earlier_replies)
    if ended is None and lead.is_decided:
        ended = now
    if ended is not None:
        stage = Stage.QUALIFIED if lead.stage in (Stage.NEW, Stage.QUALIFYING) else lead.stage
        lead = replace(lead, closed_at=ended, stage=stage)
    return conversation, lead, (), False


def _with_window_and_language(conversation: Conversation, given: TurnInput) -> Conversation:
    """The window never moves back, and a message's false clock cannot open it (IN-13)."""
    times = [min(message.sent_at, message.received_at) for message in given.messages]
    window_from = max([*times, *([conversation.window_from] if conversation.window_from else [])], default=None)
    languages = [reading.language for reading in given.readings if reading.language in given.flow.languages]
    language = languages[-1] if languages else conversation.language
    return replace(conversation, window_from=window_from, language=language)


def _answerable(conversation: Conversation, given: TurnInput) -> tuple[Pending | None, bool]:
    """What the messages may answer, and whether the pending question may have left."""
    pending = conversation.state.pending
    if pending is None:
        return None, False
    left = has_left(pending, given.earlier_replies) or _is_tapped(pending, given.messages)
    # What was said while a person had the conversation answers the person.
    return (pending if left and not person_has_it(given.conversation) else None), left


def _is_tapped(pending: Pending, messages: Sequence[Message]) -> bool:
    """Nobody taps a button that did not arrive."""
    if pending.kind is not PendingKind.CONFIRMATION:
        return False
    prefix = f"{CONFIRMATION_TAP}:{pending.question_key}:"
    return any(message.tap is not None and message.tap.startswith(prefix) for message in messages)


def _heard(given: TurnInput, pending: Pending | None) -> Heard:
    """Nothing is heard in a turn that failed again and again: what it trips over may lie in its facts."""
    if given.turn_cause is TurnCause.FAILING:
        return Heard(signals=frozenset().union(*(reading.signals for reading in given.readings)))
    return hear(given.messages, given.readings, pending, given.flow)


def _settled(
    conversation: Conversation, merged: Merged, heard: Heard, pending: Pending | None, flow: Flow
) -> tuple[Conversation, bool]:
    """The state with what was answered, refused or denied no longer pending."""
    state = conversation.state
    written = {change.field for change in merged.changes if change.new is not None}
    unsure = {name: value for name, value in state.unsure.items() if name not in written} | merged.unsure
    skipped = state.skipped
    if pending is not None and heard.skips:
        name = pending.question_key
        if name not in merged.lead.fields and name not in skipped:
            skipped = (*skipped, name)
        unsure.pop(name, None)
    for name in sorted(heard.left_open - merged.lead.fields.keys() - set(skipped)):
        skipped = (*skipped, name)
        unsure.pop(name, None)
    settled = _is_settled(state, merged, heard, pending)
    still_pending = _still_pending(state.pending, merged.lead, flow, skipped, settled)
    state = replace(state, unsure=unsure, skipped=skipped, pending=still_pending)
    return replace(conversation, state=state), settled


def _is_settled(state: BotState, merged: Merged, heard: Heard, pending: Pending | None) -> bool:
    """Whether a pending confirmation got its yes, its no, or another value."""
    if state.pending is None or state.pending.kind is not PendingKind.CONFIRMATION:
        return False
    name = state.pending.question_key
    if pending is not None and (heard.denies or heard.skips):
        return True
    return any(one.fact.field == name for one in heard.facts) and name not in merged.unsure


def _still_pending(
    pending: Pending | None, lead: Lead, flow: Flow, skipped: tuple[str, ...], settled: bool
) -> Pending | None:
    if pending is None or pending.question_key not in flow.fields:
        return None
    missing = missing_fields(lead, flow, skipped)
    if pending.kind is PendingKind.CONFIRMATION:
        known = lead.fields.get(pending.question_key)
        moot = known is not None and (known.source is Source.OPERATOR or same_value(known.value, pending.value))
        if not settled and not moot:
            return pending
        pending = resumed(pending)
        if pending is None:
            return None
    return pending if pending.question_key in missing else None


def _back_from_a_person(lead: Lead) -> Lead:
    if lead.stage is not Stage.HANDED_OVER:
        return lead
    return replace(lead, stage=Stage.QUALIFIED if lead.closed_at else Stage.QUALIFYING)
