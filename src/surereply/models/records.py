"""What is kept of a model's part in a turn: its calls, what it proposed, and what became of that."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any


class CallOutcome(StrEnum):
    """What became of a call; with every one but `answered`, the turn goes on without it."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"  # the turn's deadline passed, or the part of it that a model with a fallback has
    BUSY = "busy"  # too many calls are in flight, and none ended in time
    OVER_BUDGET = "over_budget"  # the line's tokens or money of the day are spent
    NO_BUDGET_KNOWN = "no_budget_known"  # the database did not say what is spent
    BROKEN = "broken"  # it failed again and again just now, and is left alone for a while
    FAILED = "failed"
    RUBBISH = "rubbish"  # no JSON object, or one that was cut off
    REFUSED = "refused"  # the provider's filter, or the model, would not answer


class Fate(StrEnum):
    """What became of a fact, a signal or an entry that a model proposed."""

    TAKEN = "taken"
    AGREED = "agreed"  # the embedded reader found the same
    UNSURE = "unsure"  # confirmed with the customer first
    OUTVOTED = "outvoted"  # an answer was found without it
    UNKNOWN = "unknown"  # no such field, signal, entry or message
    NOT_QUOTED = "not_quoted"  # its words do not stand in the message
    NOT_SAID = "not_said"  # its value does not stand in its words
    IMPOSSIBLE = "impossible"  # the field cannot hold it
    NOT_ITS_TO_SAY = "not_its_to_say"  # stop, start, yes and no are the customer's own words


class Refusal(StrEnum):
    """Why a rewording is not sent."""

    PARTS = "parts"  # not as many as were asked for
    EMPTY = "empty"
    TOO_LONG = "too_long"
    LANGUAGE = "language"
    RAW = "raw"  # JSON, markup, a placeholder, or characters that are not for reading
    META = "meta"  # speaks of itself, or says it is a person
    NUMBER = "number"  # a number, price, date or time that nobody gave
    LINK = "link"  # a link, address or phone number that nobody gave
    NAME = "name"
    LOST = "lost"  # a number, link or value is left out
    PROMISE = "promise"  # a weighty word that the flow does not say
    UNSUPPORTED = "unsupported"  # states what its part does not
    NEGATION = "negation"  # says no where its part says yes, or the other way round
    QUESTION_LOST = "question_lost"
    QUESTION_ADDED = "question_added"
    OTHER_QUESTION = "other_question"
    REPEATS = "repeats"  # a near copy of our last reply


@dataclass(frozen=True, slots=True)
class Call:
    """`cost` is in the currency of the owner's prices; None where no price is given."""

    purpose: str  # reading or wording
    model: str
    outcome: CallOutcome
    ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = None
    error: str | None = None  # the class of what went wrong


@dataclass(frozen=True, slots=True)
class Proposal:
    """`kind`: fact, signal or answer; `name`: of the field, signal or entry. `message` counts from 0."""

    kind: str
    name: str
    value: Any
    words: str
    message: int | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class Wording:
    """A reply as decided and as proposed; it was sent as proposed where `refusals` is empty."""

    decided: str
    proposed: str
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class TurnRecord:
    """Grows while a turn is taken; written down with it, and erased with the contact."""

    prompt_version: str
    calls: list[Call] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    wordings: list[Wording] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.calls or self.proposals or self.wordings)
