"""Endpoints outside: where they are, what they want to be told, and how they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as it is kept. `keys`: sealed."""

    id: UUID
    url: str
    topics: list[str]
    keys: bytes
    created_at: datetime
    created_by: str
    paused_at: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


async def all_endpoints(tx: Tx) -> list[EndpointRow]:
    rows = await tx.fetch(
        """
        SELECT id, url, topics, keys, created_at, created_by, paused_at, failing_since, disabled_at, disabled_reason
          FROM endpoint
         ORDER BY id
        """
    )
    return [EndpointRow(*row.values()) for row in rows]


async def insert(
    tx: Tx, endpoint_id: UUID, url: str, topics: Sequence[str], keys: bytes, by: str, now: datetime
) -> None:
    await tx.execute(
        "INSERT INTO endpoint (id, url, topics, keys, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)",
        endpoint_id,
        url,
        list(topics),
        keys,
        now,
        by,
    )


async def locked(tx: Tx, endpoint_id: UUID) -> EndpointRow | None:
    row = await tx.fetchrow(
        """
        SELECT id, url, topics, keys, created_at, created_by, paused_at, failing_since, disabled_at, disabled_reason
          FROM endpoint
         WHERE id = $1
           FOR UPDATE
        """,
        endpoint_id,
    )
    return EndpointRow(*row.values()) if row else None


async def change(tx: Tx, endpoint_id: UUID, url: str, topics: Sequence[str]) -> None:
    await tx.execute("UPDATE endpoint SET url = $2, topics = $3 WHERE id = $1", endpoint_id, url, list(topics))


async def put_keys(tx: Tx, endpoint_id: UUID, keys: bytes) -> None:
    await tx.execute("UPDATE endpoint SET keys = $2 WHERE id = $1", endpoint_id, keys)


async def pause(tx: Tx, endpoint_id: UUID, now: datetime) -> None:
    await tx.execute("UPDATE endpoint SET paused_at = coalesce(paused_at, $2) WHERE id = $1", endpoint_id, now)


async def resume(tx: Tx, endpoint_id: UUID) -> None:
    """Ends its pause, and that it was given up."""
    await tx.execute(
        """
        UPDATE endpoint SET paused_at = NULL, failing_since = NULL, disabled_at = NULL, disabled_reason = NULL
         WHERE id = $1
        """,
        endpoint_id,
    )


async def remove(tx: Tx, endpoint_id: UUID) -> None:
    await tx.execute("DELETE FROM endpoint WHERE id = $1", endpoint_id)


async def note_arrived(tx: Tx, endpoint_id: UUID) -> None:
    """Writes nothing where all is well already."""
    await tx.execute(
        "UPDATE endpoint SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL", endpoint_id
    )


async def note_failed(tx: Tx, endpoint_id: UUID, now: datetime) -> datetime | None:
    """Since when nothing arrived."""
    await tx.execute("UPDATE endpoint SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL", endpoint_id, now)
    since: datetime | None = await tx.fetchval("SELECT failing_since FROM endpoint WHERE id = $1", endpoint_id)
    return since


async def disable(tx: Tx, endpoint_id: UUID, reason: str, now: datetime) -> bool:
    """Nothing is told or written down for it until a person acts; False if that was so already."""
    disabled = await tx.fetchval(
        """
        UPDATE endpoint SET disabled_at = $2, disabled_reason = $3 WHERE id = $1 AND disabled_at IS NULL RETURNING true
        """,
        endpoint_id,
        now,
        reason,
    )
    return bool(disabled)


async def disabled(tx: Tx) -> list[tuple[UUID, str]]:
    """Ids and URLs of those that were given up."""
    rows = await tx.fetch("SELECT id, url FROM endpoint WHERE disabled_at IS NOT NULL ORDER BY id")
    return [(row["id"], row["url"]) for row in rows]
