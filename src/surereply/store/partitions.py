"""History by months: partitions made ahead, moved out of the default where one was missing; old keys pruned."""

from datetime import UTC, datetime, timedelta

from surereply.domain.identity import id_at
from surereply.store.database import Tx

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
KEEP_INBOUND_KEYS = timedelta(days=15)  # WhatsApp repeats for 7 days; a restored backup may be late by as many
KEEP_ERASED_KEYS = timedelta(days=8)
KEEP_REPORT_KEYS = timedelta(days=35)


async def ensure_partitions(tx: Tx, now: datetime) -> list[str]:
    """Partitions from this month to `MONTHS_AHEAD` later; names of those made. Safe to run from many processes."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('surereply partitions'))")
    made = []
    month = _month(now)
    for _ in range(MONTHS_AHEAD + 1):
        after = _month(month + timedelta(days=32))
        for parent, key in PARTITIONED.items():
            name = f"{parent}_{month:%Y_%m}"
            if await tx.fetchval("SELECT to_regclass($1) IS NULL", name):
                await _make(tx, parent, key, name, month, after)
                made.append(name)
        month = after
    return made


def _month(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


async def _make(tx: Tx, parent: str, key: str, name: str, month: datetime, after: datetime) -> None:
    """Names come from `PARTITIONED` and dates alone. Rows that the default took meanwhile move over."""
    low, high = id_at(month), id_at(after)
    in_range = f"{key} >= '{low}' AND {key} < '{high}'"
    stray = await tx.fetchval(f"SELECT EXISTS (SELECT FROM {parent}_default WHERE {in_range})")  # noqa: S608
    if stray:
        await tx.execute(f"LOCK TABLE {parent} IN ACCESS EXCLUSIVE MODE")
        select = f"SELECT * FROM {parent}_default WHERE {in_range}"  # noqa: S608
        await tx.execute(f"CREATE TEMPORARY TABLE stray ON COMMIT DROP AS {select}")
        await tx.execute(f"DELETE FROM {parent}_default WHERE {in_range}")  # noqa: S608
    await tx.execute(f"CREATE TABLE {name} PARTITION OF {parent} FOR VALUES FROM ('{low}') TO ('{high}')")
    if stray:
        await tx.execute(f"INSERT INTO {parent} SELECT * FROM stray")  # noqa: S608
        await tx.execute("DROP TABLE stray")


async def prune_keys(tx: Tx, now: datetime) -> None:
    """Keys kept longer than anything that can come back."""
    await tx.execute("DELETE FROM inbound_key WHERE received_at < $1", now - KEEP_INBOUND_KEYS)
    await tx.execute("DELETE FROM repetition WHERE received_at < $1", now - KEEP_INBOUND_KEYS)
    await tx.execute("DELETE FROM erased_key WHERE erased_at < $1", now - KEEP_ERASED_KEYS)
    await tx.execute("DELETE FROM report_key WHERE received_at < $1", now - KEEP_REPORT_KEYS)
    await tx.execute("DELETE FROM sent_key WHERE created_at < $1", now - KEEP_REPORT_KEYS)
