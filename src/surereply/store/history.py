"""What happened in a conversation, for a person: every message with its turn or the reason why it has none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.store.database import Tx
from surereply.store.messages import MessageRow, with_turns
from surereply.store.rows import (
    ActRow,
    CollisionRow,
    ConversationRow,
    HandoverRow,
    collision_row,
    conversation_row,
    decoded,
    handover_row,
    reply_row,
)
from surereply.store.sends import SentReply, with_sends


@dataclass(frozen=True, slots=True)
class TurnRow:
    """One decision: what was understood (`readings`, one a message), what changed, why, and how long it took."""

    id: UUID
    lead_id: UUID
    state_version: int
    turn_cause: str
    cause: str
    message_ids: list[UUID]
    why: str
    silence: str | None
    notify: str | None
    readings: Any
    state_before: Any
    state_after: Any
    timings: Any
    model: Any
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """The newest of each kind, oldest first; `aliases` are conversations that turned out to be this contact's."""

    aliases: list[UUID]
    messages: list[MessageRow]
    turns: list[TurnRow]
    replies: list[SentReply]
    acts: list[ActRow]
    handovers: list[HandoverRow]
    collisions: list[CollisionRow]


async def conversation(tx: Tx, buckets: Sequence[int], conversation_id: UUID) -> tuple[int, ConversationRow] | None:
    """The conversation with its bucket."""
    row = await tx.fetchrow(
        """
        SELECT c.*, l.stage, l.service_type_enum
          FROM conversation c
          LEFT JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         WHERE c.bucket = ANY($1::smallint[]) AND c.id = $2
        """,
        buckets,
        conversation_id,
    )
    return (row["bucket"], conversation_row(row)) if row else None


async def timeline(tx: Tx, bucket: int, conversation_id: UUID, before: UUID | None, most: int) -> Timeline:
    """What happened before an id (None: up to now), at most `most` of each kind."""
    aliases = await aliases_of(tx, bucket, conversation_id)
    ids = [conversation_id, *aliases]
    until = before or LAST_ID
    return Timeline(
        aliases=aliases,
        messages=await with_turns(tx, bucket, ids, await _of(tx, "message", bucket, ids, until, most)),
        turns=[_turn(row) for row in await _of(tx, "turn", bucket, ids, until, most)],
        replies=await _replies(tx, bucket, ids, until, most),
        acts=[decoded(ActRow, row, "detail") for row in await _of(tx, "act", bucket, ids, until, most)],
        handovers=[handover_row(row) for row in await _of(tx, "handover", bucket, ids, until, most)],
        collisions=[collision_row(row) for row in await _collisions(tx, bucket, ids, until, most)],
    )


async def aliases_of(tx: Tx, bucket: int, conversation_id: UUID) -> list[UUID]:
    """Conversations that were united with this one, as the acts tell."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE united (id) AS (
            SELECT $2::uuid
             UNION
            SELECT (a.detail ->> 'alias')::uuid
              FROM united u
              JOIN act a ON a.bucket = $1 AND a.conversation_id = u.id AND a.name = 'unite'
        )
        SELECT id FROM united WHERE id <> $2
        """,
        bucket,
        conversation_id,
    )
    return [row["id"] for row in rows]


async def _of(tx: Tx, table: str, bucket: int, ids: Sequence[UUID], until: UUID, most: int) -> list[Any]:
    """The newest rows of these conversations, oldest first; `table` is one of ours."""
    rows = await tx.fetch(
        f"""
        SELECT *
          FROM {table}
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND id < $3
         ORDER BY id DESC
         LIMIT $4
        """,  # noqa: S608 - the names of our own tables
        bucket,
        ids,
        until,
        most,
    )
    return list(reversed(rows))


async def _collisions(tx: Tx, bucket: int, ids: Sequence[UUID], until: UUID, most: int) -> list[Any]:
    """Collisions are few: they have no index by conversation, and are bounded by the conversation's age."""
    rows = await tx.fetch(
        """
        SELECT *
          FROM collision
         WHERE bucket = $1 AND id >= $2 AND id < $3 AND conversation_id = ANY($4::uuid[])
         ORDER BY id DESC
         LIMIT $5
        """,
        bucket,
        min(ids),
        until,
        ids,
        most,
    )
    return list(reversed(rows))


async def _replies(tx: Tx, bucket: int, ids: Sequence[UUID], until: UUID, most: int) -> list[SentReply]:
    rows = await tx.fetch(
        """
        SELECT r.*, t.reply_id IS NOT NULL AS listed
          FROM reply r
          LEFT JOIN reply_ticket t ON t.bucket = r.bucket AND t.conversation_id = r.conversation_id
                                  AND t.reply_id = r.id
         WHERE r.bucket = $1 AND r.conversation_id = ANY($2::uuid[]) AND r.id < $3
         ORDER BY r.id DESC
         LIMIT $4
        """,
        bucket,
        ids,
        until,
        most,
    )
    return await with_sends(tx, bucket, [reply_row(row) for row in reversed(rows)])


def _turn(row: Mapping[str, Any]) -> TurnRow:
    turn: TurnRow = decoded(TurnRow, row, "readings", "state_before", "state_after", "timings", "model")
    return turn
