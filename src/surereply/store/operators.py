"""Operators, the browsers they are signed in with, and the links that sign them in once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.store.database import Tx, count_of


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """`has_password`: whether they can sign in without a link; `browsers`: in how many they are signed in."""

    id: UUID
    name: str
    role: str
    has_password: bool
    browsers: int
    seen_at: datetime | None
    created_at: datetime
    created_by: str
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser in which somebody is signed in, with who that is now."""

    operator_id: UUID
    name: str
    role: str
    signed_in_at: datetime
    seen_at: datetime


async def all_operators(tx: Tx) -> list[OperatorRow]:
    rows = await tx.fetch(
        """
        SELECT o.id, o.name, o.role, o.password_hash IS NOT NULL AS has_password, count(s.digest) AS browsers,
               max(s.seen_at) AS seen_at, o.created_at, o.created_by, o.removed_at
          FROM operator o
          LEFT JOIN sign_in s ON s.operator_id = o.id
         GROUP BY o.id
         ORDER BY o.removed_at IS NOT NULL, lower(o.name)
        """
    )
    return [OperatorRow(*row.values()) for row in rows]


async def insert(tx: Tx, operator_id: UUID, name: str, role: str, by: str, now: datetime) -> bool:
    """False where the name is taken: every act is kept under it."""
    inserted = await tx.fetchval(
        """
        INSERT INTO operator (id, name, role, created_at, created_by) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        RETURNING true
        """,
        operator_id,
        name,
        role,
        now,
        by,
    )
    return bool(inserted)


async def find(tx: Tx, *, name: str | None = None, operator_id: UUID | None = None) -> Any:
    """The operator's row, locked, by name or id; None where there is none, or no more."""
    return await tx.fetchrow(
        """
        SELECT id, name, role, password_hash
          FROM operator
         WHERE (name = $1 OR id = $2) AND removed_at IS NULL
           FOR NO KEY UPDATE
        """,
        name,
        operator_id,
    )


async def lock_admins(tx: Tx) -> list[UUID]:
    """All of them, locked in one order: of two who remove each other, one finds that nobody would be left."""
    rows = await tx.fetch(
        "SELECT id FROM operator WHERE role = 'admin' AND removed_at IS NULL ORDER BY id FOR NO KEY UPDATE"
    )
    return [row["id"] for row in rows]


async def set_role(tx: Tx, operator_id: UUID, role: str) -> None:
    await tx.execute("UPDATE operator SET role = $2 WHERE id = $1", operator_id, role)


async def set_password(tx: Tx, operator_id: UUID, password_hash: str) -> None:
    await tx.execute("UPDATE operator SET password_hash = $2 WHERE id = $1", operator_id, password_hash)


async def remove(tx: Tx, operator_id: UUID, now: datetime) -> None:
    """Signed out everywhere, and nobody can sign in as them. The row stays: their acts name it."""
    await tx.execute("UPDATE operator SET removed_at = $2, password_hash = NULL WHERE id = $1", operator_id, now)
    await tx.execute("DELETE FROM sign_in_link WHERE operator_id = $1", operator_id)
    await end_all(tx, operator_id)


async def begin(tx: Tx, digest: bytes, operator_id: UUID, browser: str, now: datetime) -> None:
    await tx.execute(
        "INSERT INTO sign_in (digest, operator_id, browser, signed_in_at, seen_at) VALUES ($1, $2, $3, $4, $4)",
        digest,
        operator_id,
        browser,
        now,
    )


async def signed_in(tx: Tx, digest: bytes) -> SignIn | None:
    """Who is signed in with this cookie, as they stand now: a role that was changed counts at once."""
    row = await tx.fetchrow(
        """
        SELECT o.id AS operator_id, o.name, o.role, s.signed_in_at, s.seen_at
          FROM sign_in s
          JOIN operator o ON o.id = s.operator_id
         WHERE s.digest = $1 AND o.removed_at IS NULL
        """,
        digest,
    )
    return SignIn(*row.values()) if row else None


async def note_seen(tx: Tx, digest: bytes, now: datetime) -> None:
    await tx.execute("UPDATE sign_in SET seen_at = GREATEST(seen_at, $2) WHERE digest = $1", digest, now)


async def end(tx: Tx, digest: bytes) -> None:
    await tx.execute("DELETE FROM sign_in WHERE digest = $1", digest)


async def end_all(tx: Tx, operator_id: UUID) -> int:
    """In every browser; how many."""
    result = await tx.execute("DELETE FROM sign_in WHERE operator_id = $1", operator_id)
    return count_of(result)


async def end_old(tx: Tx, signed_in_before: datetime, seen_before: datetime, now: datetime) -> None:
    """Sign-ins that have lasted long enough, or that nobody used; links that nobody used in time."""
    await tx.execute("DELETE FROM sign_in WHERE signed_in_at < $1 OR seen_at < $2", signed_in_before, seen_before)
    await tx.execute("DELETE FROM sign_in_link WHERE expires_at <= $1", now)


async def put_link(tx: Tx, digest: bytes, operator_id: UUID, expires_at: datetime) -> None:
    await tx.execute(
        "INSERT INTO sign_in_link (digest, operator_id, expires_at) VALUES ($1, $2, $3)",
        digest,
        operator_id,
        expires_at,
    )


async def use_link(tx: Tx, digest: bytes, now: datetime) -> UUID | None:
    """Whom the link signs in; the row goes with it, so of two that use it at once one gets nobody."""
    operator_id: UUID | None = await tx.fetchval(
        "DELETE FROM sign_in_link WHERE digest = $1 AND expires_at > $2 RETURNING operator_id", digest, now
    )
    return operator_id


async def names_of(tx: Tx, operator_ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await tx.fetch("SELECT id, name FROM operator WHERE id = ANY($1::uuid[])", operator_ids)
    return {row["id"]: row["name"] for row in rows}
