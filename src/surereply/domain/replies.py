"""What we owe a customer: types and statuses of a reply, and its body as WhatsApp can show it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ReplyType(StrEnum):
    GREETING = "greeting"
    QUESTION = "question"
    CLARIFICATION = "clarification"
    ANSWER = "answer"
    CONFIRMATION = "confirmation"
    HANDOVER = "handover"
    CLOSING = "closing"
    OPT_OUT = "opt_out"
    FOLLOW_UP = "follow_up"
    TEMPLATE = "template"
    HUMAN = "human"


# Written by a person; every other type is a machine's, and a later turn may supersede it while PENDING.
HUMAN_TYPES = frozenset({ReplyType.HUMAN, ReplyType.TEMPLATE})
PASSES_A_STOP = frozenset({ReplyType.OPT_OUT})
PASSES_A_HANDOVER = frozenset({ReplyType.HUMAN, ReplyType.TEMPLATE, ReplyType.HANDOVER, ReplyType.OPT_OUT})
PASSES_A_CLOSED_WINDOW = frozenset({ReplyType.TEMPLATE})


class Status(StrEnum):
    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"  # surely not delivered
    UNKNOWN = "UNKNOWN"  # in doubt
    SUPPRESSED = "SUPPRESSED"  # never sent on purpose


class Suppression(StrEnum):
    SUPERSEDED = "superseded"
    HANDED_OVER = "handed_over"
    STOPPED = "stopped"
    WINDOW_CLOSED = "window_closed"
    WITHDRAWN = "withdrawn"


class Resolution(StrEnum):
    """How an UNKNOWN ended."""

    ECHOED = "echoed"
    RESENT = "resent"
    DISCARDED = "discarded"
    OVERTAKEN = "overtaken"


class Reported(StrEnum):
    """What WhatsApp reports of a send. See `outcome.REPORT_ORDER` for how they fold."""

    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or a list row: at most 20 (button) or 24 (row) characters of title."""

    id: str
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    language: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """One bubble. At most 3 `buttons`, or at most 10 `rows` under `list_button`; never both."""

    text: str
    buttons: tuple[Choice, ...] = ()
    rows: tuple[Choice, ...] = ()
    list_button: str | None = None
    template: Template | None = None


@dataclass(frozen=True, slots=True)
class ReplyDraft:
    """A reply as decided, before it has an id and a key."""

    reply_type: ReplyType
    body: Body
    cause: str
    question_key: str | None = None
    part: int = 0
    day_bucket: date | None = None


@dataclass(frozen=True, slots=True)
class EarlierReply:
    """A reply of this conversation and its fate, as a turn sees it; oldest first."""

    id: UUID
    reply_type: ReplyType
    question_key: str | None
    status: Status
    body: Body
    cause: str
    created_at: datetime
    sent_at: datetime | None = None
    suppression: Suppression | None = None
    resolution: Resolution | None = None

    @property
    def surely_did_not_leave(self) -> bool:
        """The customer surely never saw it: suppressed, or FAILED (by an answer or by a later report)."""
        return self.status in (Status.SUPPRESSED, Status.FAILED)

    @property
    def is_machine(self) -> bool:
        return self.reply_type not in HUMAN_TYPES
