"""A small flow and a customer to try decisions on: messages in, turn out, replies leave or do not."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from surereply.domain.conversation import Conversation
from surereply.domain.facts import Fact, KnowledgeHit, Reading, Signal, Source
from surereply.domain.flow import Flow
from surereply.domain.identity import new_id
from surereply.domain.lead import FieldValue, Lead
from surereply.domain.message import Message, MessageKind
from surereply.domain.replies import EarlierReply, ReplyDraft, Status, Suppression
from surereply.domain.turn import take_turn
from surereply.domain.turn_values import LineRules, Turn, TurnCause, TurnInput

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SERVICES = {"repair": "Repair", "cleaning": "Cleaning", "moving": "Moving house"}

SMALL_FLOW: dict[str, Any] = {
    "surereply": 1,
    "name": "small",
    "business": {"name": "Hands", "country": "AE", "time_zone": "Asia/Dubai", "currency": "AED"},
    "languages": ["en", "ar"],
    "texts": {
        "greeting": {"en": "Hello {name}, welcome to {business}.", "ar": "أهلا {name}"},
        "closing": {"en": "Thank you, {name}.\n{summary}", "ar": "شكرا\n{summary}"},
        "handover": "A colleague takes over.",
        "opted_out": "You will hear no more from us.",
        "opted_in": "Good to have you back.",
        "confirmation": "{label}: {value}. Is that right?",
        "ask_to_type": "Please type it.",
        "unknown_answer": "A colleague will tell you.",
        "not_understood": "I did not get that.",
        "thanks": "You are welcome.",
        "open_request": "What else can we do?",
    },
    "fields": {
        "service": {"type": "service", "label": "Service", "question": "What do you need?"},
        "name": {"type": "person", "label": "Name", "question": "What is your name?", "personal": True},
        "rooms": {"type": "count", "label": "Rooms", "question": "How many rooms?"},
        "when": {"type": "date", "label": "Day", "question": "Which day?", "clarification": "On what date?"},
        "floor": {
            "type": "choice",
            "label": "Floor",
            "question": "Which floor?",
            "options": {"low": {"label": "Low"}, "high": {"label": "High"}},
        },
        "lift": {"type": "yes_no", "label": "Lift", "question": "Is there a lift?"},
        "dates": {"type": "list", "of": "date", "label": "Expiry dates", "question": "What expires when?"},
        "email": {"type": "email", "label": "E-mail", "question": "Your e-mail?", "personal": True},
        "note": {"type": "text", "label": "Note", "question": "Anything special?"},
    },
    "services": {
        "repair": {"label": "Repair", "needs": ["rooms"], "weight": 30},
        "cleaning": {"label": "Cleaning", "needs": ["rooms", "when"]},
        "moving": {"label": "Moving house", "needs": ["floor", "lift", "rooms", "when", "email", "note"]},
    },
    "always": ["name"],
    "knowledge": {
        "price": {"questions": ["how much"], "answer": "From AED 200."},
        "lift_price": {"questions": ["lift price"], "answer": "Lifts are free.", "services": ["moving"]},
    },
    "follow_ups": [{"after": "4h", "text": "Still there?"}, {"after": "20h", "text": "Last call."}],
}


def small_flow(**changes: Any) -> Flow:
    return Flow.model_validate(SMALL_FLOW | changes)


def stated(name: str, value: Any, *, text: str = "", confidence: float = 0.95, **more: Any) -> Fact:
    return Fact(name, value, text or str(value), 0, 1, confidence, more.pop("source", Source.STATED), **more)


def reads(*facts: Fact, signals: Iterable[Signal] = (), answers: Iterable[str] = (), **more: Any) -> Reading:
    return Reading(facts, frozenset(signals), knowledge=tuple(KnowledgeHit(e, 0.9) for e in answers), **more)


def asks(*entries: str, **more: Any) -> Reading:
    return reads(signals={Signal.QUESTION}, answers=entries, **more)


@dataclass
class Talk:
    """One customer's conversation, decided turn by turn; `sent` is what reached the phone."""

    flow: Flow = field(default_factory=small_flow)
    now: datetime = START
    rules: LineRules = field(default_factory=lambda: LineRules("Asia/Dubai"))
    conversation: Conversation = field(default_factory=lambda: Conversation(new_id(START), new_id(START)))
    lead: Lead | None = None
    earlier: tuple[EarlierReply, ...] = ()
    service_type_ids: dict[str, int] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    count: int = 0

    def message(self, text: str = "…", **more: Any) -> Message:
        self.count += 1
        at = more.pop("sent_at", self.now)
        kind = more.pop("kind", MessageKind.TEXT)
        return Message(new_id(self.now), f"wamid.{self.count}", kind, text, at, self.now, **more)

    def hears(self, *readings: Reading, leaves: Status = Status.SENT, **more: Any) -> Turn:
        """The customer writes a message for each reading, and a turn is taken on all of them."""
        messages = more.pop("messages", None) or tuple(self.message(more.pop("text", "…")) for _ in readings)
        return self.take(self.given(messages, readings, **more), leaves)

    def taps(self, tap: str, title: str = "…", leaves: Status = Status.SENT) -> Turn:
        message = self.message(title, kind=MessageKind.TAP, tap=tap)
        return self.take(self.given((message,), (Reading(),)), leaves)

    def wakes(self, turn_cause: TurnCause, leaves: Status = Status.SENT, **more: Any) -> Turn:
        return self.take(self.given((), (), turn_cause=turn_cause, **more), leaves)

    def given(self, messages: tuple[Message, ...], readings: tuple[Reading, ...], **more: Any) -> TurnInput:
        return TurnInput(
            self.flow, 1, self.rules, self.conversation, self.lead, self.earlier, messages, readings, self.now,
            new_id(self.now), service_type_ids=self.service_type_ids, **more,
        )  # fmt: skip

    def take(self, given: TurnInput, leaves: Status = Status.SENT) -> Turn:
        turn = take_turn(given)
        self.turns.append(turn)
        if turn.supersede:
            self.fate(Status.SUPPRESSED, of=Status.PENDING, suppression=Suppression.SUPERSEDED)
        self.conversation, self.lead = turn.conversation, turn.lead
        self.earlier += tuple(self._leaves(draft, leaves) for draft in turn.replies)
        return turn

    def _leaves(self, draft: ReplyDraft, status: Status) -> EarlierReply:
        sent_at = self.now if status is Status.SENT else None
        return EarlierReply(new_id(self.now), draft.reply_type, draft.question_key, status, draft.body, draft.cause,
                            self.now, sent_at)  # fmt: skip

    def fate(self, status: Status, *, of: Status, suppression: Suppression | None = None) -> None:
        """What became of the replies that stood at `of`."""
        sent_at = self.now if status is Status.SENT else None
        self.earlier = tuple(
            replace(one, status=status, suppression=suppression, sent_at=one.sent_at or sent_at)
            if one.status is of
            else one
            for one in self.earlier
        )

    def later(self, **span: float) -> "Talk":
        self.now += timedelta(**span)
        return self

    def knows(self, **values: Any) -> "Talk":
        """Facts as if told earlier; the first turn greets and may ask."""
        self.hears(reads(*(stated(name, value) for name, value in values.items())))
        return self


def words(turn: Turn) -> str:
    return "\n".join(draft.body.text for draft in turn.replies)


def kind(turn: Turn) -> str:
    return turn.replies[0].reply_type if turn.replies else str(turn.silence)


def operator_value(talk: Talk, name: str, value: Any) -> None:
    """A person writes a value into the lead."""
    assert talk.lead is not None
    known = FieldValue(value, Source.OPERATOR, 1.0, talk.now)
    talk.lead = replace(talk.lead, fields={**talk.lead.fields, name: known})
