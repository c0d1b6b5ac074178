"""Health, read: the verdict's figures, the newest rows, and how many replies stand where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.health import Figures
from surereply.domain.identity import id_at
from surereply.store import newest
from surereply.store.database import Tx
from surereply.store.figures import DAY, age_s, read_figures
from surereply.store.newest import ConversationState, OddRow, OutboundLog
from surereply.store.rows import CollisionRow

MOST_COUNTED = 20_000  # replies of the last day: a count must not grow with traffic


@dataclass(frozen=True, slots=True)
class StatusCounts:
    last_24h: dict[str, int]
    open: dict[str, int]
    capped: bool  # more than MOST_COUNTED replies in 24 h: only the newest are counted


@dataclass(frozen=True, slots=True)
class Oldest:
    unread_s: float | None
    pending_s: float | None
    unknown_s: float | None


@dataclass(frozen=True, slots=True)
class Health:
    figures: Figures
    oldest: Oldest
    outbound_logs: list[OutboundLog | OddRow]
    collisions: int
    latest_collisions: list[CollisionRow | OddRow]
    conversations: list[ConversationState | OddRow]
    status_counts: StatusCounts


async def read_health(
    tx: Tx,
    buckets: Sequence[int],
    now: datetime,
    line_names: Mapping[UUID, str],
    office_is_open: Callable[[UUID], bool],
) -> Health:
    """All that `/api/admin/health/ai` shows. `office_is_open`: whether a line's machine replies may leave now."""
    logs = await newest.outbound_logs(tx, buckets)
    collisions = await newest.dedupe_collisions(tx, buckets)
    conversations = await newest.conversation_states(tx, buckets)
    odd_rows = sum(isinstance(one, OddRow) for one in (*logs, *collisions, *conversations))
    oldest = await read_oldest(tx, buckets, now)
    figures = await read_figures(
        tx, buckets, now, line_names, office_is_open, unknown_s=oldest.unknown_s, odd_rows=odd_rows
    )
    return Health(
        figures=figures,
        oldest=oldest,
        outbound_logs=logs,
        collisions=await tx.fetchval("SELECT count(*) FROM collision WHERE bucket = ANY($1::smallint[])", buckets),
        latest_collisions=collisions,
        conversations=conversations,
        status_counts=await _status_counts(tx, buckets, now),
    )


async def read_oldest(tx: Tx, buckets: Sequence[int], now: datetime) -> Oldest:
    """Ages of the oldest open work, in seconds."""
    row = await tx.fetchrow(
        """
        SELECT (SELECT min(first_unread_at) FROM conversation_ticket WHERE bucket = ANY($1::smallint[])) AS unread,
               min(since) FILTER (WHERE status = 'PENDING') AS pending,
               min(since) FILTER (WHERE status = 'UNKNOWN') AS unknown
          FROM reply_ticket
         WHERE bucket = ANY($1::smallint[])
        """,
        buckets,
    )
    assert row is not None
    return Oldest(age_s(row["unread"], now), age_s(row["pending"], now), age_s(row["unknown"], now))


async def _status_counts(tx: Tx, buckets: Sequence[int], now: datetime) -> StatusCounts:
    recent = await tx.fetch(
        """
        SELECT n.status, count(*) AS count
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT r.status
                               FROM reply r
                              WHERE r.bucket = b.bucket AND r.id >= $2
                              ORDER BY r.id DESC
                              LIMIT $3) n
         GROUP BY n.status
        """,
        buckets,
        id_at(now - DAY),
        MOST_COUNTED,
    )
    tickets = await tx.fetch(
        "SELECT status, count(*) AS count FROM reply_ticket WHERE bucket = ANY($1::smallint[]) GROUP BY status", buckets
    )
    last_24h = {row["status"]: row["count"] for row in recent}
    open_now = {row["status"]: row["count"] for row in tickets}
    return StatusCounts(last_24h, open_now, capped=sum(last_24h.values()) >= MOST_COUNTED)
