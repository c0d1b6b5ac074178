"""A reply comes into being: its key, its log row, its ticket; or the record of why it did not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import new_id, outbound_dedupe_key
from surereply.domain.replies import HUMAN_TYPES, ReplyDraft
from surereply.store.database import Tx, columns, to_json


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply to be written down: of a turn, or of a person's act."""

    id: UUID
    bucket: int
    conversation_id: UUID
    line_id: UUID
    draft: ReplyDraft
    lead_id: UUID | None
    now: datetime
    turn_id: UUID | None = None
    act_id: UUID | None = None
    revision: int = 0

    @property
    def dedupe_key(self) -> str:
        draft = self.draft
        return outbound_dedupe_key(
            self.conversation_id,
            draft.reply_type.value,
            draft.question_key,
            draft.cause,
            part=draft.part,
            revision=self.revision,
        )


async def insert_replies(tx: Tx, replies: Sequence[NewReply]) -> set[UUID]:
    """The log row first, PENDING, under its unique key; those whose key exists are not sent, and that is on record.

    Returns the ids written. There is no other way for a reply to come into being.
    """
    if not replies:
        return set()
    rows = await tx.fetch(
        """
        INSERT INTO reply_key (bucket, outbound_dedupe_key, reply_id, conversation_id, cause, part, revision, machine,
                               created_at)
        SELECT * FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[],
                             $7::smallint[], $8::boolean[], $9::timestamptz[])
        ON CONFLICT DO NOTHING
        RETURNING reply_id
        """,
        *columns(
            (
                (r.bucket, r.dedupe_key, r.id, r.conversation_id, r.draft.cause, r.draft.part, r.revision,
                 r.draft.reply_type not in HUMAN_TYPES, r.now)
                for r in sorted(replies, key=lambda r: (r.bucket, r.dedupe_key))
            ),
            9,
        ),
    )  # fmt: skip
    written = {row["reply_id"] for row in rows}
    for reply in replies:
        if reply.id not in written:
            await _note_collision(tx, reply)
    await _insert_reply_rows(tx, [r for r in replies if r.id in written])
    return written


async def _insert_reply_rows(tx: Tx, replies: Sequence[NewReply]) -> None:
    if not replies:
        return
    await tx.execute(
        """
        INSERT INTO reply (bucket, id, conversation_id, lead_id, turn_id, act_id, outbound_dedupe_key, reply_type,
                           question_key, day_bucket, cause, part, revision, body, created_at, status)
        SELECT k.*, 'PENDING'
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                      $8::text[], $9::text[], $10::date[], $11::text[], $12::smallint[], $13::smallint[], $14::jsonb[],
                      $15::timestamptz[]) AS k
        """,
        *columns((_reply_row(reply) for reply in replies), 15),
    )
    await tx.execute(
        """
        INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, reply_type, due_at, since, status)
        SELECT k.*, 'PENDING'
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
                      $7::timestamptz[]) AS k
        """,
        *columns(
            ((r.bucket, r.conversation_id, r.id, r.line_id, r.draft.reply_type.value, r.now, r.now) for r in replies),
            7,
        ),
    )


def _reply_row(reply: NewReply) -> tuple[Any, ...]:
    draft = reply.draft
    return (
        reply.bucket,
        reply.id,
        reply.conversation_id,
        reply.lead_id,
        reply.turn_id,
        reply.act_id,
        reply.dedupe_key,
        draft.reply_type.value,
        draft.question_key,
        draft.day_bucket,
        draft.cause,
        draft.part,
        reply.revision,
        to_json(draft.body),
        reply.now,
    )


async def _note_collision(tx: Tx, reply: NewReply) -> None:
    """Both causes, for a person to compare. Inside a fenced turn it is our bug: an alarm."""
    draft = reply.draft
    await tx.execute(
        """
        INSERT INTO collision (bucket, id, conversation_id, outbound_dedupe_key, reply_type, question_key, cause,
                               existing_reply_id, existing_cause, turn_id, alarm, at)
        SELECT $1, $2, $3, $4, $5, $6, $7, k.reply_id, k.cause, $8, $9, $10
          FROM reply_key k
         WHERE k.bucket = $1
           AND (k.outbound_dedupe_key = $4
                OR k.machine AND k.conversation_id = $3 AND k.cause = $7 AND k.part = $11 AND k.revision = $12)
         LIMIT 1
        """,
        reply.bucket,
        new_id(reply.now),
        reply.conversation_id,
        reply.dedupe_key,
        draft.reply_type.value,
        draft.question_key,
        draft.cause,
        reply.turn_id,
        reply.turn_id is not None,
        reply.now,
        draft.part,
        reply.revision,
    )
