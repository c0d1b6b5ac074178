"""What was delivered and could not be understood: listed for people, and taken off the list by them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.store.database import Tx
from surereply.store.rows import QuarantineRow, quarantine_row


async def listed(
    tx: Tx, buckets: Sequence[int], before: UUID | None, most: int, *, resolved: bool = False
) -> list[QuarantineRow]:
    rows = await tx.fetch(
        """
        SELECT q.*
          FROM quarantine q
         WHERE q.bucket = ANY($1::smallint[]) AND (q.resolved_at IS NOT NULL) = $4 AND q.id < $2
         ORDER BY q.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
        resolved,
    )
    return [quarantine_row(row) for row in rows]


async def find(tx: Tx, buckets: Sequence[int], item_id: UUID) -> tuple[int, QuarantineRow] | None:
    row = await tx.fetchrow("SELECT * FROM quarantine WHERE bucket = ANY($1::smallint[]) AND id = $2", buckets, item_id)
    return (row["bucket"], quarantine_row(row)) if row else None


async def resolve(tx: Tx, bucket: int, item_id: UUID, by: str, now: datetime) -> bool:
    """Take it off the list; False if it was off already."""
    resolved = await tx.fetchval(
        """
        UPDATE quarantine SET resolved_at = $3, resolved_by = $4
         WHERE bucket = $1 AND id = $2 AND resolved_at IS NULL
        RETURNING true
        """,
        bucket,
        item_id,
        now,
        by,
    )
    return bool(resolved)
