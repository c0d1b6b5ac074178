"""Our exchange with a contact on a line: who has it, what is pending, and how much was asked."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from surereply.domain.facts import Value

SERVICE_WINDOW = timedelta(hours=24)
WINDOW_MARGIN = timedelta(minutes=5)


class HandoverReason(StrEnum):
    ASKED = "asked"
    ANGRY = "angry"
    LEGAL = "legal"
    DISCOUNT = "discount"
    QUESTIONS_SPENT = "questions_spent"
    UNANSWERED = "unanswered"
    OPERATOR = "operator"
    PHONE_APP = "phone_app"
    CEILING = "ceiling"
    FAILING_TURN = "failing_turn"
    REJECTED = "rejected"  # WhatsApp refused a reply for good


class PendingKind(StrEnum):
    QUESTION = "question"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True, slots=True)
class Pending:
    """What we last asked and have no answer to. Whether it left is seen from the earlier replies."""

    kind: PendingKind
    question_key: str  # the field
    value: Value | None = None  # what a confirmation asked a yes for
    reply_cause: str | None = None  # cause of the reply that carried it
    earlier_causes: tuple[str, ...] = ()  # of the replies that put it before and may have left
    resumes: str | None = None  # the question that a confirmation interrupted

    @property
    def causes(self) -> tuple[str, ...]:
        """Causes of all replies that put it, the latest first."""
        return (*((self.reply_cause,) if self.reply_cause else ()), *self.earlier_causes)


@dataclass(frozen=True, slots=True)
class Said:
    """What a reply carried, remembered until it left; one that did not is undone, its words owed."""

    cause: str
    carried: tuple[str, ...] = ()  # names of sentences that stay owed, named in `compose`
    attempt: str | None = None  # the field whose attempts it raised
    confirmed: str | None = None  # the field whose one confirmation it spent


@dataclass(frozen=True, slots=True)
class BotState:
    """What the bot remembers for the open lead; opening the next lead starts from an empty one."""

    pending: Pending | None = None
    attempts: dict[str, int] = field(default_factory=dict)  # times a field was asked, clarifications included
    skipped: tuple[str, ...] = ()
    confirmed_once: tuple[str, ...] = ()  # fields whose one confirmation is spent
    greeted: bool = False
    follow_up_step: int = 0
    unanswered_streak: int = 0  # turns in a row that brought a question without answer, or nothing at all
    unsure: dict[str, Value] = field(default_factory=dict)  # understood, and waiting to be confirmed
    asked_to_type: int = 0  # times in a row that media came where words were asked for
    said: tuple[Said, ...] = ()
    closing_cause: str | None = None  # of the reply that carried the closing
    thanked: bool = False
    spent_handed_over: bool = False  # a lead is handed over once because its questions are spent

    @property
    def causes(self) -> frozenset[str]:
        """Causes of the replies whose fate the next turn must see."""
        causes = {said.cause for said in self.said} | set(self.pending.causes if self.pending else ())
        return frozenset(causes | {self.closing_cause} if self.closing_cause else causes)


@dataclass(frozen=True, slots=True)
class Conversation:
    """`questions_asked_count` and `last_question_key` describe the open lead."""

    id: UUID
    line_id: UUID
    state_version: int = 0
    questions_asked_count: int = 0
    last_question_key: str | None = None
    state: BotState = field(default_factory=BotState)
    language: str | None = None
    profile_name: str | None = None
    handed_over_at: datetime | None = None
    handover_reason: HandoverReason | None = None
    stopped_at: datetime | None = None
    window_from: datetime | None = None  # max over messages of min(its timestamp, when received)
    machine_replies: tuple[datetime, ...] = ()  # of the last hour, for the ceiling

    def window_is_open(self, now: datetime) -> bool:
        """Free-form messages are allowed for 24 h from the last inbound message, less a margin (WhatsApp)."""
        closes_at = window_closes_at(self.window_from)
        return closes_at is not None and now < closes_at


def window_closes_at(window_from: datetime | None) -> datetime | None:
    """When the service window closes, with our margin; None where it never opened."""
    return None if window_from is None else window_from + SERVICE_WINDOW - WINDOW_MARGIN
