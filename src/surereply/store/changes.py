"""What changed a moment ago, as ids and states: for screens that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.identity import id_at
from surereply.store.database import Tx

# Ids are made before their transaction commits: a look goes back this far, and what was seen is not told again.
LOOK_BACK = timedelta(seconds=30)
MOST_ROWS = 200
REPLY_STATE = "concat_ws(' ', r.status, r.reported, r.resolution)"


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: message, repetition (of the message with this id), turn, reply, handover or act; `state` is what a later
    change of the same thing differs in."""

    kind: str
    id: UUID
    conversation_id: UUID
    state: str


async def recent(tx: Tx, buckets: Sequence[int], now: datetime) -> list[Change]:
    """What came, was decided, sent, reported or done within LOOK_BACK, and who waits for a person; in no order."""
    rows = await tx.fetch(
        f"""
        SELECT * FROM (
            SELECT 'message' AS kind, id, conversation_id, '' AS state
              FROM message
             WHERE bucket = ANY($1::smallint[]) AND id >= $2
             ORDER BY id DESC LIMIT $4) m
         UNION
        SELECT * FROM (
            SELECT 'repetition', m.id, m.conversation_id, count(*)::text
              FROM repetition r
              JOIN message m ON m.bucket = r.bucket AND m.id = r.message_id
             WHERE r.bucket = ANY($1::smallint[]) AND r.received_at >= $3
             GROUP BY m.id, m.conversation_id LIMIT $4) a
         UNION
        SELECT * FROM (
            SELECT 'turn', id, conversation_id, state_version::text
              FROM turn
             WHERE bucket = ANY($1::smallint[]) AND id >= $2
             ORDER BY id DESC LIMIT $4) t
         UNION
        SELECT * FROM (
            SELECT 'reply', r.id, r.conversation_id, {REPLY_STATE}
              FROM reply r
             WHERE r.bucket = ANY($1::smallint[]) AND r.id >= $2
             ORDER BY r.id DESC LIMIT $4) r
         UNION
        SELECT * FROM (
            SELECT 'reply', r.id, r.conversation_id, {REPLY_STATE}
              FROM reply_ticket t
              JOIN reply r ON r.bucket = t.bucket AND r.id = t.reply_id
             WHERE t.bucket = ANY($1::smallint[]) AND t.since >= $3
             ORDER BY t.since DESC LIMIT $4) o
         UNION
        SELECT * FROM (
            SELECT 'reply', r.id, r.conversation_id, {REPLY_STATE}
              FROM report p
              JOIN sent_key k ON k.bucket = p.bucket AND k.wamid = p.wamid
              JOIN reply r ON r.bucket = k.bucket AND r.id = k.reply_id
             WHERE p.bucket = ANY($1::smallint[]) AND p.id >= $2
             ORDER BY p.id DESC LIMIT $4) p
         UNION
        SELECT * FROM (
            SELECT 'handover', id, conversation_id, CASE WHEN taken_at IS NULL THEN 'open' ELSE 'taken' END
              FROM handover
             WHERE bucket = ANY($1::smallint[]) AND given_back_at IS NULL
             ORDER BY opened_at DESC LIMIT $4) h
         UNION
        SELECT * FROM (
            SELECT 'act', id, conversation_id, name
              FROM act
             WHERE bucket = ANY($1::smallint[]) AND id >= $2 AND conversation_id IS NOT NULL
             ORDER BY id DESC LIMIT $4) a
        """,  # noqa: S608 - our own columns
        buckets,
        id_at(now - LOOK_BACK),
        now - LOOK_BACK,
        MOST_ROWS,
    )
    return [Change(*row.values()) for row in rows]
