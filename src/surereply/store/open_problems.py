"""Open problems for people: replies on the list with whose they are, and turns that fail again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.health import FAILING_TURN_TRIES
from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class ListedReply:
    """A reply that failed or is in doubt, since when, and to whom it was."""

    id: UUID
    conversation_id: UUID
    profile_name: str | None
    phone: str | None
    bsuid: str | None
    status: str
    reply_type: str
    text: str | None
    error: str | None
    error_code: int | None
    attempt: int
    since: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FailingTurn:
    conversation_id: UUID
    profile_name: str | None
    phone: str | None
    bsuid: str | None
    attempts: int
    last_error: str | None
    first_unread_at: datetime | None
    lease_until: datetime | None


async def listed_replies(tx: Tx, buckets: Sequence[int], most: int) -> list[ListedReply]:
    """The oldest first: they have waited longest."""
    rows = await tx.fetch(
        """
        SELECT r.id, r.conversation_id, c.profile_name, c.phone, c.bsuid, r.status, r.reply_type,
               r.body ->> 'text' AS text, r.error, r.error_code, r.attempt, t.since, r.created_at
          FROM (SELECT bucket, reply_id, since
                  FROM reply_ticket
                 WHERE bucket = ANY($1::smallint[]) AND status IN ('UNKNOWN', 'FAILED')
                 ORDER BY since
                 LIMIT $2) t
          JOIN reply r ON r.bucket = t.bucket AND r.id = t.reply_id
          JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
         ORDER BY t.since
        """,
        buckets,
        most,
    )
    return [ListedReply(*row.values()) for row in rows]


async def failing_turns(tx: Tx, buckets: Sequence[int], most: int) -> list[FailingTurn]:
    rows = await tx.fetch(
        """
        SELECT t.conversation_id, c.profile_name, c.phone, c.bsuid, t.attempts, t.last_error, t.first_unread_at,
               t.lease_until
          FROM conversation_ticket t
          JOIN conversation c ON c.bucket = t.bucket AND c.id = t.conversation_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.attempts >= $2
         ORDER BY t.first_unread_at
         LIMIT $3
        """,
        buckets,
        FAILING_TURN_TRIES,
        most,
    )
    return [FailingTurn(*row.values()) for row in rows]
