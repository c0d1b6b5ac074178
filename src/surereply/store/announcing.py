"""Write down what endpoints are to be told, in the transaction of what it tells of; nothing where nobody listens."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.identity import new_id
from surereply.store.database import Tx, columns, to_json


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened in a conversation. Of a reply: only told while its status is `reply_status`. `detail` joins the
    data that is sent: names and states."""

    bucket: int
    topic: Topic
    conversation_id: UUID
    at: datetime
    lead_id: UUID | None = None
    message_id: UUID | None = None
    reply_id: UUID | None = None
    reply_status: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


async def announce(tx: Tx, happenings: Sequence[Happening]) -> None:
    """An announcement and its ticket for each endpoint that wants the topic; what is sent is read from the rows as
    this transaction leaves them. One statement; without an endpoint it touches no row."""
    if not happenings:
        return
    await tx.execute(
        """
        WITH told AS (
            INSERT INTO announcement (bucket, endpoint_id, id, topic, conversation_id, body, status, created_at)
            SELECT k.bucket, e.id, k.id, k.topic, c.id,
                   jsonb_build_object(
                       'type', k.topic,
                       'timestamp', to_char(k.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                       'data', jsonb_build_object(
                           'line', jsonb_build_object('id', n.id, 'phone_number_id', n.phone_number_id),
                           'conversation_id', c.id,
                           'contact', jsonb_build_object('id', c.contact_id, 'name', c.profile_name,
                                                         'phone', c.phone, 'bsuid', c.bsuid))
                           || CASE WHEN l.id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
                                  'lead', jsonb_build_object(
                                      'id', l.id, 'stage', l.stage, 'service', l.service_type_enum, 'score', l.score,
                                      'fields', (SELECT coalesce(jsonb_object_agg(f.key, f.value -> 'value'), '{}')
                                                   FROM jsonb_each(l.fields) f))) END
                           || CASE WHEN m.id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
                                  'message', jsonb_build_object('id', m.id, 'wamid', m.wamid, 'kind', m.kind,
                                                                'text', m.text, 'sent_at', m.sent_at)) END
                           || CASE WHEN r.id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
                                  'reply', jsonb_build_object('id', r.id, 'type', r.reply_type, 'status', r.status,
                                                              'attempt', r.attempt, 'error', r.error,
                                                              'error_code', r.error_code)) END
                           || k.detail)::text,
                   'waiting', k.at
              FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::uuid[],
                          $7::uuid[], $8::uuid[], $9::text[], $10::jsonb[])
                   AS k (bucket, id, topic, conversation_id, at, lead_id, message_id, reply_id, reply_status, detail)
              JOIN endpoint e     ON k.topic = ANY(e.topics) AND e.disabled_at IS NULL
              JOIN conversation c ON c.bucket = k.bucket AND c.id = k.conversation_id
              JOIN line n         ON n.bucket = c.bucket AND n.id = c.line_id
              LEFT JOIN lead l    ON l.bucket = k.bucket AND l.id = k.lead_id
              LEFT JOIN message m ON m.bucket = k.bucket AND m.id = k.message_id
              LEFT JOIN reply r   ON r.bucket = k.bucket AND r.id = k.reply_id
             WHERE c.bucket = ANY($1::smallint[])
               AND (k.reply_status IS NULL OR r.status = k.reply_status)
            RETURNING bucket, endpoint_id, id, created_at
        )
        INSERT INTO announcement_ticket (bucket, endpoint_id, announcement_id, due_at)
        SELECT bucket, endpoint_id, id, created_at FROM told
        """,
        *columns((_row(happening) for happening in happenings), 10),
    )


def _row(happening: Happening) -> tuple[Any, ...]:
    return (
        happening.bucket,
        new_id(happening.at),
        happening.topic.value,
        happening.conversation_id,
        happening.at,
        happening.lead_id,
        happening.message_id,
        happening.reply_id,
        happening.reply_status,
        to_json(happening.detail),
    )


def stage_changed(
    bucket: int, conversation_id: UUID, lead_id: UUID, was: str | None, stage: str, at: datetime
) -> list[Happening]:
    """A lead came to another stage; `was`: None for a new lead. Where it is qualified now, that is told, too."""
    changed = Happening(
        bucket, Topic.LEAD_STAGE_CHANGED, conversation_id, at, lead_id, detail={"was": was, "stage": stage}
    )
    if stage != "qualified":
        return [changed]
    return [changed, Happening(bucket, Topic.LEAD_QUALIFIED, conversation_id, at, lead_id)]


async def forget(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """Of erased contacts: what was not delivered is withdrawn, and no body stays."""
    await tx.execute(
        """
        DELETE FROM announcement_ticket t
         USING announcement a
         WHERE t.bucket = $1 AND a.bucket = $1 AND a.conversation_id = ANY($2::uuid[])
           AND t.endpoint_id = a.endpoint_id AND t.announcement_id = a.id
        """,
        bucket,
        conversation_ids,
    )
    await tx.execute(
        """
        UPDATE announcement
           SET body = '', answer = NULL, error = NULL,
               status = CASE status WHEN 'waiting' THEN 'withdrawn' ELSE status END
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        """,
        bucket,
        conversation_ids,
    )
