"""One decision: messages in; new state, lead and replies out. Pure."""

from dataclasses import replace
from datetime import datetime

from surereply.domain.compose import speaker
from surereply.domain.conversation import HandoverReason
from surereply.domain.facts import Signal
from surereply.domain.following_up import follow_up
from surereply.domain.handing_over import person_has_it, reason_to_hand_over
from surereply.domain.message import Message
from surereply.domain.replies import ReplyType
from surereply.domain.replying import reply
from surereply.domain.speaking import Intent, be_silent, hand_over, speak
from surereply.domain.standing import Standing, stand
from surereply.domain.turn_values import Silence, Turn, TurnCause, TurnInput


def take_turn(given: TurnInput) -> Turn:
    """Decide. Facts are merged always; then the first of: stop or start, a person has it, something calls for
    a person, a follow-up is due; otherwise the reply is composed.

    The same input gives the same turn. Raises ValueError where `readings` are not those of `messages`.
    """
    standing = stand(given)
    word = _last_stop_or_start(standing)
    stopped_at = standing.conversation.stopped_at
    if word is not None and word[0] is Signal.STOP:
        return _stop(standing, word[1])
    started = word is not None and stopped_at is not None and _said_at(word[1]) >= stopped_at
    if stopped_at is not None and not started:
        return be_silent(standing, Silence.STOPPED, "the customer said stop")
    if started:
        standing = replace(standing, conversation=replace(standing.conversation, stopped_at=None))
    if person_has_it(standing.conversation):
        return _leave_it_to_the_person(standing)
    if given.turn_cause is TurnCause.FAILING:
        return hand_over(standing, HandoverReason.FAILING_TURN, detail=given.failure)
    reason = reason_to_hand_over(standing.heard.signals, given.flow)
    if reason is not None:
        return hand_over(standing, reason)
    if given.turn_cause is TurnCause.FOLLOW_UP and not given.messages and not standing.came_back:
        return follow_up(standing)
    return reply(standing, opted_in=started)


def _last_stop_or_start(standing: Standing) -> tuple[Signal, Message] | None:
    """The last word counts where one turn brings both."""
    for message, reading in zip(reversed(standing.given.messages), reversed(standing.given.readings), strict=False):
        for signal in (Signal.STOP, Signal.START):
            if signal in reading.signals:
                return signal, message
    return None


def _said_at(message: Message) -> datetime:
    return min(message.sent_at, message.received_at)


def _stop(standing: Standing, message: Message) -> Turn:
    """One confirmation, then silence. What was asked and known is kept for the day of a START."""
    conversation, given = standing.conversation, standing.given
    if conversation.stopped_at is not None and not _confirmation_is_lost(standing):
        return be_silent(standing, Silence.STOPPED, "the customer said stop")
    stopped = replace(conversation, stopped_at=conversation.stopped_at or _said_at(message))
    text = speaker(given.flow, standing.lead, stopped).text(given.flow.texts.opted_out)
    intent = Intent(ReplyType.OPT_OUT, (text,), stopped, standing.lead, stopped, "opt-out: the customer said stop")
    return speak(standing, intent)


def _confirmation_is_lost(standing: Standing) -> bool:
    sent = [one for one in standing.given.earlier_replies if one.reply_type is ReplyType.OPT_OUT]
    return bool(sent) and sent[-1].surely_did_not_leave


def _leave_it_to_the_person(standing: Standing) -> Turn:
    failure = standing.given.failure if standing.given.turn_cause is TurnCause.FAILING else None
    notify = f"a turn failed while a person has the conversation: {failure}" if failure else None
    return be_silent(standing, Silence.HANDED_OVER, "a person has the conversation", notify=notify)
