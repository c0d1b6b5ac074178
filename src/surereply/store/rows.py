"""Rows as a person sees them: the shapes that lists, timelines and the admin API share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from surereply.domain.conversation import SERVICE_WINDOW, WINDOW_MARGIN


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """`phone` or `bsuid`: where replies go. `known_fields`: name to value, where it comes from, and its words."""

    id: UUID
    line_id: UUID
    lead_id: UUID | None
    stage: str | None
    service_type_enum: str | None
    profile_name: str | None
    phone: str | None
    bsuid: str | None
    language: str | None
    questions_asked_count: int
    last_question_key: str | None
    state_version: int
    known_fields: dict[str, Any]
    handed_over_at: datetime | None
    handover_reason: str | None
    stopped_at: datetime | None
    window_closes_at: datetime | None
    merged_into: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LeadRow:
    id: UUID
    conversation_id: UUID
    flow_name: str
    flow_version: int
    stage: str
    service_type_enum: str | None
    service_type_id: int | None
    fields: dict[str, Any]
    suggestions: dict[str, Any]
    score: int
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """The outbound log of one reply. `listed`: it stands on the list of open work."""

    id: UUID
    conversation_id: UUID
    lead_id: UUID | None
    turn_id: UUID | None
    act_id: UUID | None
    outbound_dedupe_key: str
    reply_type: str
    question_key: str | None
    day_bucket: str | None
    cause: str
    revision: int
    body: dict[str, Any]
    status: str
    attempt: int
    error: str | None
    error_code: int | None
    provider_message_id: str | None
    reported: str | None
    suppression: str | None
    resolution: str | None
    created_at: datetime
    sending_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    listed: bool


@dataclass(frozen=True, slots=True)
class HandoverRow:
    id: UUID
    conversation_id: UUID
    reason: str
    told: str
    opened_at: datetime
    taken_at: datetime | None
    taken_by: str | None
    given_back_at: datetime | None
    given_back_by: str | None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """`raw`: what was delivered, as text; bytes that are none stand as \\xNN."""

    id: UUID
    delivery_id: UUID
    phone_number_id: str | None
    reason: str
    raw: str
    received_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None


@dataclass(frozen=True, slots=True)
class CollisionRow:
    id: UUID
    conversation_id: UUID
    outbound_dedupe_key: str
    reply_type: str
    question_key: str | None
    cause: str
    existing_reply_id: UUID | None
    existing_cause: str | None
    turn_id: UUID | None
    alarm: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ActRow:
    id: UUID
    conversation_id: UUID | None
    lead_id: UUID | None
    reply_id: UUID | None
    name: str
    operator: str
    detail: Any
    at: datetime


def conversation_row(row: Mapping[str, Any]) -> ConversationRow:
    named = {name: row[name] for name in ConversationRow.__slots__ if name not in ("known_fields", "window_closes_at")}
    window_from = row["window_from"]
    closes_at = window_from + SERVICE_WINDOW - WINDOW_MARGIN if window_from else None
    return ConversationRow(**named, known_fields=from_json(row["known_fields"]), window_closes_at=closes_at)


def lead_row(row: Mapping[str, Any]) -> LeadRow:
    named = {name: row[name] for name in LeadRow.__slots__ if name not in ("fields", "suggestions")}
    return LeadRow(**named, fields=from_json(row["fields"]), suggestions=from_json(row["suggestions"]))


def reply_row(row: Mapping[str, Any]) -> ReplyRow:
    named = {name: row[name] for name in ReplyRow.__slots__ if name not in ("body", "day_bucket")}
    day = row["day_bucket"]
    return ReplyRow(**named, body=from_json(row["body"]), day_bucket=day.isoformat() if day else None)


def handover_row(row: Mapping[str, Any]) -> HandoverRow:
    return HandoverRow(**{name: row[name] for name in HandoverRow.__slots__})


def quarantine_row(row: Mapping[str, Any]) -> QuarantineRow:
    named = {name: row[name] for name in QuarantineRow.__slots__ if name != "raw"}
    return QuarantineRow(**named, raw=row["raw"].decode("utf-8", "backslashreplace"))


def collision_row(row: Mapping[str, Any]) -> CollisionRow:
    return CollisionRow(**{name: row[name] for name in CollisionRow.__slots__})


def from_json(text: str | None) -> Any:
    """What a jsonb column holds; an odd shape where an object should be is shown under `odd`."""
    value = msgspec.json.decode(text or "{}")
    return value if isinstance(value, dict) else {"odd": value}


def decoded(shape: Any, row: Mapping[str, Any], *in_json: str) -> Any:
    """The row in its shape; jsonb comes from the driver as text."""
    named = {name: row[name] for name in shape.__slots__}
    decoded = {name: msgspec.json.decode(named[name]) for name in in_json if named[name] is not None}
    return shape(**(named | decoded))
