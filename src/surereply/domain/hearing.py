"""What a message says, given what we asked: taps, a bare yes or no, "I don't know", and its facts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from surereply.domain.conversation import Pending, PendingKind
from surereply.domain.facts import Fact, Reading, Signal, Source
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.message import MEDIA_KINDS, Message, MessageKind

FIELD_TAP = "f"  # f:<field>:<option key>, or yes and no
CONFIRMATION_TAP = "c"  # c:<field>:yes or c:<field>:no
YES = "yes"
NO = "no"

_SKIPS = frozenset({Signal.DONT_KNOW, Signal.LATER, Signal.REFUSES})
# With one of these, the message as a whole answers nothing: its words are not a name or a free text.
_NO_ANSWER = _SKIPS | {
    Signal.QUESTION,
    Signal.WANTS_PERSON,
    Signal.ANGRY,
    Signal.LEGAL_THREAT,
    Signal.WANTS_DISCOUNT,
}
_IN_WORDS = frozenset({MessageKind.TEXT, MessageKind.TAP, MessageKind.WELCOME})
_POLITE = frozenset({Signal.THANKS, Signal.GREETING, Signal.GOODBYE})
_FREE_WORDS = frozenset({FieldType.TEXT, FieldType.PERSON, FieldType.PLACE})


@dataclass(frozen=True, slots=True)
class HeardFact:
    """A fact, and its place among all facts of the readings; None for what a tap or a yes stands for."""

    fact: Fact
    place: int | None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the messages of a turn say, in their order."""

    facts: tuple[HeardFact, ...] = ()
    signals: frozenset[Signal] = frozenset()
    skips: bool = False  # the pending field is not to be asked again
    denies: bool = False  # no, to the pending confirmation
    failures: tuple[str, ...] = ()
    only_media: bool = False  # nothing that we can read: media alone, or with a caption that says nothing to us
    left_open: frozenset[str] = frozenset()  # fields that the customer leaves to us, pending or not


def hear(messages: Sequence[Message], readings: Sequence[Reading], pending: Pending | None, flow: Flow) -> Heard:
    """`pending` is what these messages may answer: None where nothing was asked, or it did not leave.

    A tap on a confirmation proves by itself that the confirmation arrived.
    """
    facts: list[HeardFact] = []
    skips = denies = False
    place = 0
    for message, reading in zip(messages, readings, strict=True):
        found = _facts_of(message, reading, place, flow)
        place += len(reading.facts)
        facts += found or _answer(message, reading, pending, flow)
        if pending is not None and not any(heard.fact.field == pending.question_key for heard in found):
            skips = skips or bool(reading.signals & _SKIPS)
            denies = denies or (pending.kind is PendingKind.CONFIRMATION and _denies(message, reading, pending))
    return Heard(
        tuple(facts),
        frozenset().union(*(reading.signals for reading in readings)),
        skips,
        denies,
        tuple(reading.failure for reading in readings if reading.failure),
        _is_unread(messages, readings, facts),
        left_open=frozenset().union(*(reading.left_open for reading in readings)),
    )


def _is_unread(messages: Sequence[Message], readings: Sequence[Reading], facts: Sequence[HeardFact]) -> bool:
    """Whether what they say may well stand in a picture, a recording or a file, since no words of theirs say anything:
    `my passport` under a photo, asked for a name, is an answer that we cannot read, and no failed one."""
    if not messages or any(message.kind in _IN_WORDS or message.transcribed for message in messages):
        return False
    return not facts and not any(_says_something(reading) for reading in readings)


def _says_something(reading: Reading) -> bool:
    return bool(reading.signals - _POLITE or reading.knowledge or reading.unanswered)


def _facts_of(message: Message, reading: Reading, place: int, flow: Flow) -> list[HeardFact]:
    tapped = _tapped(message, flow)
    if tapped is not None:
        return [HeardFact(tapped, None)]
    if reading.signals & {Signal.STOP, Signal.START}:
        return []
    heard = [
        HeardFact(replace(fact, message_id=fact.message_id or message.id), place + number)
        for number, fact in enumerate(reading.facts)
        if fact.field in flow.fields and not _is_no_answer(fact, message, reading, flow)
    ]
    return [one for one in heard if flow.fields[one.fact.field].type is FieldType.LIST or _is_best(one, heard)]


def _is_best(one: HeardFact, heard: Sequence[HeardFact]) -> bool:
    """Of two values for a field in one message the surer one counts, a correction before all."""
    rivals = [other for other in heard if other.fact.field == one.fact.field]
    return one is max(rivals, key=lambda rival: (rival.fact.correction, rival.fact.confidence))


def _tapped(message: Message, flow: Flow) -> Fact | None:
    kind, _, rest = (message.tap or "").partition(":")
    name, _, key = rest.rpartition(":")
    if kind != FIELD_TAP or name not in flow.fields:
        return None
    field = flow.fields[name]
    value = key == YES if field.type is FieldType.YES_NO and key in (YES, NO) else key
    text = message.text or None
    return Fact(name, value, text, 0 if text else None, len(text) if text else None, 1.0, Source.TAPPED,
                message_id=message.id)  # fmt: skip


def _is_no_answer(fact: Fact, message: Message, reading: Reading, flow: Flow) -> bool:
    field = flow.fields[fact.field]
    if _item_type(field) not in _FREE_WORDS:
        return False
    if message.kind in MEDIA_KINDS and not message.text.strip():
        return True
    whole = (fact.text or "").strip(" .!?؟،,") == message.text.strip(" .!?؟،,")
    return whole and bool(reading.signals & _NO_ANSWER)


def _item_type(field: FlowField) -> FieldType | None:
    return field.of if field.type is FieldType.LIST else field.type


def _answer(message: Message, reading: Reading, pending: Pending | None, flow: Flow) -> Iterable[HeardFact]:
    """What a yes or no, said or tapped, stands for."""
    if pending is None or pending.question_key not in flow.fields:
        return
    says = _said_yes_or_no(message, reading, pending)
    text = message.text or None
    if says is not None and pending.kind is PendingKind.QUESTION:
        if flow.fields[pending.question_key].type is FieldType.YES_NO:
            yield HeardFact(
                Fact(pending.question_key, says, text, 0 if text else None, len(text) if text else None, 1.0,
                     Source.STATED, message_id=message.id),
                None,
            )  # fmt: skip
    elif says:
        yield HeardFact(
            Fact(pending.question_key, pending.value, None, None, None, 1.0, Source.CONFIRMED,
                 message_id=message.id),
            None,
        )  # fmt: skip


def _denies(message: Message, reading: Reading, pending: Pending) -> bool:
    return _said_yes_or_no(message, reading, pending) is False


def _said_yes_or_no(message: Message, reading: Reading, pending: Pending) -> bool | None:
    if message.tap is not None and message.tap.startswith(f"{CONFIRMATION_TAP}:"):
        if pending.kind is not PendingKind.CONFIRMATION:
            return None
        return {tap_of_confirmation(pending.question_key, answer): answer == YES for answer in (YES, NO)}.get(
            message.tap
        )
    yes, no = Signal.YES in reading.signals, Signal.NO in reading.signals
    return yes if yes != no else None


def tap_of_field(name: str, key: str) -> str:
    """The id of a button or row that stands for an option."""
    return f"{FIELD_TAP}:{name}:{key}"


def tap_of_confirmation(name: str, answer: str) -> str:
    """The id of the button that says yes or no to a confirmation."""
    return f"{CONFIRMATION_TAP}:{name}:{answer}"
