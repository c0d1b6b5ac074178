"""Replies in doubt: how a send becomes UNKNOWN, and the ways a person or a policy settles it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.identity import new_id
from surereply.store.acts import note_act
from surereply.store.announcing import Happening, announce
from surereply.store.database import Tx, columns

# The absence of a report is evidence only after so long (WhatsApp's reports take seconds; 20 times the usual p99.9).
QUIET_AFTER = timedelta(seconds=120)


async def expire_sends(tx: Tx, buckets: Sequence[int], now: datetime, most: int) -> list[UUID]:
    """Sends that nobody settled before their lease ended are UNKNOWN. Never PENDING: the bytes may have left."""
    rows = await tx.fetch(
        """
        WITH expired AS (
            SELECT t.bucket, t.conversation_id, t.reply_id
              FROM reply_ticket t
             WHERE t.bucket = ANY($1::smallint[]) AND t.status = 'SENDING' AND t.lease_until <= $2
             ORDER BY t.bucket, t.conversation_id, t.reply_id
             LIMIT $3
               FOR UPDATE SKIP LOCKED
        )
        UPDATE reply_ticket t SET status = 'UNKNOWN', lease_until = NULL, due_at = 'infinity', since = $2
          FROM expired
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = expired.bucket
           AND t.conversation_id = expired.conversation_id AND t.reply_id = expired.reply_id
        RETURNING t.bucket, t.conversation_id, t.reply_id, t.attempt
        """,
        buckets,
        now,
        most,
    )
    if rows:
        keys = columns(((row["bucket"], row["reply_id"], row["attempt"]) for row in rows), 3)
        await tx.execute(
            """
            UPDATE reply r SET status = 'UNKNOWN', error = 'nobody settled this send: its process ended or hung',
                               resolution = NULL  -- of an earlier doubt
              FROM unnest($1::smallint[], $2::uuid[], $3::smallint[]) AS k (bucket, id, attempt)
             WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = k.bucket AND r.id = k.id
               AND r.status = 'SENDING' AND r.attempt = k.attempt
            """,
            *keys,
        )
    unknown = [
        Happening(row["bucket"], Topic.REPLY_UNKNOWN, row["conversation_id"], now, reply_id=row["reply_id"],
                  reply_status="UNKNOWN")
        for row in rows
    ]  # fmt: skip
    await announce(tx, unknown)
    return [row["reply_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reply in doubt, locked: the conversation first, then its ticket."""

    bucket: int
    conversation_id: UUID
    reply_id: UUID
    line_id: UUID
    status: str


async def quiet_doubts(tx: Tx, bucket: int, line_id: UUID, now: datetime, most: int) -> list[Doubt]:
    """UNKNOWN replies of a line whose silence is evidence that they never arrived.

    Only if later sends of the line were reported, our endpoint refused nothing since, and the quiet time has passed.
    And until the first report that came we may have been deaf: the way to us was down, and nobody told us. WhatsApp
    repeats what we missed then after about as long as it had tried, while what is new comes at once: so we must have
    listened twice as long as we may have been deaf.
    """
    rows = await tx.fetch(
        """
        SELECT t.bucket, t.conversation_id, t.reply_id, t.line_id, t.status
          FROM reply_ticket t
          JOIN line_pace p ON p.bucket = t.bucket AND p.line_id = t.line_id
         CROSS JOIN LATERAL (
               SELECT r.received_at
                 FROM report r
                WHERE r.bucket = t.bucket AND r.line_id = t.line_id
                  -- Ids are times, as `domain.identity.id_at` makes them: history before it is not looked at.
                  AND r.id >= rpad(lpad(to_hex((extract(epoch FROM t.since) * 1000)::bigint), 12, '0'), 32, '0')::uuid
                ORDER BY r.id
                LIMIT 1
         ) heard
         WHERE t.bucket = $1 AND t.line_id = $2 AND t.status = 'UNKNOWN'
           AND t.since <= $3::timestamptz - $4::interval
           AND p.echoed_until > t.since
           AND (p.refused_at IS NULL OR p.refused_at < t.since - $4::interval)
           AND heard.received_at + 2 * (heard.received_at - t.since) <= $3
         ORDER BY t.since
         LIMIT $5
        """,
        bucket,
        line_id,
        now,
        QUIET_AFTER,
        most,
    )
    return [Doubt(*row.values()) for row in rows]


