"""How far a bucket's side tables are filled; whoever holds this fills them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.identity import FIRST_ID
from surereply.store.database import Tx

# Ids are made before their transaction commits: a look goes back this far.
LOOK_BACK = timedelta(seconds=30)
COUNTED_BACK = timedelta(days=30)  # of what was there before anybody counted


@dataclass(frozen=True, slots=True)
class Progress:
    filled_until: datetime
    backfilled_to: UUID
    counted_until: datetime


async def hold(tx: Tx, bucket: int, now: datetime) -> Progress | None:
    """None where somebody else is at it. An erasure waits for whoever holds it; the next one sees what it erased."""
    await tx.execute(
        """
        INSERT INTO side_progress (bucket, filled_until, backfilled_to, counted_until) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        bucket,
        now,
        FIRST_ID,
        now - COUNTED_BACK,
    )
    row = await tx.fetchrow(
        """
        SELECT filled_until, backfilled_to, counted_until FROM side_progress WHERE bucket = $1 FOR UPDATE SKIP LOCKED
        """,
        bucket,
    )
    return Progress(*row.values()) if row else None


async def wait_for(tx: Tx, bucket: int) -> None:
    """Nobody fills until the caller's transaction ends."""
    await tx.execute("SELECT FROM side_progress WHERE bucket = $1 FOR UPDATE", bucket)


async def note_filled(tx: Tx, bucket: int, filled_until: datetime, backfilled_to: UUID) -> None:
    await tx.execute(
        "UPDATE side_progress SET filled_until = $2, backfilled_to = $3 WHERE bucket = $1",
        bucket,
        filled_until,
        backfilled_to,
    )


async def note_counted(tx: Tx, bucket: int, counted_until: datetime) -> None:
    await tx.execute("UPDATE side_progress SET counted_until = $2 WHERE bucket = $1", bucket, counted_until)
