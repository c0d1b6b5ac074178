"""Lists for people, newest first, a page at a time: by id, so that a page never moves under its reader."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.store.database import Tx
from surereply.store.rows import (
    ActRow,
    CollisionRow,
    ConversationRow,
    HandoverRow,
    LeadRow,
    ReplyRow,
    collision_row,
    conversation_row,
    decoded,
    handover_row,
    lead_row,
    reply_row,
)


async def conversations(tx: Tx, buckets: Sequence[int], before: UUID | None, most: int) -> list[ConversationRow]:
    rows = await tx.fetch(
        """
        SELECT n.*, l.stage, l.service_type_enum
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT c.*
                               FROM conversation c
                              WHERE c.bucket = b.bucket AND c.id < $2 AND c.merged_into IS NULL
                              ORDER BY c.id DESC
                              LIMIT $3) n
          LEFT JOIN lead l ON l.bucket = n.bucket AND l.id = n.lead_id
         ORDER BY n.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
    )
    return [conversation_row(row) for row in rows]


async def leads(
    tx: Tx, buckets: Sequence[int], before: UUID | None, most: int, stage: str | None = None
) -> list[LeadRow]:
    rows = await tx.fetch(
        """
        SELECT n.*
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT l.*
                               FROM lead l
                              WHERE l.bucket = b.bucket AND l.id < $2 AND ($4::text IS NULL OR l.stage = $4)
                              ORDER BY l.id DESC
                              LIMIT $3) n
         ORDER BY n.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
        stage,
    )
    return [lead_row(row) for row in rows]


async def replies(
    tx: Tx, buckets: Sequence[int], before: UUID | None, most: int, status: str | None = None
) -> list[ReplyRow]:
    rows = await tx.fetch(
        """
        SELECT n.*, t.reply_id IS NOT NULL AS listed
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT r.*
                               FROM reply r
                              WHERE r.bucket = b.bucket AND r.id < $2 AND ($4::text IS NULL OR r.status = $4)
                              ORDER BY r.id DESC
                              LIMIT $3) n
          LEFT JOIN reply_ticket t ON t.bucket = n.bucket AND t.conversation_id = n.conversation_id
                                  AND t.reply_id = n.id
         ORDER BY n.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
        status,
    )
    return [reply_row(row) for row in rows]


async def listed_replies(
    tx: Tx, buckets: Sequence[int], before: UUID | None, most: int, status: str | None = None
) -> list[ReplyRow]:
    """Open work alone: what is owed, on its way, in doubt or failed; from the tickets, whatever the history holds."""
    rows = await tx.fetch(
        """
        SELECT r.*, true AS listed
          FROM (SELECT t.bucket, t.reply_id
                  FROM reply_ticket t
                 WHERE t.bucket = ANY($1::smallint[]) AND t.reply_id < $2 AND ($4::text IS NULL OR t.status = $4)
                 ORDER BY t.reply_id DESC
                 LIMIT $3) t
          JOIN reply r ON r.bucket = t.bucket AND r.id = t.reply_id
         ORDER BY r.id DESC
        """,
        buckets,
        before or LAST_ID,
        most,
        status,
    )
    return [reply_row(row) for row in rows]


async def reply(tx: Tx, buckets: Sequence[int], reply_id: UUID) -> tuple[int, ReplyRow] | None:
    row = await tx.fetchrow(
        """
        SELECT r.*, t.reply_id IS NOT NULL AS listed
          FROM reply r
          LEFT JOIN reply_ticket t ON t.bucket = r.bucket AND t.conversation_id = r.conversation_id
                                  AND t.reply_id = r.id
         WHERE r.bucket = ANY($1::smallint[]) AND r.id = $2
        """,
        buckets,
        reply_id,
    )
    return (row["bucket"], reply_row(row)) if row else None


async def open_handovers(tx: Tx, buckets: Sequence[int], before: UUID | None, most: int) -> list[HandoverRow]:
    rows = await tx.fetch(
        """
        SELECT h.*
          FROM handover h
         WHERE h.bucket = ANY($1::smallint[]) AND h.given_back_at IS NULL AND h.id < $2
         ORDER BY h.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
    )
    return [handover_row(row) for row in rows]


async def collisions(tx: Tx, buckets: Sequence[int], before: UUID | None, most: int) -> list[CollisionRow]:
    return [collision_row(row) for row in await _newest(tx, "collision", buckets, before, most)]


async def acts(tx: Tx, buckets: Sequence[int], before: UUID | None, most: int) -> list[ActRow]:
    """Who did what, when."""
    return [decoded(ActRow, row, "detail") for row in await _newest(tx, "act", buckets, before, most)]


async def _newest(tx: Tx, table: str, buckets: Sequence[int], before: UUID | None, most: int) -> list[Any]:
    """The newest of each bucket, by its key, and of these the newest of all; `table` is one of ours."""
    rows: list[Any] = await tx.fetch(
        f"""
        SELECT n.*
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT r.*
                               FROM {table} r
                              WHERE r.bucket = b.bucket AND r.id < $2
                              ORDER BY r.id DESC
                              LIMIT $3) n
         ORDER BY n.id DESC
         LIMIT $3
        """,  # noqa: S608 - the names of our own tables
        buckets,
        before or LAST_ID,
        most,
    )
    return rows
