"""History by months: partitions made ahead, moved out of the default where one was missing; old keys pruned."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg

from surereply.domain.identity import id_at
from surereply.store.database import Database, Tx

# Parent and its partition key, all of them UUIDv7: a range of ids is a range of time.
PARTITIONED = {
    "delivery": "id",
    "message": "id",
    "turn": "id",
    "lead_change": "id",
    "reply": "id",
    "send_attempt": "reply_id",
    "report": "id",
}
MONTHS_AHEAD = 2
LOCK_WITHIN = "200ms"  # beside those who work: everybody behind us waits as long for the table
MOST_MOVED = 1_000  # rows out of a default partition, beside those who work
# Somebody had a table, or put a row into a default partition while its month was being made.
NOT_NOW = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError, asyncpg.CheckViolationError)
KEEP_INBOUND_KEYS = timedelta(days=15)  # WhatsApp repeats for 7 days; a restored backup may be late by as many
KEEP_ERASED_KEYS = timedelta(days=8)
KEEP_REPORT_KEYS = timedelta(days=35)


async def make_ahead(db: Database, now: datetime) -> bool:
    """Make what is missing, beside those who work; False where something is missing still.

    Whoever waits for one of these tables keeps everybody waiting who comes later, and a dump reads all of them for
    hours. So we hardly wait: months are made ahead, and a default takes what has none.
    """
    try:
        async with db.transaction() as tx:
            await tx.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'")
            await ensure_partitions(tx, now, most_moved=MOST_MOVED)
            return not await _missing(tx, now)
    except NOT_NOW:
        return False


async def ensure_partitions(tx: Tx, now: datetime, most_moved: int | None = None) -> list[str]:
    """Partitions from this month to `MONTHS_AHEAD` later; names of those made. Safe to run from many processes.

    A month of which the default holds more than `most_moved` rows is left as it is: they move under a lock.
    """
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('surereply partitions'))")
    made = []
    for parent, month in await _missing(tx, now):
        if await _make(tx, parent, month, most_moved):
            made.append(_name(parent, month))
    return made


async def _missing(tx: Tx, now: datetime) -> list[tuple[str, datetime]]:
    """Parent and month of each partition that should be there."""
    months = [_month(now)]
    for _ in range(MONTHS_AHEAD):
        months.append(_next(months[-1]))
    wanted = [(parent, month) for month in months for parent in PARTITIONED]
    rows = await tx.fetch(
        """
        SELECT to_regclass(k.name) IS NOT NULL AS is_there
          FROM unnest($1::text[]) WITH ORDINALITY AS k (name, at)
         ORDER BY k.at
        """,
        [_name(parent, month) for parent, month in wanted],
    )
    return [one for one, row in zip(wanted, rows, strict=True) if not row["is_there"]]


def _name(parent: str, month: datetime) -> str:
    return f"{parent}_{month:%Y_%m}"


def _next(month: datetime) -> datetime:
    return _month(month + timedelta(days=32))


def _month(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def _make(tx: Tx, parent: str, month: datetime, most_moved: int | None) -> bool:
    """Names come from `PARTITIONED` and dates alone. Rows that the default took meanwhile move over, unless there are
    more than `most_moved`: then nothing is made."""
    key, name = PARTITIONED[parent], _name(parent, month)
    low, high = id_at(month), id_at(_next(month))
    in_range = f"{key} >= '{low}' AND {key} < '{high}'"
    stray = await tx.fetchval(f"SELECT count(*) FROM {parent}_default WHERE {in_range}")  # noqa: S608
    if most_moved is not None and stray > most_moved:
        return False
    if stray:
        await tx.execute(f"LOCK TABLE {parent} IN ACCESS EXCLUSIVE MODE")
        select = f"SELECT * FROM {parent}_default WHERE {in_range}"  # noqa: S608
        await tx.execute(f"CREATE TEMPORARY TABLE stray ON COMMIT DROP AS {select}")
        await tx.execute(f"DELETE FROM {parent}_default WHERE {in_range}")  # noqa: S608
    await tx.execute(f"CREATE TABLE {name} PARTITION OF {parent} FOR VALUES FROM ('{low}') TO ('{high}')")
    if stray:
        await tx.execute(f"INSERT INTO {parent} SELECT * FROM stray")  # noqa: S608
        await tx.execute("DROP TABLE stray")
    return True


async def prune_inbound_keys(tx: Tx, now: datetime, wamids: Sequence[str] | None) -> None:
    """Of these messages, or of all."""
    await tx.execute(
        "DELETE FROM inbound_key WHERE received_at < $1 AND ($2::text[] IS NULL OR wamid = ANY($2))",
        now - KEEP_INBOUND_KEYS,
        wamids,
    )


async def prune_keys(tx: Tx, now: datetime) -> None:
    """Keys kept longer than anything that can come back."""
    await prune_inbound_keys(tx, now, None)
    await tx.execute("DELETE FROM repetition WHERE received_at < $1", now - KEEP_INBOUND_KEYS)
    await tx.execute("DELETE FROM erased_key WHERE erased_at < $1", now - KEEP_ERASED_KEYS)
    await tx.execute("DELETE FROM report_key WHERE received_at < $1", now - KEEP_REPORT_KEYS)
    await tx.execute("DELETE FROM sent_key WHERE created_at < $1", now - KEEP_REPORT_KEYS)
