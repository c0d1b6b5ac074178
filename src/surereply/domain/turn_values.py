"""What goes into a decision, and what comes out of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from surereply.domain.conversation import Conversation
from surereply.domain.facts import Reading
from surereply.domain.flow import Flow
from surereply.domain.lead import FieldChange, Lead
from surereply.domain.message import Message
from surereply.domain.replies import EarlierReply, ReplyDraft


class TurnCause(StrEnum):
    MESSAGES = "messages"
    FOLLOW_UP = "follow_up"  # its due time came: a turn without messages
    GIVEN_BACK = "given_back"  # a person gave the conversation back
    FAILING = "failing"  # reading or deciding failed again and again: hand over


class Silence(StrEnum):
    """Why a turn owes no reply; recorded with the turn."""

    STOPPED = "stopped"
    HANDED_OVER = "handed_over"
    WINDOW_CLOSED = "window_closed"
    NOTHING_TO_SAY = "nothing_to_say"  # thanks or goodbye after the closing
    FOLLOW_UP_MOOT = "follow_up_moot"
    LEAD_CLOSED = "lead_closed"


@dataclass(frozen=True, slots=True)
class LineRules:
    """What the line's settings say to a decision."""

    time_zone: str
    replies_per_hour: int = 30  # ceiling for a contact
    handback_after_seconds: int | None = None  # a set time after which the bot has the conversation again


@dataclass(frozen=True, slots=True)
class TurnInput:
    """Everything a decision may see.

    `readings` are the readings of `messages`, same order. `turn_cause` tells why the turn is taken;
    `unanswered_messages` were read while a person had the conversation and came unanswered (for GIVEN_BACK).
    `service_type_ids` maps the service types that have a row to its id. `flow` is the one that the lead began
    with, or the latest where `next_lead.opens_next_lead` says that a new lead is due.
    """

    flow: Flow
    flow_version: int
    rules: LineRules
    conversation: Conversation
    lead: Lead | None  # the open or the latest one
    earlier_replies: tuple[EarlierReply, ...]  # every open one, and those that `BotState.causes` names
    messages: tuple[Message, ...]  # unread, by arrival
    readings: tuple[Reading, ...]
    now: datetime
    new_lead_id: UUID
    turn_cause: TurnCause = TurnCause.MESSAGES
    cause: str = ""  # of the replies: wamid of the first message, or what stands in for it
    failure: str | None = None  # with FAILING: the error, in one line without a customer's words
    unanswered_messages: tuple[Message, ...] = ()
    service_type_ids: dict[str, int] = field(default_factory=dict)
    follow_up_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The decision. The store writes it down in one transaction."""

    conversation: Conversation  # state_version already raised by one
    lead: Lead
    lead_opened: bool  # a new row
    changes: tuple[FieldChange, ...]
    replies: tuple[ReplyDraft, ...]  # none or one
    supersede: bool  # PENDING replies of machine types are suppressed as superseded, UNKNOWN ones overtaken
    silence: Silence | None  # set exactly when `replies` is empty
    why: str  # one line: why this reply, e.g. "question nationality: first unknown field (FAMILY_VISA)"
    wake_at: datetime | None = None  # the next turn without messages (follow-up, handback)
    wake_cause: TurnCause | None = None  # of that turn; set exactly when `wake_at` is
    notify: str | None = None  # a handover or another thing that somebody is told, one line
    taken_facts: tuple[int, ...] = ()  # places, in all facts of `readings` in order, of those written
