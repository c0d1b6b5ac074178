"""What was said in voice notes: kept with the message, so that no turn that is taken again asks a second time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store.database import Tx
from surereply.store.person import Person
from surereply.store.turns import Lease


@dataclass(frozen=True, slots=True)
class Transcript:
    """Either `text`, or the `problem` for which there is none."""

    message_id: UUID
    text: str
    problem: str | None
    model: str
    took_ms: int
    at: datetime


async def transcripts_of(tx: Tx, bucket: int, message_ids: Collection[UUID]) -> dict[UUID, Transcript]:
    """By message id; those of messages that nobody listened to are left out."""
    rows = await tx.fetch(
        """
        SELECT message_id, text, problem, model, took_ms, at
          FROM transcript
         WHERE bucket = $1 AND message_id = ANY($2::uuid[])
        """,
        bucket,
        list(message_ids),
    )
    return {row["message_id"]: Transcript(*row.values()) for row in rows}


async def keep_transcript(tx: Tx, lease: Lease, transcript: Transcript) -> Transcript | None:
    """The one that stands, which is somebody else's where they were first; None where the lease is not ours any more.

    The ticket is locked meanwhile: an erasure deletes it first, so nothing that was said is kept after it.
    """
    held = await tx.fetchval(
        """
        SELECT true FROM conversation_ticket
         WHERE bucket = $1 AND conversation_id = $2 AND lease_token = $3
           FOR SHARE
        """,
        lease.bucket,
        lease.conversation_id,
        lease.token,
    )
    if not held:
        return None
    await tx.execute(
        """
        INSERT INTO transcript (bucket, message_id, text, problem, model, took_ms, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        """,
        lease.bucket,
        transcript.message_id,
        transcript.text,
        transcript.problem,
        transcript.model,
        transcript.took_ms,
        transcript.at,
    )
    return (await transcripts_of(tx, lease.bucket, [transcript.message_id])).get(transcript.message_id)


async def erase(tx: Tx, person: Person) -> None:
    """What the person said."""
    await tx.execute(
        """
        DELETE FROM transcript t
         USING message m
         WHERE t.bucket = $1 AND m.bucket = $1 AND m.conversation_id = ANY($2::uuid[]) AND t.message_id = m.id
        """,
        person.bucket,
        person.conversation_ids,
    )