async def resend(tx: Tx, bucket: int, reply_id: UUID, by: str, now: datetime, *, by_policy: bool = False) -> bool:
    """Send an UNKNOWN or FAILED reply again, on record; False where that is not possible any more.

    By a policy only while no later reply of the conversation has left, and once. The key stays the same.
    """
    await _lock_pace(tx, bucket, reply_id)
    doubt = await _lock(tx, bucket, reply_id)
    if doubt is None or doubt.status not in ("UNKNOWN", "FAILED"):
        return False
    if by_policy and not await _policy_may_resend(tx, doubt):
        return False
    await tx.execute(
        """
        UPDATE reply_ticket SET status = 'PENDING', due_at = $4, since = $4, lease_until = NULL
         WHERE bucket = $1 AND conversation_id = $2 AND reply_id = $3
        """,
        bucket,
        doubt.conversation_id,
        reply_id,
        now,
    )
    await tx.execute(
        """
        UPDATE reply
           SET status = 'PENDING', resolution = CASE WHEN status = 'UNKNOWN' THEN 'resent' END, reported = NULL,
               -- A reported failure names the attempt that failed; the next one gets a name of its own.
               provider_message_id = CASE WHEN status = 'UNKNOWN' THEN provider_message_id END
         WHERE bucket = $1 AND id = $2
        """,
        bucket,
        reply_id,
    )
    await _note(tx, doubt, "resend", by, now)
    return True


async def _lock_pace(tx: Tx, bucket: int, reply_id: UUID) -> None:
    """Of the reply's line, and before everything else, as a claim does: one that has looked for what may leave marks a
    later reply, and is waited for; the next one finds this reply owed before it."""
    await tx.execute(
        """
        SELECT
          FROM line_pace p
         WHERE p.bucket = $1
           AND p.line_id = (SELECT c.line_id
                              FROM reply r
                              JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
                             WHERE r.bucket = $1 AND r.id = $2)
           FOR UPDATE
        """,
        bucket,
        reply_id,
    )


async def _policy_may_resend(tx: Tx, doubt: Doubt) -> bool:
    later_left = await tx.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM reply r
                        WHERE r.bucket = $1 AND r.conversation_id = $2 AND r.id > $3 AND r.attempt > 0)
            OR EXISTS (SELECT
                         FROM act a
                        WHERE a.bucket = $1 AND a.conversation_id = $2 AND a.reply_id = $3 AND a.name = 'resend')
        """,
        doubt.bucket,
        doubt.conversation_id,
        doubt.reply_id,
    )
    return not later_left


async def discard(tx: Tx, bucket: int, reply_id: UUID, by: str, now: datetime) -> bool:
    """Take an UNKNOWN or FAILED reply off the list, on record. A discarded UNKNOWN stays UNKNOWN; a late echo wins."""
    doubt = await _lock(tx, bucket, reply_id)
    if doubt is None or doubt.status not in ("UNKNOWN", "FAILED"):
        return False
    await _take_off_the_list(tx, doubt)
    await tx.execute(
        "UPDATE reply SET resolution = 'discarded' WHERE bucket = $1 AND id = $2 AND status = 'UNKNOWN'",
        bucket,
        reply_id,
    )
    await _note(tx, doubt, "discard", by, now)
    return True


async def withdraw(tx: Tx, bucket: int, reply_id: UUID, by: str, now: datetime) -> bool:
    """Take back a reply that is still PENDING, on record; False once it may have left."""
    doubt = await _lock(tx, bucket, reply_id)
    if doubt is None or doubt.status != "PENDING":
        return False
    await _take_off_the_list(tx, doubt)
    await tx.execute(
        "UPDATE reply SET status = 'SUPPRESSED', suppression = 'withdrawn' WHERE bucket = $1 AND id = $2",
        bucket,
        reply_id,
    )
    await _note(tx, doubt, "withdraw", by, now)
    return True


async def _lock(tx: Tx, bucket: int, reply_id: UUID) -> Doubt | None:
    conversation_id = await tx.fetchval(
        """
        SELECT c.id
          FROM conversation c
         WHERE c.bucket = $1
           AND c.id = (SELECT r.conversation_id FROM reply r WHERE r.bucket = $1 AND r.id = $2)
           FOR NO KEY UPDATE
        """,
        bucket,
        reply_id,
    )
    row = await tx.fetchrow(
        """
        SELECT bucket, conversation_id, reply_id, line_id, status
          FROM reply_ticket
         WHERE bucket = $1 AND conversation_id = $2 AND reply_id = $3
           FOR UPDATE
        """,
        bucket,
        conversation_id,
        reply_id,
    )
    return Doubt(*row.values()) if row else None


async def _take_off_the_list(tx: Tx, doubt: Doubt) -> None:
    await tx.execute(
        "DELETE FROM reply_ticket WHERE bucket = $1 AND conversation_id = $2 AND reply_id = $3",
        doubt.bucket,
        doubt.conversation_id,
        doubt.reply_id,
    )


async def _note(tx: Tx, doubt: Doubt, name: str, by: str, now: datetime) -> None:
    await note_act(
        tx,
        doubt.bucket,
        new_id(now),
        name,
        by,
        now,
        conversation_id=doubt.conversation_id,
        reply_id=doubt.reply_id,
        detail={"was": doubt.status},
    )
