"""Follow-ups: a nudge when a question that left stays unanswered, and when the next one is due."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from surereply.domain.compose import speaker
from surereply.domain.conversation import SERVICE_WINDOW, WINDOW_MARGIN, Conversation
from surereply.domain.flow import Flow
from surereply.domain.identity import follow_up_cause
from surereply.domain.replies import EarlierReply, ReplyDraft, ReplyType, Status
from surereply.domain.speaking import Intent, be_silent, speak
from surereply.domain.standing import Standing
from surereply.domain.turn_values import Silence, Turn, TurnCause


def follow_up(standing: Standing) -> Turn:
    """The nudge that is due, unless there is no longer a reason for it."""
    given, conversation = standing.given, standing.conversation
    step = conversation.state.follow_up_step
    followed = _followed(standing)
    if followed is None or conversation.state.pending is None or step >= len(given.flow.follow_ups):
        return be_silent(standing, Silence.FOLLOW_UP_MOOT, "follow-up: no question of ours is unanswered")
    if followed.status in (Status.PENDING, Status.SENDING):
        later = _due(given.now, step, conversation, given.flow)
        why = f"follow-up {step}: the question is still on its way"
        return be_silent(standing, Silence.FOLLOW_UP_MOOT, why, wake_at=later)
    asked_at = followed.sent_at or followed.created_at
    due = asked_at + given.flow.follow_ups[step].after
    if due > given.now:
        why = f"follow-up {step}: the question left later than it was decided"
        return be_silent(standing, Silence.FOLLOW_UP_MOOT, why, wake_at=_in_window(due, conversation))
    if not conversation.window_is_open(given.now):
        return be_silent(standing, Silence.FOLLOW_UP_MOOT, f"follow-up {step}: the service window is closed")
    return _nudge(standing, followed, asked_at)


def _followed(standing: Standing) -> EarlierReply | None:
    """The reply that put the pending question, if it left, will leave, or may have left."""
    pending = standing.conversation.state.pending
    if pending is None:
        return None
    for cause in pending.causes:
        for reply in reversed(standing.given.earlier_replies):
            if reply.cause == cause and reply.is_machine and not reply.surely_did_not_leave:
                return reply
    return None


def _nudge(standing: Standing, followed: EarlierReply, asked_at: datetime) -> Turn:
    given, conversation = standing.given, standing.conversation
    step = conversation.state.follow_up_step
    day = (given.follow_up_due_at or given.now).astimezone(ZoneInfo(given.rules.time_zone)).date()
    said = replace(conversation, state=replace(conversation.state, follow_up_step=step + 1))
    next_due = _due(asked_at, step + 1, said, given.flow)
    text = speaker(given.flow, standing.lead, said).text(given.flow.follow_ups[step].text)
    assert conversation.state.pending is not None
    turn = speak(
        replace(standing, cause=follow_up_cause(followed.id, step, day)),
        Intent(
            ReplyType.FOLLOW_UP,
            (text,),
            said,
            standing.lead,
            conversation,
            f"follow-up {step} to {conversation.state.pending.question_key}",
            question_key=conversation.state.pending.question_key,
            wake_at=next_due,
            wake_cause=TurnCause.FOLLOW_UP if next_due is not None else None,
        ),
    )
    return replace(turn, replies=tuple(_on_day(draft, day) for draft in turn.replies))


def _on_day(draft: ReplyDraft, day: date) -> ReplyDraft:
    return replace(draft, day_bucket=day)


def first_follow_up_at(conversation: Conversation, flow: Flow, now: datetime) -> datetime | None:
    """When the first nudge is due after a question put now; None if never inside the service window."""
    return _due(now, 0, conversation, flow) if conversation.state.pending is not None else None


def _due(asked_at: datetime, step: int, conversation: Conversation, flow: Flow) -> datetime | None:
    if step >= len(flow.follow_ups):
        return None
    return _in_window(asked_at + flow.follow_ups[step].after, conversation)


def _in_window(due: datetime, conversation: Conversation) -> datetime | None:
    """The due time, if a free-form message may still be sent then."""
    opened = conversation.window_from
    return due if opened is not None and due < opened + SERVICE_WINDOW - WINDOW_MARGIN else None
