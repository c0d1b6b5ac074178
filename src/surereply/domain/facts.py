"""What understanding found in a message: facts with the words they rest on, and signals beyond fields."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

# What a field may hold: JSON values alone, so that they are stored, shown and compared as they are.
# choice: option key · service: service key · yes_no: bool · count: int · money: {"amount": number, "currency": "AED"}
# date: "2026-11-23" · time: "18:30" · duration: {"amount": number, "unit": "day"} · country: ISO 3166 alpha-2
# phone: "+9715…" (E.164) · email, person, place, text: str · list of X: list of X · *_range: {"from": …, "to": …}
Value: TypeAlias = Any


class Source(StrEnum):
    """Where a value comes from; a person's outranks a stated one, a stated one a guessed one (`RANK`)."""

    OPERATOR = "operator"
    STATED = "stated"  # in the customer's words
    TAPPED = "tapped"  # a button or list row
    CONFIRMED = "confirmed"  # the customer said yes to our question about it
    INFERRED = "inferred"  # a guess: profile name, phone prefix, a weak match
    CARRIED = "carried"  # taken over from the contact's earlier lead


RANK = {
    Source.INFERRED: 0,
    Source.CARRIED: 1,
    Source.STATED: 2,
    Source.TAPPED: 2,
    Source.CONFIRMED: 2,
    Source.OPERATOR: 3,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A value for a field. `start` and `end` are code points into the message; None where no words carry it."""

    field: str
    value: Value
    text: str | None
    start: int | None
    end: int | None
    confidence: float  # 0 to 1
    source: Source
    correction: bool = False  # the words say that an earlier value was wrong
    message_id: UUID | None = None


class WhyRefused(StrEnum):
    SURER_ONE = "surer_one"  # another value of the message is surer for this field
    TOO_UNSURE = "too_unsure"  # a guess, for a field that nobody asked for
    NO_FIELD = "no_field"  # a value of this type, and no field to take it
    IMPOSSIBLE = "impossible"  # looks like the type, and cannot be
    NAMES_THE_FILE = "names_the_file"  # what a caption calls the file that it stands under


@dataclass(frozen=True, slots=True)
class Refused:
    """A candidate that became no fact. `field` is the type's name where no field was in question."""

    field: str
    value: Value
    text: str | None
    start: int | None
    end: int | None
    confidence: float
    why: WhyRefused


class Signal(StrEnum):
    WANTS_PERSON = "wants_person"
    STOP = "stop"  # exact words only
    START = "start"
    QUESTION = "question"
    DONT_KNOW = "dont_know"
    LATER = "later"
    REFUSES = "refuses"
    ANGRY = "angry"
    LEGAL_THREAT = "legal_threat"
    WANTS_DISCOUNT = "wants_discount"
    THANKS = "thanks"
    GREETING = "greeting"
    GOODBYE = "goodbye"
    CORRECTS = "corrects"
    YES = "yes"  # a bare yes or no, whatever it answers
    NO = "no"


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows beside the words."""

    now: datetime  # the message's own time, in the line's time zone
    asked: tuple[str, ...] = ()
    known: dict[str, Value] = field(default_factory=dict)
    offered: dict[str, list[Value]] = field(default_factory=dict)  # what our last reply put forward
    confirmed: dict[str, list[Value]] = field(default_factory=dict)  # what our last reply asked a yes for
    language: str | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeHit:
    """The flow's knowledge entry that answers a customer's question."""

    entry: str
    score: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was found in one message."""

    facts: tuple[Fact, ...] = ()
    signals: frozenset[Signal] = frozenset()
    language: str | None = None
    knowledge: tuple[KnowledgeHit, ...] = ()  # best first; only those above the flow's threshold
    unanswered: str | None = None  # a question that no entry answers, in the customer's words
    left_open: frozenset[str] = frozenset()  # fields, asked or not, that the customer leaves to us: "any date will do"
    failure: str | None = None  # why reading failed; then facts and signals are empty and nothing is wiped
    refused: tuple[Refused, ...] = ()  # candidates that became no fact: for people who look, no decision rests on them
