"""WhatsApp's pair limit: how many messages in a row one customer may be sent, and how soon the next."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from surereply.domain.line import PAIR_BURST, PAIR_INTERVAL
from surereply.store.database import Tx, columns

# How far ahead of its pace a pair may be when one more is sent: a burst is that one and those borrowed.
BORROWED = PAIR_INTERVAL * (PAIR_BURST - 1)
# Further ahead than this no pair comes by sending: the clock went back, and WhatsApp's own count is all that is left.
FURTHEST = PAIR_INTERVAL * (PAIR_BURST + 1)


def held_until(free_at: datetime | None, now: datetime) -> datetime | None:
    """When the next message may leave; None: now. `free_at`: when all that was borrowed is paid back."""
    if free_at is None:
        return None
    until = free_at - BORROWED
    return until if now < until <= now + FURTHEST - BORROWED else None


async def count_on(tx: Tx, conversations: Sequence[tuple[int, UUID]], now: datetime) -> None:
    """One message more to each of these customers."""
    await tx.execute(
        """
        INSERT INTO pair_pace AS p (bucket, conversation_id, free_at)
        SELECT k.bucket, k.conversation_id, $3::timestamptz + $4::interval
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET free_at = CASE WHEN p.free_at <= $3::timestamptz + $5::interval
                              THEN GREATEST(p.free_at, $3::timestamptz) ELSE $3::timestamptz END + $4::interval
        """,
        *columns(sorted(conversations), 2),
        now,
        PAIR_INTERVAL,
        FURTHEST,
    )
