"""The versions of flows, for a person to look through."""

from dataclasses import dataclass
from datetime import datetime

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class FlowVersionRow:
    """`active`: new leads begin with it."""

    name: str
    version: int
    active: bool
    sha256: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class FlowSource:
    name: str
    version: int
    source: str


async def versions(tx: Tx, name: str | None, most: int) -> list[FlowVersionRow]:
    """The newest versions of one flow, or of all."""
    rows = await tx.fetch(
        """
        SELECT v.name, v.version, coalesce(f.active_version = v.version, false) AS active, v.sha256, v.created_at,
               v.created_by
          FROM flow_version v
          LEFT JOIN flow f ON f.name = v.name
         WHERE $1::text IS NULL OR v.name = $1
         ORDER BY v.name, v.version DESC
         LIMIT $2
        """,
        name,
        most,
    )
    return [FlowVersionRow(*row.values()) for row in rows]
