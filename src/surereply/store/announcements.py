"""Announcements on their way: claimed, settled, looked at, sent again, and pruned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from surereply.domain.announcements import Answer
from surereply.domain.identity import LAST_ID, UNKNOWN_LINE_BUCKET, id_at
from surereply.store.database import Tx, columns

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ClaimedAnnouncement:
    """One that this process delivers now, fenced by its token. `tries` counts this one."""

    bucket: int
    endpoint_id: UUID
    id: UUID
    body: str
    tries: int
    token: UUID


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """An announcement as a person sees it. `due_at`: when it is tried next."""

    id: UUID
    topic: str
    conversation_id: UUID | None
    status: str
    tries: int
    answer_status: int | None
    answer: str | None
    error: str | None
    created_at: datetime
    tried_at: datetime | None
    due_at: datetime | None


async def claim(
    tx: Tx, buckets: Sequence[int], endpoint_id: UUID, now: datetime, lease: timedelta, most: int
) -> list[ClaimedAnnouncement]:
    """The oldest that are due, leased; those that another process has are left to it. The claim counts the try."""
    token = uuid4()
    taken = await tx.fetch(
        """
        WITH due AS (
            SELECT t.bucket, t.announcement_id
              FROM announcement_ticket t
             WHERE t.bucket = ANY($1::smallint[]) AND t.endpoint_id = $2 AND t.due_at <= $3
               AND (t.lease_until IS NULL OR t.lease_until <= $3)
             ORDER BY t.due_at, t.announcement_id
             LIMIT $6
               FOR UPDATE SKIP LOCKED
        )
        UPDATE announcement_ticket t SET lease_until = $4, lease_token = $5
          FROM due
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = due.bucket AND t.endpoint_id = $2
           AND t.announcement_id = due.announcement_id
        RETURNING t.bucket, t.announcement_id
        """,
        buckets,
        endpoint_id,
        now,
        now + lease,
        token,
        most,
    )
    if not taken:
        return []
    rows = await tx.fetch(
        """
        UPDATE announcement a SET tries = a.tries + 1, tried_at = $3
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
         WHERE a.bucket = ANY($1::smallint[]) AND a.bucket = k.bucket AND a.endpoint_id = $4 AND a.id = k.id
        RETURNING a.bucket, a.endpoint_id, a.id, a.body, a.tries
        """,
        *columns((row.values() for row in taken), 2),
        now,
        endpoint_id,
    )
    claimed = [ClaimedAnnouncement(**dict(row), token=token) for row in rows]
    return sorted(claimed, key=lambda one: one.id)


async def settle(tx: Tx, claimed: ClaimedAnnouncement, answer: Answer, again_at: datetime | None) -> bool:
    """Write down what became of a try; False where it is not ours any more: another process has it, or it was erased.

    `again_at`: None where it arrived, or is given up.
    """
    key = (claimed.bucket, claimed.endpoint_id, claimed.id)
    held = await tx.fetchval(
        """
        SELECT true
          FROM announcement_ticket
         WHERE bucket = $1 AND endpoint_id = $2 AND announcement_id = $3 AND lease_token = $4
           FOR UPDATE
        """,
        *key,
        claimed.token,
    )
    if not held:
        return False
    if again_at is None:
        await tx.execute(
            "DELETE FROM announcement_ticket WHERE bucket = $1 AND endpoint_id = $2 AND announcement_id = $3", *key
        )
    else:
        await tx.execute(
            """
            UPDATE announcement_ticket SET due_at = $4, lease_until = NULL, lease_token = NULL
             WHERE bucket = $1 AND endpoint_id = $2 AND announcement_id = $3
            """,
            *key,
            again_at,
        )
    await tx.execute(
        """
        UPDATE announcement SET status = $4, answer_status = $5, answer = $6, error = $7
         WHERE bucket = $1 AND endpoint_id = $2 AND id = $3
        """,
        *key,
        "arrived" if answer.arrived else "given_up" if again_at is None else "waiting",
        answer.status,
        answer.text or None,
        answer.error,
    )
    return True


async def put_test(tx: Tx, endpoint_id: UUID, announcement_id: UUID, topic: str, body: str, now: datetime) -> None:
    """One that tells of nothing, to see whether it arrives."""
    await tx.execute(
        """
        INSERT INTO announcement (bucket, endpoint_id, id, topic, body, status, created_at)
        VALUES ($1, $2, $3, $4, $5, 'waiting', $6)
        """,
        UNKNOWN_LINE_BUCKET,
        endpoint_id,
        announcement_id,
        topic,
        body,
        now,
    )
    await _put_ticket(tx, UNKNOWN_LINE_BUCKET, endpoint_id, announcement_id, now)


async def put_again(tx: Tx, buckets: Sequence[int], endpoint_id: UUID, announcement_id: UUID, now: datetime) -> bool:
    """Owe it again, under its old id and with all its tries before it; False where it waits already, or was erased."""
    bucket = await tx.fetchval(
        """
        UPDATE announcement SET status = 'waiting', tries = 0
         WHERE bucket = ANY($1::smallint[]) AND endpoint_id = $2 AND id = $3
           AND status IN ('arrived', 'given_up') AND body <> ''
        RETURNING bucket
        """,
        buckets,
        endpoint_id,
        announcement_id,
    )
    if bucket is None:
        return False
    await _put_ticket(tx, bucket, endpoint_id, announcement_id, now)
    return True


async def _put_ticket(tx: Tx, bucket: int, endpoint_id: UUID, announcement_id: UUID, now: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO announcement_ticket (bucket, endpoint_id, announcement_id, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        bucket,
        endpoint_id,
        announcement_id,
        now,
    )


async def hurry(tx: Tx, endpoint_id: UUID, now: datetime) -> None:
    """What waits for an endpoint that is told again goes at once."""
    await tx.execute(
        "UPDATE announcement_ticket SET due_at = $2 WHERE endpoint_id = $1 AND due_at > $2", endpoint_id, now
    )


async def latest(
    tx: Tx, buckets: Sequence[int], endpoint_id: UUID, before: UUID | None, most: int
) -> list[AnnouncementRow]:
    """Newest first; without what they said."""
    rows = await tx.fetch(
        """
        SELECT n.id, n.topic, n.conversation_id, n.status, n.tries, n.answer_status, n.answer, n.error, n.created_at,
               n.tried_at, t.due_at
          FROM (SELECT l.*
                  FROM unnest($1::smallint[]) AS b (bucket)
                 CROSS JOIN LATERAL (SELECT a.*
                                       FROM announcement a
                                      WHERE a.bucket = b.bucket AND a.endpoint_id = $2 AND a.id < $3
                                      ORDER BY a.id DESC
                                      LIMIT $4) l
                 ORDER BY l.id DESC
                 LIMIT $4) n
          LEFT JOIN announcement_ticket t
            ON t.bucket = n.bucket AND t.endpoint_id = n.endpoint_id AND t.announcement_id = n.id
         ORDER BY n.id DESC
        """,
        buckets,
        endpoint_id,
        before or LAST_ID,
        most,
    )
    return [AnnouncementRow(*row.values()) for row in rows]


async def waiting_counts(tx: Tx, buckets: Sequence[int]) -> dict[UUID, int]:
    """How many have not arrived, by endpoint."""
    rows = await tx.fetch(
        """
        SELECT endpoint_id, count(*) AS waiting
          FROM announcement_ticket
         WHERE bucket = ANY($1::smallint[])
         GROUP BY endpoint_id
        """,
        buckets,
    )
    return {row["endpoint_id"]: row["waiting"] for row in rows}


async def remove_all(tx: Tx, endpoint_id: UUID) -> None:
    """With their endpoint."""
    await tx.execute("DELETE FROM announcement_ticket WHERE endpoint_id = $1", endpoint_id)
    await tx.execute("DELETE FROM announcement WHERE endpoint_id = $1", endpoint_id)


async def prune(tx: Tx, now: datetime) -> None:
    """What is older than anybody looks at; and what a transaction wrote for an endpoint that was just removed."""
    oldest = now - KEPT_FOR
    await tx.execute("DELETE FROM announcement_ticket WHERE announcement_id < $1", id_at(oldest))
    await tx.execute("DELETE FROM announcement WHERE created_at < $1", oldest)
    await tx.execute(
        "DELETE FROM announcement_ticket t WHERE NOT EXISTS (SELECT FROM endpoint e WHERE e.id = t.endpoint_id)"
    )
    await tx.execute("DELETE FROM announcement a WHERE NOT EXISTS (SELECT FROM endpoint e WHERE e.id = a.endpoint_id)")
