"""Rows as the domain's values: conversation, lead, message, reply. What is odd in one raises `ValueError`."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from surereply.domain.conversation import BotState, Conversation, HandoverReason
from surereply.domain.lead import FieldValue, Lead, Stage
from surereply.domain.message import Location, Media, Message, MessageKind
from surereply.domain.replies import Body, EarlierReply, ReplyType, Resolution, Status, Suppression

Row: TypeAlias = Mapping[str, Any]

_FIELDS = msgspec.json.Decoder(dict[str, FieldValue])
_STATE = msgspec.json.Decoder(BotState)
_BODY = msgspec.json.Decoder(Body)


class _Content(msgspec.Struct):
    tap: str | None = None
    reply_to: str | None = None
    media: Media | None = None
    location: Location | None = None
    form: str | None = None
    shared_phones: tuple[str, ...] = ()


_CONTENT = msgspec.json.Decoder(_Content)


def conversation_from(row: Row) -> Conversation:
    return Conversation(
        id=row["id"],
        line_id=row["line_id"],
        state_version=row["state_version"],
        questions_asked_count=row["questions_asked_count"],
        last_question_key=row["last_question_key"],
        state=_STATE.decode(row["state"]),
        language=row["language"],
        profile_name=row["profile_name"],
        handed_over_at=row["handed_over_at"],
        handover_reason=HandoverReason(row["handover_reason"]) if row["handover_reason"] else None,
        stopped_at=row["stopped_at"],
        window_from=row["window_from"],
        machine_replies=tuple(row["machine_replies"]),
    )


def lead_from(row: Row) -> Lead:
    """A lead from a row that has `lead_id` and the lead's columns."""
    return Lead(
        id=row["lead_id"],
        flow_name=row["flow_name"],
        flow_version=row["flow_version"],
        stage=Stage(row["stage"]),
        opened_at=row["opened_at"],
        fields=_FIELDS.decode(row["fields"]),
        suggestions=_FIELDS.decode(row["suggestions"]),
        service_type_enum=row["service_type_enum"],
        service_type_id=row["service_type_id"],
        score=row["score"],
        closed_at=row["closed_at"],
    )


def message_from(row: Row) -> Message:
    content = _CONTENT.decode(row["content"])
    return Message(
        id=row["id"],
        wamid=row["wamid"],
        kind=MessageKind(row["kind"]),
        text=row["text"],
        sent_at=row["sent_at"],
        received_at=row["received_at"],
        tap=content.tap,
        reply_to=content.reply_to,
        media=content.media,
        location=content.location,
        form=content.form,
        shared_phones=content.shared_phones,
    )


def earlier_reply_from(row: Row) -> EarlierReply:
    return EarlierReply(
        id=row["id"],
        reply_type=ReplyType(row["reply_type"]),
        question_key=row["question_key"],
        status=Status(row["status"]),
        body=body_from(row["body"]),
        cause=row["cause"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        suppression=Suppression(row["suppression"]) if row["suppression"] else None,
        resolution=Resolution(row["resolution"]) if row["resolution"] else None,
    )


def body_from(text: str) -> Body:
    return _BODY.decode(text)
