"""What happened in a conversation, for a person: every message with its turn or the reason why it has none."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.identity import id_at
from surereply.domain.message import MEDIA_KINDS
from surereply.store.database import Tx
from surereply.store.files import KeptFile, kept_files
from surereply.store.listings import LAST_ID
from surereply.store.rows import (
    CollisionRow,
    ConversationRow,
    HandoverRow,
    collision_row,
    conversation_row,
    decoded,
    from_json,
    handover_row,
    reply_row,
)
from surereply.store.sends import SentReply, with_sends
from surereply.store.transcripts import Transcript, transcripts_of

# Ids of turns are younger than those of the messages they read, but for clocks that differ a little.
CLOCK_SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RepetitionRow:
    """A delivery that brought a message again."""

    delivery_id: UUID
    received_at: datetime
    simulated: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """Either `turn_id` is set or `why_no_turn` says why no turn has read the message (OPS-5).

    `transcript`: what was said in a voice note that was listened to. `file`: what became of the file that came with it.
    """

    id: UUID
    conversation_id: UUID
    wamid: str
    kind: str
    text: str
    content: dict[str, Any]
    sent_at: datetime
    received_at: datetime
    delivery_id: UUID
    repetitions: list[RepetitionRow]
    turn_id: UUID | None
    why_no_turn: str | None
    transcript: Transcript | None = None
    file: KeptFile | None = None

    @property
    def words(self) -> str:
        """What a turn read."""
        return self.text or (self.transcript.text if self.transcript else "")


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
class ActRow:
    id: UUID
    conversation_id: UUID | None
    lead_id: UUID | None
    reply_id: UUID | None
    name: str
    operator: str
    detail: Any
    at: datetime


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
        messages=await _messages(tx, bucket, ids, until, most),
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


async def _messages(tx: Tx, bucket: int, ids: Sequence[UUID], until: UUID, most: int) -> list[MessageRow]:
    rows = await _of(tx, "message", bucket, ids, until, most)
    if not rows:
        return []
    message_ids = [row["id"] for row in rows]
    repetitions = await _repetitions(tx, bucket, message_ids)
    turns = await _turns_of(tx, bucket, ids, message_ids, min(row["received_at"] for row in rows))
    waiting = await _why_unread(tx, bucket, ids)
    with_files = [row["id"] for row in rows if row["kind"] in MEDIA_KINDS]
    transcripts = await transcripts_of(tx, bucket, with_files) if with_files else {}
    files = await kept_files(tx, bucket, with_files) if with_files else {}
    return [
        MessageRow(
            **{name: row[name] for name in _PLAIN_OF_MESSAGE},
            content=from_json(row["content"]),
            repetitions=repetitions[row["id"]],
            turn_id=turns.get(row["id"]),
            why_no_turn=None if row["id"] in turns else row["needs_no_turn"] or waiting.get(row["id"], _NO_TURN),
            transcript=transcripts.get(row["id"]),
            file=files.get(row["id"]),
        )
        for row in rows
    ]


_PLAIN_OF_MESSAGE = ("id", "conversation_id", "wamid", "kind", "text", "sent_at", "received_at", "delivery_id")
_NO_TURN = "no turn names it, and it does not wait for one"


async def _repetitions(tx: Tx, bucket: int, message_ids: Sequence[UUID]) -> dict[UUID, list[RepetitionRow]]:
    rows = await tx.fetch(
        """
        SELECT message_id, delivery_id, received_at, simulated
          FROM repetition
         WHERE bucket = $1 AND message_id = ANY($2::uuid[])
         ORDER BY delivery_id
        """,
        bucket,
        message_ids,
    )
    by_message: dict[UUID, list[RepetitionRow]] = defaultdict(list)
    for row in rows:
        by_message[row["message_id"]].append(RepetitionRow(row["delivery_id"], row["received_at"], row["simulated"]))
    return by_message


async def _turns_of(
    tx: Tx, bucket: int, ids: Sequence[UUID], message_ids: Sequence[UUID], oldest: datetime
) -> dict[UUID, UUID]:
    rows = await tx.fetch(
        """
        SELECT id, message_ids
          FROM turn
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND id >= $3 AND message_ids && $4::uuid[]
         ORDER BY id
        """,
        bucket,
        ids,
        id_at(oldest - CLOCK_SLACK),
        message_ids,
    )
    return {message_id: row["id"] for row in rows for message_id in row["message_ids"]}


async def _why_unread(tx: Tx, bucket: int, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Messages that wait for their turn, with what keeps it."""
    rows = await tx.fetch(
        """
        SELECT u.message_id, t.due_at, t.attempts, t.last_error,
               EXISTS (SELECT FROM merge_ticket m
                        WHERE m.bucket = u.bucket AND u.conversation_id IN (m.conversation_id, m.into_id)) AS merging
          FROM unread u
          LEFT JOIN conversation_ticket t ON t.bucket = u.bucket AND t.conversation_id = u.conversation_id
         WHERE u.bucket = $1 AND u.conversation_id = ANY($2::uuid[])
        """,
        bucket,
        ids,
    )
    return {row["message_id"]: _why(row) for row in rows}


def _why(row: Mapping[str, Any]) -> str:
    if row["merging"]:
        return "unread: two contacts turned out to be one and are being united first"
    if row["last_error"]:
        return f"unread: {row['attempts']} tries of its turn failed, the last with {row['last_error']}"
    if row["due_at"] is None:
        return "unread, and without a ticket"
    return f"unread: its turn is due at {row['due_at'].isoformat()}"


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
