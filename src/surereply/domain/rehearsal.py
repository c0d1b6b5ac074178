"""A conversation in memory: a customer's messages through the real decision, as the store would keep them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from surereply.domain.conversation import Conversation
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.lead import Lead
from surereply.domain.message import NEEDS_NO_TURN, Message, MessageKind
from surereply.domain.replies import Body, Choice, EarlierReply, Status
from surereply.domain.turn import take_turn
from surereply.domain.turn_context import reading_context
from surereply.domain.turn_values import LineRules, Turn, TurnCause, TurnInput

Reader: TypeAlias = Callable[[Flow, Message, Context], Reading]

CEILING_WINDOW = timedelta(hours=1)
_NAMESPACE = UUID("6f0e7e0c-2a5b-5c55-9d0a-3f4a1f6b7c11")  # ids of a rehearsal are made from a count


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Where a rehearsed conversation stands; every reply of ours counts as SENT at once."""

    flow: Flow
    conversation: Conversation
    lead: Lead | None = None
    earlier_replies: tuple[EarlierReply, ...] = ()
    count: int = 0  # of messages and replies so far, for ids
    wake_at: datetime | None = None
    reading: Reading = Reading()  # of the last message
    turn: Turn | None = None  # the last one

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Buttons or rows of our last reply, those that the customer can tap."""
        if not self.earlier_replies:
            return ()
        body = self.earlier_replies[-1].body
        return body.buttons or body.rows

    @property
    def bodies(self) -> tuple[Body, ...]:
        """What the last turn sent."""
        return tuple(draft.body for draft in self.turn.replies) if self.turn else ()


def begin(flow: Flow, profile_name: str | None = None) -> Rehearsal:
    """An empty conversation with a customer whom WhatsApp calls `profile_name`."""
    conversation = Conversation(_id(0), _id(1), profile_name=profile_name)
    return Rehearsal(flow, conversation, count=2)


def customer_says(given: Rehearsal, text: str, now: datetime, read: Reader) -> Rehearsal:
    """The conversation after a text and our answer to it. `now` has a time zone."""
    return customer_sends(given, _message(given, MessageKind.TEXT, text, now), now, read)


def customer_taps(given: Rehearsal, title: str, now: datetime, read: Reader) -> Rehearsal | None:
    """The conversation after a tap and our answer; None where our last reply has no such button or row."""
    tapped = next((choice for choice in given.choices if choice.title == title), None)
    if tapped is None:
        return None
    message = replace(_message(given, MessageKind.TAP, title, now), tap=tapped.id)
    return customer_sends(given, message, now, read)


def customer_sends(given: Rehearsal, message: Message, now: datetime, read: Reader) -> Rehearsal:
    """The conversation after any message, such as a photo, and our answer to it."""
    zone = ZoneInfo(given.flow.business.time_zone)
    heard = min(message.sent_at, message.received_at)
    window_from = max(heard, given.conversation.window_from or heard)
    conversation = replace(given.conversation, window_from=window_from)
    given = replace(given, conversation=conversation, count=given.count + 1)
    if message.kind in NEEDS_NO_TURN:
        return replace(given, turn=None)
    context = reading_context(given.conversation, given.lead, given.earlier_replies, given.flow, now.astimezone(zone))
    return _take(given, (message,), (read(given.flow, message, context),), now, TurnCause.MESSAGES)


def time_passes(given: Rehearsal, now: datetime) -> Rehearsal:
    """The conversation after the follow-up that is due by `now`, if one is."""
    if given.wake_at is None or now < given.wake_at:
        return given
    return _take(replace(given, wake_at=None), (), (), now, TurnCause.FOLLOW_UP, given.wake_at)


def _take(
    given: Rehearsal,
    messages: tuple[Message, ...],
    readings: tuple[Reading, ...],
    now: datetime,
    turn_cause: TurnCause,
    due_at: datetime | None = None,
) -> Rehearsal:
    recent = tuple(at for at in given.conversation.machine_replies if now - at < CEILING_WINDOW)
    turn = take_turn(
        TurnInput(
            flow=given.flow,
            flow_version=1,
            rules=LineRules(given.flow.business.time_zone),
            conversation=replace(given.conversation, machine_replies=recent),
            lead=given.lead,
            earlier_replies=given.earlier_replies,
            messages=messages,
            readings=readings,
            now=now,
            new_lead_id=_id(given.count),
            turn_cause=turn_cause,
            cause=messages[0].wamid if messages else f"rehearsal:{given.count}",
            follow_up_due_at=due_at,
        )
    )
    return _written_down(given, turn, readings, now)


def _written_down(given: Rehearsal, turn: Turn, readings: tuple[Reading, ...], now: datetime) -> Rehearsal:
    """What the store would hold after the turn, and after the dispatcher sent its replies."""
    sent = tuple(
        EarlierReply(
            id=_id(given.count + 1 + number),
            reply_type=draft.reply_type,
            question_key=draft.question_key,
            status=Status.SENT,
            body=draft.body,
            cause=draft.cause,
            created_at=now,
            sent_at=now,
        )
        for number, draft in enumerate(turn.replies)
    )
    return replace(
        given,
        conversation=turn.conversation,
        lead=turn.lead,
        earlier_replies=(*given.earlier_replies, *sent),
        count=given.count + 1 + len(sent),
        wake_at=turn.wake_at,
        reading=readings[-1] if readings else Reading(),
        turn=turn,
    )


def _message(given: Rehearsal, kind: MessageKind, text: str, now: datetime) -> Message:
    identity = _id(given.count)
    return Message(identity, f"wamid.rehearsal.{given.count}", kind, text, sent_at=now, received_at=now)


def _id(count: int) -> UUID:
    return uuid5(_NAMESPACE, str(count))
