"""What changed a moment ago, as ids and states: for screens that follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.identity import id_at
from surereply.store.database import Tx

# Ids are made before their transaction commits: a look goes back this far, and what was seen is not told again.
LOOK_BACK = timedelta(seconds=30)
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: message, turn, reply or handover; `state` is what a later change of the same thing differs in."""

    kind: str
    id: UUID
    conversation_id: UUID
    state: str


async def recent(tx: Tx, buckets: Sequence[int], now: datetime) -> list[Change]:
    """Everything of the last LOOK_BACK, what is open, and the newest handovers; in no order worth relying on."""
    rows = await tx.fetch(
        """
        SELECT * FROM (
            SELECT 'message' AS kind, id, conversation_id, '' AS state
              FROM message
             WHERE bucket = ANY($1::smallint[]) AND id >= $2
             ORDER BY id DESC LIMIT $3) m
         UNION ALL
        SELECT * FROM (
            SELECT 'turn', id, conversation_id, state_version::text
              FROM turn
             WHERE bucket = ANY($1::smallint[]) AND id >= $2
             ORDER BY id DESC LIMIT $3) t
         UNION ALL
        SELECT * FROM (
            SELECT 'reply', id, conversation_id, concat_ws(' ', status, reported, resolution)
              FROM reply
             WHERE bucket = ANY($1::smallint[]) AND id >= $2
             ORDER BY id DESC LIMIT $3) r
         UNION ALL
        SELECT * FROM (
            SELECT 'reply', reply_id, conversation_id, status
              FROM reply_ticket
             WHERE bucket = ANY($1::smallint[]) AND since >= $4
             ORDER BY since DESC LIMIT $3) o
         UNION ALL
        SELECT * FROM (
            SELECT 'handover', id, conversation_id,
                   CASE WHEN given_back_at IS NOT NULL THEN 'given_back'
                        WHEN taken_at IS NOT NULL THEN 'taken' ELSE 'open' END
              FROM handover
             WHERE bucket = ANY($1::smallint[]) AND (id >= $2 OR taken_at >= $4 OR given_back_at >= $4)
             ORDER BY id DESC LIMIT $3) h
        """,
        buckets,
        id_at(now - LOOK_BACK),
        MOST_ROWS,
        now - LOOK_BACK,
    )
    return [Change(*row.values()) for row in rows]
