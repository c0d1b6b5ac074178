"""Flow files by version: what runs, and what older leads began with."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class LoadedFlow:
    """`version`: what the file holds. `active`: what new leads begin with, another one where a person chose it."""

    version: int
    active: int


async def load_flow(tx: Tx, name: str, source: str, now: datetime) -> LoadedFlow:
    """Take the settings' file: activated when it says something else than the last time, and left alone otherwise."""
    await _one_at_a_time(tx, name)
    known = await tx.fetchrow(
        """
        SELECT f.active_version, v.version
          FROM flow f
          JOIN flow_version v ON v.name = f.name AND v.sha256 = f.loaded_sha256
         WHERE f.name = $1 AND f.loaded_sha256 = $2
         ORDER BY v.version DESC
         LIMIT 1
        """,
        name,
        sha256_of(source),
    )
    if known is not None:
        return LoadedFlow(known["version"], known["active_version"])
    version = await put_flow(tx, name, source, "settings", now)
    await tx.execute("UPDATE flow SET loaded_sha256 = $2 WHERE name = $1", name, sha256_of(source))
    return LoadedFlow(version, version)


async def put_flow(tx: Tx, name: str, source: str, by: str, now: datetime) -> int:
    """Make this text the active version of the flow; its version. The same text again is no new version."""
    await _one_at_a_time(tx, name)
    sha256 = sha256_of(source)
    version: int | None = await tx.fetchval(
        "SELECT version FROM flow_version WHERE name = $1 AND sha256 = $2 ORDER BY version DESC LIMIT 1",
        name,
        sha256,
    )
    if version is None:
        version = await tx.fetchval(
            """
            INSERT INTO flow_version (name, version, sha256, source, created_at, created_by)
            SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5 FROM flow_version WHERE name = $1
            RETURNING version
            """,
            name,
            sha256,
            source,
            now,
            by,
        )
    assert version is not None
    await activate(tx, name, version)
    return version


async def _one_at_a_time(tx: Tx, name: str) -> None:
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('flow ' || $1))", name)


def sha256_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


async def activate(tx: Tx, name: str, version: int) -> None:
    """New leads begin with this version; a lead stays with the one it began with."""
    await tx.execute(
        """
        INSERT INTO flow (name, active_version) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET active_version = excluded.active_version
        """,
        name,
        version,
    )


async def active_versions(tx: Tx) -> dict[str, int]:
    return {row["name"]: row["active_version"] for row in await tx.fetch("SELECT name, active_version FROM flow")}


async def source_of(tx: Tx, name: str, version: int) -> str | None:
    source: str | None = await tx.fetchval(
        "SELECT source FROM flow_version WHERE name = $1 AND version = $2", name, version
    )
    return source


async def service_type_ids(tx: Tx) -> dict[str, dict[str, int]]:
    """Service types that have a row: flow name to enum to id."""
    ids: dict[str, dict[str, int]] = {}
    for row in await tx.fetch("SELECT flow_name, enum, id FROM service_type"):
        ids.setdefault(row["flow_name"], {})[row["enum"]] = row["id"]
    return ids
