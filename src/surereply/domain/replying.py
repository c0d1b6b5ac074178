"""Compose the reply: greeting, answers, then a confirmation, a question, a clarification or the closing."""

from dataclasses import dataclass, replace

from surereply.domain.asking import Ask, Step, next_ask, put, resumed
from surereply.domain.compose import (
    ANSWER_TO,
    GREETING,
    OPTED_IN,
    UNKNOWN_ANSWER,
    Speaker,
    carried_sentence,
    question_sentence,
    speaker,
)
from surereply.domain.conversation import BotState, Conversation, HandoverReason, Pending, PendingKind
from surereply.domain.facts import Reading, Signal
from surereply.domain.flow import Flow
from surereply.domain.following_up import first_follow_up_at
from surereply.domain.lead import Stage
from surereply.domain.message import MessageKind
from surereply.domain.replies import ReplyType
from surereply.domain.speaking import Intent, be_silent, hand_over, speak
from surereply.domain.standing import Standing
from surereply.domain.turn_context import may_have_left, remember
from surereply.domain.turn_values import Silence, Turn, TurnCause

MOST_ANSWERS = 3
_POLITE = frozenset({Signal.THANKS, Signal.GOODBYE, Signal.YES, Signal.NO})
_TOLD_UNANSWERED = "a question that no knowledge entry answers"
_TYPES = {
    Step.QUESTION: ReplyType.QUESTION,
    Step.CLARIFICATION: ReplyType.CLARIFICATION,
    Step.CONFIRMATION: ReplyType.CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class Opening:
    """The first sentences of a reply, before what it asks. `carried` names them: they may stay owed."""

    conversation: Conversation
    carried: tuple[str, ...]
    unanswered: bool  # a question came that no entry answers
    answered: bool  # questions were answered, or put off to a colleague


def reply(standing: Standing, *, opted_in: bool = False) -> Turn:
    """One reply for the turn; silence only where there is nothing left to say."""
    opening = _opening(standing, opted_in)
    state = opening.conversation.state
    if state.unanswered_streak > standing.given.flow.limits.max_attempts:
        return hand_over(standing, HandoverReason.UNANSWERED)
    if _is_after_the_closing(standing, opening):
        return _after_the_closing(standing, opening)
    if _says_goodbye(standing, opening):
        return _say(standing, opening, (_texts(standing, opening).text(standing.given.flow.texts.thanks),),
                    ReplyType.ANSWER, "answer: goodbye", thanked=True)  # fmt: skip
    return _ask(standing, opening)


def _opening(standing: Standing, opted_in: bool) -> Opening:
    """What is said first, and the state with what did not leave undone."""
    given, heard = standing.given, standing.heard
    remembered = remember(standing.conversation.state, given.earlier_replies)
    state = remembered.state
    greets = (not state.greeted or GREETING in remembered.owed) and not (standing.came_back or standing.closing_left)
    answers, unanswered = _answers(given.readings, standing.lead.service_type_enum, given.flow)
    first = OPTED_IN if opted_in or OPTED_IN in remembered.owed else GREETING if greets else None
    owed = [name for name in remembered.owed if name not in (GREETING, OPTED_IN)]
    fresh = [f"{ANSWER_TO}{entry}" for entry in answers] + [UNKNOWN_ANSWER] * unanswered
    carried = tuple(dict.fromkeys((*((first,) if first else ()), *owed, *fresh)))
    understood = bool(standing.changes or answers or standing.settled or heard.skips or heard.left_open)
    lost = unanswered or (standing.closing_left and not understood and not heard.signals & _POLITE)
    streak = 0 if understood or not given.messages else state.unanswered_streak + lost
    state = replace(
        state,
        greeted=True,
        unanswered_streak=streak,
        follow_up_step=0,
        asked_to_type=state.asked_to_type if heard.only_media else 0,
    )
    conversation = replace(standing.conversation, state=state)
    return Opening(conversation, carried, unanswered, bool(answers or unanswered))


def _answers(readings: tuple[Reading, ...], service: str | None, flow: Flow) -> tuple[list[str], bool]:
    """Entries that answer the customer's questions, and whether one of these has no answer."""
    entries: list[str] = []
    unanswered = False
    for reading in readings:
        fitting = [
            hit.entry
            for hit in reading.knowledge
            if hit.entry in flow.knowledge
            and hit.score >= flow.limits.answer_above
            and (service is None or service in (flow.knowledge[hit.entry].services or (service,)))
        ]
        if fitting:
            entries.append(fitting[0])
        elif reading.unanswered is not None or (Signal.QUESTION in reading.signals and not reading.facts):
            unanswered = True
    return list(dict.fromkeys(entries))[:MOST_ANSWERS], unanswered


def _is_after_the_closing(standing: Standing, opening: Opening) -> bool:
    """The enquiry is complete, and the customer brought nothing that changes it."""
    state = opening.conversation.state
    waits = any(name not in state.confirmed_once for name in state.unsure)
    return standing.closing_left and state.pending is None and not standing.merged.changes and not waits


def _after_the_closing(standing: Standing, opening: Opening) -> Turn:
    given, state = standing.given, opening.conversation.state
    texts, signals = given.flow.texts, standing.heard.signals
    speaks = _texts(standing, opening)
    if opening.carried:
        why = f"answer after the closing: {', '.join(opening.carried)}"
        return _say(standing, opening, (), ReplyType.ANSWER, why)
    if not given.messages and not given.unanswered_messages:
        return be_silent(standing, Silence.LEAD_CLOSED, "given back: the lead is closed and nothing is unanswered")
    repeats = bool(standing.heard.facts)
    if given.messages and (signals & _POLITE or repeats or standing.heard.only_media):
        notify = "a file came after the closing" if standing.heard.only_media else None
        if state.thanked:
            why = "thanks after the closing were answered already"
            return be_silent(standing, Silence.NOTHING_TO_SAY, why, notify=notify)
        return _say(standing, opening, (speaks.text(texts.thanks),), ReplyType.ANSWER,
                    "answer: thanks after the closing", thanked=True, notify=notify)  # fmt: skip
    return _say(standing, opening, (speaks.text(texts.open_request),), ReplyType.CLARIFICATION,
                "clarification: nothing is pending and nothing was understood")  # fmt: skip


def _says_goodbye(standing: Standing, opening: Opening) -> bool:
    """A goodbye in the middle is not nagged at, once."""
    leaves = Signal.GOODBYE in standing.heard.signals and not standing.heard.facts and not standing.heard.skips
    state = opening.conversation.state
    return leaves and state.pending is not None and standing.pending_left and not opening.carried and not state.thanked


def _ask(standing: Standing, opening: Opening) -> Turn:
    given, limits = standing.given, standing.given.flow.limits
    state = opening.conversation.state
    asks_to_type = standing.heard.only_media and state.asked_to_type < limits.max_attempts
    excused = (
        opening.answered
        or asks_to_type
        or standing.merged.wrote
        or standing.settled
        or standing.came_back
        or all(message.kind is MessageKind.WELCOME for message in given.messages)  # also where there are none
        or OPTED_IN in opening.carried
    )
    if asks_to_type:
        state = replace(state, asked_to_type=state.asked_to_type + 1)
    if standing.pending_left and not excused:
        state = replace(state, pending=_without_confirmation(state))
    opening = replace(opening, conversation=replace(opening.conversation, state=state))
    ask = next_ask(opening.conversation, standing.lead, given.flow, pending_left=standing.pending_left, excused=excused)
    if ask.skipped:
        state = replace(state, skipped=tuple(dict.fromkeys((*state.skipped, *ask.skipped))))
        opening = replace(opening, conversation=replace(opening.conversation, state=state))
    typed = (_texts(standing, opening).text(given.flow.texts.ask_to_type),) if asks_to_type else ()
    if ask.step in _TYPES:
        return _put(standing, opening, ask, typed)
    return _end(standing, opening, ask)


def _without_confirmation(state: BotState) -> Pending | None:
    """A confirmation that was passed over is asked no second time; what it interrupted is open again."""
    pending = state.pending
    if pending is None or pending.kind is PendingKind.QUESTION:
        return pending
    return resumed(pending)


def _put(standing: Standing, opening: Opening, ask: Ask, typed: tuple[str, ...]) -> Turn:
    given, state = standing.given, opening.conversation.state
    assert ask.field is not None
    pending = state.pending
    earlier = given.earlier_replies
    causes = tuple(cause for cause in pending.causes if may_have_left(cause, earlier)) if pending else ()
    conversation = put(opening.conversation, ask, standing.cause, causes)
    sentence = question_sentence(ask, state.attempts.get(ask.field, 0), _texts(standing, opening))
    why = f"{ask.step} {ask.field}: {ask.because}"
    if standing.lead.service_type_enum is not None:
        why = f"{why} ({standing.lead.service_type_enum})"
    opening = replace(opening, conversation=conversation)
    return _say(standing, opening, (*typed, sentence), _TYPES[ask.step], why, ask=ask)


def _end(standing: Standing, opening: Opening, ask: Ask) -> Turn:
    """Nothing is left to ask: hand over where something is missing and the flow wants it so, else close."""
    given, state = standing.given, opening.conversation.state
    if ask.step is Step.STUCK:
        return _hand_over_after_answers(standing, opening, HandoverReason.UNANSWERED)
    hands_over = given.flow.limits.when_spent == "hand_over" and not state.spent_handed_over
    if ask.step is Step.SPENT and hands_over:
        return _hand_over_after_answers(standing, opening, HandoverReason.QUESTIONS_SPENT)
    heard = standing.heard
    news = standing.merged.changes or heard.skips or heard.left_open or standing.settled or ask.skipped
    if standing.closing_left and not news:
        return _after_the_closing(standing, opening)
    lead = standing.lead
    if not lead.is_decided:
        lead = replace(lead, stage=Stage.QUALIFIED)
    standing = replace(standing, lead=lead)
    state = replace(state, pending=None, closing_cause=standing.cause, thanked=False)
    opening = replace(opening, conversation=replace(opening.conversation, state=state))
    closing = _texts(standing, opening).text(given.flow.texts.closing)
    return _say(standing, opening, (closing,), ReplyType.CLOSING, f"closing: {ask.because}")


def _hand_over_after_answers(standing: Standing, opening: Opening, reason: HandoverReason) -> Turn:
    standing = replace(
        standing,
        conversation=replace(
            standing.conversation,
            state=replace(standing.conversation.state, skipped=opening.conversation.state.skipped),
        ),
    )
    return hand_over(standing, reason, before=_first_sentences(standing, opening))


def _say(
    standing: Standing,
    opening: Opening,
    sentences: tuple[str, ...],
    reply_type: ReplyType,
    why: str,
    *,
    ask: Ask | None = None,
    thanked: bool = False,
    notify: str | None = None,
) -> Turn:
    given = standing.given
    conversation = opening.conversation
    if thanked:
        conversation = replace(conversation, state=replace(conversation.state, thanked=True))
    wake_at = first_follow_up_at(conversation, given.flow, given.now) if ask is not None else None
    intent = Intent(
        reply_type,
        (*_first_sentences(standing, opening), *sentences),
        conversation,
        standing.lead,
        standing.conversation,
        why,
        ask=ask,
        question_key=ask.field if ask is not None else None,
        carried=opening.carried,
        notify=notify or (_TOLD_UNANSWERED if opening.unanswered else None),
        wake_at=wake_at,
        wake_cause=TurnCause.FOLLOW_UP if wake_at is not None else None,
    )
    return speak(standing, intent)


def _first_sentences(standing: Standing, opening: Opening) -> tuple[str, ...]:
    speaks = _texts(standing, opening)
    return tuple(carried_sentence(name, speaks) for name in opening.carried)


def _texts(standing: Standing, opening: Opening) -> Speaker:
    return speaker(standing.given.flow, standing.lead, opening.conversation)
