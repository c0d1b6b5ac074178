"""The database's clock was set back: open work that was put down by the old time waits for it no longer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from surereply.domain.retry import LINE_PAUSE
from surereply.store.database import Tx, count_of

# What has happened lies no further ahead than this, unless the clock went back since; nor does a lease or a pause that
# was taken end later.
FALSE_AHEAD = timedelta(minutes=1)
LONGEST_LEASE = timedelta(minutes=10)
LONGEST_CLOSURE = LINE_PAUSE + FALSE_AHEAD


async def step_back(tx: Tx, buckets: Sequence[int], now: datetime) -> int:
    """Put the tickets back by as much as the clock was; how many there were.

    Waiting it out would be right, too, and silent for as long. No fence rests on a time: who still works under a lease
    that ends here finds its token gone, or its answer counted all the same.
    """
    done = [
        await _conversation_tickets(tx, buckets, now),
        await _reply_tickets(tx, buckets, now),
        await _report_tickets(tx, buckets, now),
        await _paces(tx, buckets, now),
    ]
    return sum(count_of(result) for result in done)


async def _conversation_tickets(tx: Tx, buckets: Sequence[int], now: datetime) -> str:
    done: str = await tx.execute(
        """
        UPDATE conversation_ticket t
           SET unread_due_at = t.unread_due_at - GREATEST(t.first_unread_at - $2::timestamptz, INTERVAL '0'),
               first_unread_at = LEAST(t.first_unread_at, $2::timestamptz),
               lease_until = CASE WHEN t.lease_until <= $2::timestamptz + $4::interval THEN t.lease_until END
         WHERE t.bucket = ANY($1::smallint[])
           AND (t.first_unread_at > $2::timestamptz + $3::interval OR t.lease_until > $2::timestamptz + $4::interval)
        """,
        buckets,
        now,
        FALSE_AHEAD,
        LONGEST_LEASE,
    )
    return done


async def _reply_tickets(tx: Tx, buckets: Sequence[int], now: datetime) -> str:
    done: str = await tx.execute(
        """
        UPDATE reply_ticket t
           SET due_at = t.due_at - (t.since - $2::timestamptz), since = $2::timestamptz,
               lease_until = t.lease_until - (t.since - $2::timestamptz)
         WHERE t.bucket = ANY($1::smallint[]) AND t.since > $2::timestamptz + $3::interval
        """,
        buckets,
        now,
        FALSE_AHEAD,
    )
    return done


async def _report_tickets(tx: Tx, buckets: Sequence[int], now: datetime) -> str:
    done: str = await tx.execute(
        """
        UPDATE report_ticket t SET due_at = $2::timestamptz
         WHERE t.bucket = ANY($1::smallint[]) AND t.due_at > $2::timestamptz + $3::interval
        """,
        buckets,
        now,
        FALSE_AHEAD,
    )
    return done


async def _paces(tx: Tx, buckets: Sequence[int], now: datetime) -> str:
    done: str = await tx.execute(
        """
        UPDATE line_pace p
           SET slowed_at = LEAST(p.slowed_at, $2::timestamptz), refilled_at = LEAST(p.refilled_at, $2::timestamptz),
               window_from = LEAST(p.window_from, $2::timestamptz),
               closed_until = CASE WHEN p.closed_until <= $2::timestamptz + $4::interval THEN p.closed_until END
         WHERE p.bucket = ANY($1::smallint[])
           AND (GREATEST(p.slowed_at, p.refilled_at, p.window_from) > $2::timestamptz + $3::interval
                OR p.closed_until > $2::timestamptz + $4::interval)
        """,
        buckets,
        now,
        FALSE_AHEAD,
        LONGEST_CLOSURE,
    )
    return done
