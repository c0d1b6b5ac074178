"""Files that are still to be fetched, or to leave their folder: a ticket each, leased by one process at a time."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.store.database import Tx, columns

PART_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class MediaLease:
    """The right to fetch a file, or to remove it, until a time. `media_id` is WhatsApp's; None where it was erased."""

    bucket: int
    message_id: UUID
    token: UUID
    until: datetime
    attempts: int  # claims, this one included
    is_to_go: bool
    line_id: UUID | None
    media_id: str | None
    received_at: datetime | None


async def note_files(tx: Tx, files: Sequence[tuple[int, UUID, datetime]]) -> None:
    """Tickets for files that came just now: bucket, message id, when."""
    await tx.execute(
        """
        INSERT INTO media_ticket (bucket, message_id, wanted, due_at)
        SELECT bucket, message_id, 'kept', due_at
          FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) AS k (bucket, message_id, due_at)
        """,
        *columns(files, 3),
    )


async def claim_files(
    tx: Tx, buckets: Sequence[int], now: datetime, lease_for: timedelta, most: int
) -> list[MediaLease]:
    """Lease what is due, oldest first; an expired lease is simply claimable. The claim itself counts the attempt."""
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT bucket, message_id
              FROM media_ticket
             WHERE bucket = ANY($1::smallint[]) AND due_at <= $2 AND (lease_until IS NULL OR lease_until <= $2)
             ORDER BY due_at
             LIMIT $3
               FOR UPDATE SKIP LOCKED
        ), leased AS (
            UPDATE media_ticket t
               SET lease_until = $2 + $4::interval, lease_token = gen_random_uuid(), attempts = t.attempts + 1
              FROM due
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = due.bucket AND t.message_id = due.message_id
            RETURNING t.*
        )
        SELECT l.*, c.line_id, m.content #>> '{media,media_id}' AS media_id, m.received_at
          FROM leased l
          LEFT JOIN message m      ON m.bucket = l.bucket AND m.id = l.message_id
          LEFT JOIN conversation c ON c.bucket = m.bucket AND c.id = m.conversation_id
         ORDER BY l.due_at
        """,
        buckets,
        now,
        most,
        lease_for,
    )
    return [
        MediaLease(
            row["bucket"],
            row["message_id"],
            row["lease_token"],
            row["lease_until"],
            row["attempts"],
            row["wanted"] == "gone",
            row["line_id"],
            row["media_id"],
            row["received_at"],
        )
        for row in rows
    ]


async def end_lease(tx: Tx, lease: MediaLease) -> bool:
    """Delete the ticket; False where it is not ours any more: somebody else has it, or the contact was erased.

    It stays locked to the end of the transaction: whoever erases waits, and finds what was kept.
    """
    ended = await tx.fetchval(
        """
        DELETE FROM media_ticket WHERE bucket = $1 AND message_id = $2 AND lease_token = $3 RETURNING true
        """,
        lease.bucket,
        lease.message_id,
        lease.token,
    )
    return bool(ended)


async def put_off(tx: Tx, lease: MediaLease, problem: str, due_at: datetime) -> None:
    """Try again later."""
    await tx.execute(
        """
        UPDATE media_ticket SET lease_until = NULL, lease_token = NULL, due_at = $4, last_problem = $5
         WHERE bucket = $1 AND message_id = $2 AND lease_token = $3
        """,
        lease.bucket,
        lease.message_id,
        lease.token,
        due_at,
        problem,
    )


async def note_kept(tx: Tx, lease: MediaLease, place: str, mime_type: str, data: bytes, now: datetime) -> None:
    """The file is kept; the caller has ended the lease in the same transaction."""
    await tx.execute(
        """
        INSERT INTO media_file (bucket, message_id, place, mime_type, size_bytes, sha256, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        lease.bucket,
        lease.message_id,
        place,
        mime_type,
        len(data),
        hashlib.sha256(data).digest(),
        now,
    )


async def put_parts(tx: Tx, lease: MediaLease, data: bytes) -> None:
    await tx.executemany(
        "INSERT INTO media_part (bucket, message_id, number, data) VALUES ($1, $2, $3, $4)",
        [
            (lease.bucket, lease.message_id, number, data[start : start + PART_BYTES])
            for number, start in enumerate(range(0, len(data), PART_BYTES))
        ],
    )


async def note_not_kept(tx: Tx, lease: MediaLease, problem: str, now: datetime) -> None:
    """The file is given up; the caller has ended the lease in the same transaction."""
    await tx.execute(
        "INSERT INTO media_file (bucket, message_id, problem, at) VALUES ($1, $2, $3, $4)",
        lease.bucket,
        lease.message_id,
        problem,
        now,
    )
