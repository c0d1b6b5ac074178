"""What somebody has to be told of: customers who wait for a person, and replies on the list; from open work alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store import endpoints
from surereply.store.database import Tx

MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Attention:
    """`waiting`: handovers nobody has taken, the oldest for `oldest_s` seconds; `problems`: replies that failed or are
    in doubt, the newest, and endpoints that are told nothing any more; `listed`: how many there are."""

    waiting: list[UUID]
    oldest_s: float
    problems: list[UUID]
    listed: int


async def read_attention(tx: Tx, buckets: Sequence[int], now: datetime) -> Attention:
    waiting = await tx.fetch(
        """
        SELECT id, opened_at
          FROM handover
         WHERE bucket = ANY($1::smallint[]) AND given_back_at IS NULL AND taken_at IS NULL
         ORDER BY opened_at
         LIMIT $2
        """,
        buckets,
        MOST_NAMED,
    )
    listed = await tx.fetch(
        """
        SELECT reply_id, count(*) OVER () AS listed
          FROM reply_ticket
         WHERE bucket = ANY($1::smallint[]) AND status IN ('UNKNOWN', 'FAILED')
         ORDER BY since DESC
         LIMIT $2
        """,
        buckets,
        MOST_NAMED,
    )
    disabled = [endpoint_id for endpoint_id, _ in await endpoints.disabled(tx)]
    return Attention(
        [row["id"] for row in waiting],
        max((now - waiting[0]["opened_at"]).total_seconds(), 0.0) if waiting else 0.0,
        [*disabled, *(row["reply_id"] for row in listed)],
        (listed[0]["listed"] if listed else 0) + len(disabled),
    )
