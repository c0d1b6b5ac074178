"""The next thing to ask: a confirmation, a question, its clarification; or that nothing is left to ask."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from surereply.domain.conversation import BotState, Conversation, Pending, PendingKind
from surereply.domain.facts import Value
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.lead import Lead

KEPT_CAUSES = 4  # replies that put one question and may have left; the oldest are forgotten


class Step(StrEnum):
    QUESTION = "question"
    CLARIFICATION = "clarification"
    CONFIRMATION = "confirmation"
    COMPLETE = "complete"  # everything needed is known or skipped
    SPENT = "spent"  # no question left, and fields are missing
    STUCK = "stuck"  # without a service there is nothing to go on with


@dataclass(frozen=True, slots=True)
class Ask:
    """What comes next. `counts`: it raises the field's attempts, or spends its one confirmation."""

    step: Step
    field: str | None = None
    value: Value | None = None  # of a confirmation
    counts: bool = False
    skipped: tuple[str, ...] = ()  # fields given up on the way
    because: str = ""


def next_ask(conversation: Conversation, lead: Lead, flow: Flow, *, pending_left: bool, excused: bool) -> Ask:
    """Choose. `excused`: that the pending question stayed open is no failed attempt (the customer asked back,
    told us something else, sent a photo), so it is put again as it is.
    """
    state = conversation.state
    pending = state.pending
    if pending is not None and pending.kind is PendingKind.CONFIRMATION and (excused or not pending_left):
        counts = pending.question_key not in state.confirmed_once
        return Ask(Step.CONFIRMATION, pending.question_key, pending.value, counts, because="put again")
    unsure = next((name for name in state.unsure if _is_worth_confirming(name, state, lead, flow)), None)
    if unsure is not None:
        return Ask(Step.CONFIRMATION, unsure, state.unsure[unsure], counts=True, because="unsure")
    missing = missing_fields(lead, flow, state.skipped)
    open_one = open_question(pending)
    if open_one in missing:
        missing.remove(open_one)
        missing.insert(0, open_one)
    skipped: list[str] = []
    for name in missing:
        ask = _ask_for(name, conversation, flow, is_open=name == open_one, pending_left=pending_left, excused=excused)
        if ask is None and name == SERVICE_FIELD:
            return Ask(Step.STUCK, because="the service is still unknown after all attempts")
        if ask is not None:
            return replace(ask, skipped=tuple(skipped)) if skipped else ask
        skipped.append(name)
    return Ask(Step.COMPLETE, skipped=tuple(skipped), because="nothing is missing")


def missing_fields(lead: Lead, flow: Flow, skipped: tuple[str, ...]) -> list[str]:
    """Needed, not known and not skipped, in the order they are asked."""
    known = {name: value.value for name, value in lead.fields.items()}
    needed = flow.needed_fields(lead.service_type_enum, known)
    return [name for name in needed if name not in known and name not in skipped]


def _is_worth_confirming(name: str, state: BotState, lead: Lead, flow: Flow) -> bool:
    known = {field: value.value for field, value in lead.fields.items()}
    needed = flow.needed_fields(lead.service_type_enum, known)
    return name in needed and name not in state.confirmed_once and name not in state.skipped


def open_question(pending: Pending | None) -> str | None:
    if pending is None:
        return None
    return pending.question_key if pending.kind is PendingKind.QUESTION else pending.resumes


def resumed(pending: Pending) -> Pending | None:
    """The question that a confirmation interrupted, pending again."""
    return Pending(PendingKind.QUESTION, pending.resumes) if pending.resumes is not None else None


def _ask_for(
    name: str, conversation: Conversation, flow: Flow, *, is_open: bool, pending_left: bool, excused: bool
) -> Ask | None:
    """How to ask for a field, or None if it was asked often enough."""
    state = conversation.state
    attempts = state.attempts.get(name, 0)
    again = is_open and pending_left and excused
    if attempts >= flow.limits.max_attempts and not again:
        return None
    if name != conversation.last_question_key and conversation.questions_asked_count >= flow.limits.max_questions:
        return Ask(Step.SPENT, because=f"{name} is missing and {flow.limits.max_questions} questions are spent")
    if again:
        return Ask(Step.QUESTION, name, because="put again")
    if attempts > 0:
        return Ask(Step.CLARIFICATION, name, counts=True, because=f"attempt {attempts + 1}")
    because = "put again, the last one did not leave" if is_open else "first unknown field"
    return Ask(Step.QUESTION, name, counts=True, because=because)


def put(conversation: Conversation, ask: Ask, cause: str, still_put_by: tuple[str, ...]) -> Conversation:
    """The conversation once this is asked. The count rises only when the question is another one.

    `still_put_by`: causes of the replies that put the pending question before and may have left.
    """
    state = conversation.state
    assert ask.field is not None
    kind = PendingKind.CONFIRMATION if ask.step is Step.CONFIRMATION else PendingKind.QUESTION
    same = state.pending is not None and (state.pending.kind, state.pending.question_key) == (kind, ask.field)
    causes = still_put_by[:KEPT_CAUSES] if same else ()
    if kind is PendingKind.CONFIRMATION:
        resumes = None if open_question(state.pending) == ask.field else open_question(state.pending)
        pending = Pending(kind, ask.field, ask.value, cause, causes, resumes)
        return replace(
            conversation,
            state=replace(
                state,
                pending=pending,
                confirmed_once=tuple(dict.fromkeys((*state.confirmed_once, ask.field))),
                unsure=_without(state.unsure, ask.field),
            ),
        )
    attempts = {**state.attempts, ask.field: state.attempts.get(ask.field, 0) + 1} if ask.counts else state.attempts
    another = ask.field != conversation.last_question_key
    return replace(
        conversation,
        questions_asked_count=conversation.questions_asked_count + another,
        last_question_key=ask.field,
        state=replace(state, pending=Pending(kind, ask.field, None, cause, causes), attempts=attempts),
    )


def _without(unsure: Mapping[str, Value], name: str) -> dict[str, Value]:
    return {other: value for other, value in unsure.items() if other != name}
