"""Messages with what became of each: the turn that read it, or why none did; who brought it again; words and file."""

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
from surereply.store.rows import from_json
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


async def with_turns(tx: Tx, bucket: int, ids: Sequence[UUID], rows: Sequence[Mapping[str, Any]]) -> list[MessageRow]:
    """Rows of messages of these conversations, which are one contact's."""
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
