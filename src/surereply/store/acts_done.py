"""Every act, newest first: who did what, when."""

from collections.abc import Sequence
from uuid import UUID

from surereply.store.database import Tx
from surereply.store.history import ActRow
from surereply.store.listings import LAST_ID
from surereply.store.rows import decoded


async def acts(tx: Tx, buckets: Sequence[int], before: UUID | None, most: int) -> list[ActRow]:
    rows = await tx.fetch(
        """
        SELECT n.*
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT a.*
                               FROM act a
                              WHERE a.bucket = b.bucket AND a.id < $2
                              ORDER BY a.id DESC
                              LIMIT $3) n
         ORDER BY n.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
    )
    return [decoded(ActRow, row, "detail") for row in rows]
