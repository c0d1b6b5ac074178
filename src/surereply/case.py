"""A conversation at its turn: what was leased, what it may see, and what its decision is given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.handing_over import give_back_at, person_has_it
from surereply.domain.identity import FIRST_ID, follow_up_cause, new_id
from surereply.domain.line import Line
from surereply.domain.turn_values import LineRules, TurnCause, TurnInput
from surereply.store.turns import Lease, Loaded

TRIES_IN_COMPANY = 3  # of a turn; then it thinks alone, so that whoever dies of it takes nobody along
MOST_ATTEMPTS = 5  # then a person gets the conversation, with the error


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation at its turn: what was leased, what it may see, and the flow it goes by."""

    lease: Lease
    loaded: Loaded
    line: Line
    flow: Flow
    flow_version: int
    now: datetime

    @property
    def is_failing(self) -> bool:
        """Tried too often: it is read no more, and a person gets it."""
        return self.lease.attempts > MOST_ATTEMPTS

    @property
    def zone(self) -> ZoneInfo:
        """Of the line; the flow's unless set."""
        return ZoneInfo(self.line.settings.time_zone or self.flow.business.time_zone)


def after_readings(context: Context, earlier: Sequence[Reading]) -> Context:
    """What the reader of a later message knows: what was asked may be answered by an earlier one of the same turn."""
    told = {fact.field: fact.value for reading in earlier for fact in reading.facts}
    if not told:
        return context
    return replace(
        context,
        asked=tuple(name for name in context.asked if name not in told),
        known=context.known | told,
        offered={name: values for name, values in context.offered.items() if name not in told},
        confirmed={name: values for name, values in context.confirmed.items() if name not in told},
    )


def turn_input(case: Case, readings: tuple[Reading, ...], service_type_ids: dict[str, int]) -> TurnInput:
    """All that the decision may see, and the cause that its reply will bear."""
    lease, loaded = case.lease, case.loaded
    zone = case.line.settings.time_zone or case.flow.business.time_zone
    give_back_after = case.flow.handover.give_back_after
    rules = LineRules(
        time_zone=zone,
        replies_per_hour=case.line.settings.replies_per_hour,
        handback_after_seconds=int(give_back_after.total_seconds()) if give_back_after else None,
    )
    turn_cause, cause = _causes(case, rules)
    conversation = loaded.conversation
    if turn_cause is TurnCause.GIVEN_BACK:  # by a person, or because its set time came
        conversation = replace(conversation, handed_over_at=None, handover_reason=None)
    return TurnInput(
        flow=case.flow,
        flow_version=case.flow_version,
        rules=rules,
        conversation=conversation,
        lead=loaded.lead,
        earlier_replies=loaded.earlier_replies,
        messages=loaded.messages,
        readings=readings,
        now=case.now,
        new_lead_id=new_id(case.now),
        turn_cause=turn_cause,
        cause=cause,
        failure=f"{lease.attempts - 1} tries failed" if turn_cause is TurnCause.FAILING else None,
        unanswered_messages=loaded.unanswered_messages,
        service_type_ids=service_type_ids,
        follow_up_due_at=lease.wake_at,
    )


def _causes(case: Case, rules: LineRules) -> tuple[TurnCause, str]:
    """Why the turn is taken, and what its reply is caused by: never anything a second computation finds different."""
    lease, messages = case.lease, case.loaded.messages
    cause = messages[0].wamid if messages else _cause_without_messages(case, rules.time_zone)
    if case.is_failing:
        return TurnCause.FAILING, cause
    if lease.wake_cause is TurnCause.GIVEN_BACK and not _taken_over_since(case, rules):
        return TurnCause.GIVEN_BACK, cause
    if messages:
        return TurnCause.MESSAGES, cause
    return TurnCause.FOLLOW_UP, cause


def _taken_over_since(case: Case, rules: LineRules) -> bool:
    """Whoever gives a conversation back ends its handover: one that stands is newer, unless its set time has come."""
    set_time = give_back_at(case.loaded.conversation, case.flow, rules)
    return person_has_it(case.loaded.conversation) and (set_time is None or set_time > case.now)


def _cause_without_messages(case: Case, zone: str) -> str:
    lease, conversation = case.lease, case.loaded.conversation
    due_at = lease.wake_at or lease.due_at
    if lease.wake_cause is TurnCause.GIVEN_BACK:
        return f"given_back:{lease.wake_act or due_at.isoformat()}"
    followed = next((reply.id for reply in reversed(case.loaded.earlier_replies)), FIRST_ID)
    return follow_up_cause(followed, conversation.state.follow_up_step, due_at.astimezone(ZoneInfo(zone)).date())
