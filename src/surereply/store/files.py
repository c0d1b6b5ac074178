"""The files that came with messages: where to ask WhatsApp for them, and those that are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store.database import Tx
from surereply.store.person import Person


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What became of a file: kept in a `place`, or the `problem` for which it is not."""

    message_id: UUID
    problem: str | None
    place: str | None
    mime_type: str | None
    size_bytes: int | None
    at: datetime


async def file_of(tx: Tx, buckets: Sequence[int], message_id: UUID) -> tuple[int, UUID, str] | None:
    """The bucket and line of a message, and WhatsApp's id of the file that came with it."""
    row = await tx.fetchrow(
        """
        SELECT m.bucket, c.line_id, m.content #>> '{media,media_id}' AS media_id
          FROM message m
          JOIN conversation c ON c.bucket = m.bucket AND c.id = m.conversation_id
         WHERE m.bucket = ANY($1::smallint[]) AND m.id = $2
        """,
        buckets,
        message_id,
    )
    return (row["bucket"], row["line_id"], row["media_id"]) if row and row["media_id"] else None


async def kept_files(tx: Tx, bucket: int, message_ids: Collection[UUID]) -> dict[UUID, KeptFile]:
    """By message id; files of which nothing is settled yet are left out."""
    rows = await tx.fetch(
        """
        SELECT message_id, problem, place, mime_type, size_bytes, at
          FROM media_file
         WHERE bucket = $1 AND message_id = ANY($2::uuid[])
        """,
        bucket,
        list(message_ids),
    )
    return {row["message_id"]: KeptFile(*row.values()) for row in rows}


async def parts_of(tx: Tx, bucket: int, message_id: UUID) -> bytes:
    """The bytes of a file that is kept in the database."""
    rows = await tx.fetch(
        "SELECT data FROM media_part WHERE bucket = $1 AND message_id = $2 ORDER BY number", bucket, message_id
    )
    return b"".join(row["data"] for row in rows)


async def erase(tx: Tx, person: Person, now: datetime) -> None:
    """Files of the person: out of the database at once, out of a folder by a ticket, since a transaction cannot unlink.

    Whoever fetches one right now finds the token gone, and has stopped when the lease ends: removed only then.
    """
    owned = (person.bucket, person.conversation_ids)
    await tx.execute(
        """
        UPDATE media_ticket t
           SET wanted = 'gone', due_at = GREATEST($3, t.lease_until), lease_token = NULL, attempts = 0,
               last_problem = NULL
          FROM message m
         WHERE t.bucket = $1 AND m.bucket = $1 AND m.conversation_id = ANY($2::uuid[]) AND t.message_id = m.id
        """,
        *owned,
        now,
    )
    await tx.execute(
        """
        WITH gone AS (
            DELETE FROM media_file f
             USING message m
             WHERE f.bucket = $1 AND m.bucket = $1 AND m.conversation_id = ANY($2::uuid[]) AND f.message_id = m.id
            RETURNING f.message_id, f.place
        ), in_database AS (
            DELETE FROM media_part p USING gone WHERE p.bucket = $1 AND p.message_id = gone.message_id
        )
        INSERT INTO media_ticket (bucket, message_id, wanted, due_at)
        SELECT $1, message_id, 'gone', $3 FROM gone WHERE place = 'folder'
        """,
        *owned,
        now,
    )
