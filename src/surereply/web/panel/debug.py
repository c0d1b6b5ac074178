"""The debug panel: everything that happened in a conversation, newest first, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from markupsafe import Markup

from surereply.domain.callback import callback_data
from surereply.domain.flow import Flow
from surereply.domain.merge import Fate, fate_of
from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.replies import Body
from surereply.store.deliveries import DeliveryRow
from surereply.store.history import TurnRow
from surereply.store.messages import MessageRow
from surereply.store.sends import SentReply
from surereply.web.panel.lead_card import Known, known_value, label_of
from surereply.web.panel.model_part import ModelPart, model_part
from surereply.web.panel.reading import Whole
from surereply.web.panel.showing import highlighted
from surereply.whatsapp.outbound import request_body

# Of one moment: what caused comes before what it caused.
ORDER = ("delivery", "act", "turn", "handover", "collision", "reply")


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` names the template's part; `at` orders them, and within one moment what caused comes before."""

    kind: str
    id: UUID
    at: datetime
    data: Any


@dataclass(frozen=True, slots=True)
class Brought:
    """A delivery with the messages it brought first, and those it brought again."""

    delivery: DeliveryRow
    first: list[MessageRow] = field(default_factory=list)
    again: list[MessageRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Read:
    """A message as a turn read it: its words with the facts marked, and what was found."""

    message: MessageRow | None
    words: Markup
    facts: list[dict[str, Any]]
    signals: list[str]
    language: str | None
    failure: str | None
    unanswered: str | None
    knowledge: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    fates: list[Fate | None]  # of each fact, by the flow's limits; None where the flow is not known


@dataclass(frozen=True, slots=True)
class Decided:
    """A turn. `differences`: what it changed of the state, name to before and after."""

    turn: TurnRow
    reads: list[Read]
    differences: list[tuple[str, str, str]]
    wrote: list[tuple[str, Known | None, Known | None]]
    replies: list[UUID]
    model: ModelPart | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply with its sends, who caused it, and the request as it was made, the recipient masked."""

    sent: SentReply
    caused_by: UUID | None  # the message or reply that `cause` names, where it is shown
    callback: str
    request: dict[str, Any]
    moments: list[tuple[str, datetime]]


def entries_of(whole: Whole) -> list[Entry]:
    shown = (one for one in _all(whole) if whole.since is None or one.id >= whole.since)
    return sorted(shown, key=lambda one: (one.at, ORDER.index(one.kind), one.id), reverse=True)


def _all(whole: Whole) -> Iterator[Entry]:
    timeline = whole.timeline
    for brought in _deliveries(whole):
        yield Entry("delivery", brought.delivery.id, brought.delivery.received_at, brought)
    messages = {message.id: message for message in timeline.messages}
    for turn in timeline.turns:
        yield Entry("turn", turn.id, turn.created_at, _decided(turn, messages, whole))
    wamids = {message.wamid: message.id for message in timeline.messages}
    for sent in timeline.replies:
        yield Entry("reply", sent.reply.id, sent.reply.created_at, _owed(sent, wamids, whole))
    for act in timeline.acts:
        yield Entry("act", act.id, act.at, act)
    for handover in timeline.handovers:
        yield Entry("handover", handover.id, handover.opened_at, handover)
    for collision in timeline.collisions:
        yield Entry("collision", collision.id, collision.at, collision)


def _deliveries(whole: Whole) -> Iterator[Brought]:
    by_id = {delivery.id: Brought(delivery) for delivery in whole.deliveries}
    for message in whole.timeline.messages:
        if message.delivery_id in by_id:
            by_id[message.delivery_id].first.append(message)
        for repetition in message.repetitions:
            if repetition.delivery_id in by_id:
                by_id[repetition.delivery_id].again.append(message)
    yield from by_id.values()


def _decided(turn: TurnRow, messages: Mapping[UUID, MessageRow], whole: Whole) -> Decided:
    readings = turn.readings if isinstance(turn.readings, list) else []
    reads = [
        _read(messages.get(message_id), reading, whole.flow)
        for message_id, reading in zip(turn.message_ids, readings, strict=False)
        if isinstance(reading, dict)
    ]
    wrote = [
        (
            label_of(change.field, whole.flow, "en"),
            known_value(change.old, change.field, whole.flow, "en"),
            known_value(change.new or change.suggestion, change.field, whole.flow, "en"),
        )
        for change in whole.changes
        if change.turn_id == turn.id
    ]
    replies = [one.reply.id for one in whole.timeline.replies if one.reply.turn_id == turn.id]
    changed = differences(turn.state_before, turn.state_after)
    return Decided(turn, reads, changed, wrote, replies, model_part(turn.model))


def _read(message: MessageRow | None, reading: Mapping[str, Any], flow: Flow | None) -> Read:
    facts = [fact for fact in reading.get("facts", []) if isinstance(fact, dict)]
    spans = [
        (fact["start"], fact["end"], f"{fact.get('field')}: {fact.get('value')}")
        for fact in facts
        if isinstance(fact.get("start"), int) and isinstance(fact.get("end"), int)
    ]
    return Read(
        message,
        highlighted(message.words, spans) if message else Markup(""),
        facts,
        sorted(reading.get("signals", [])),
        reading.get("language"),
        reading.get("failure"),
        reading.get("unanswered"),
        list(reading.get("knowledge", [])),
        list(reading.get("refused", [])),
        [fate_of(fact["confidence"], flow) if flow and "confidence" in fact else None for fact in facts],
    )


def differences(before: Any, after: Any) -> list[tuple[str, str, str]]:
    """What is not the same any more, by its path; nothing where one of them cannot be read."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        (path, old.get(path, ""), new.get(path, ""))
        for path in dict.fromkeys((*old, *new))
        if old.get(path) != new.get(path)
    ]


def _flat(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        if isinstance(one, dict):
            yield from _flat(one, f"{path}{name}.")
        elif one not in (None, [], ""):
            yield f"{path}{name}", ", ".join(map(_plain, one)) if isinstance(one, list) else _plain(one)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _owed(sent: SentReply, wamids: Mapping[str, UUID], whole: Whole) -> Owed:
    reply = sent.reply
    data = callback_data(whole.bucket, reply.id, reply.attempt)
    moments = [
        (name, at)
        for name, at in (
            ("created", reply.created_at),
            ("sending", reply.sending_at),
            ("sent", reply.sent_at),
            ("delivered", reply.delivered_at),
            ("read", reply.read_at),
            ("failed", reply.failed_at),
        )
        if at is not None
    ]
    return Owed(sent, wamids.get(reply.cause), data, _request(reply.body, data, whole), moments)


def _request(stored: Mapping[str, Any], data: str, whole: Whole) -> dict[str, Any]:
    """What WhatsApp is asked, rebuilt from the reply's body; nothing where it was erased."""
    try:
        body = msgspec.convert(stored, Body)
    except msgspec.ValidationError:
        return {}
    row = whole.row
    kind = IdentifierKind.PHONE if row.phone else IdentifierKind.BSUID
    return dict(request_body((Identifier(kind, _masked(row.phone or row.bsuid or "")),), body, data))


def _masked(address: str) -> str:
    return f"{address[:3]}{'•' * max(len(address) - 6, 0)}{address[-3:]}" if len(address) > 6 else "•" * len(address)
