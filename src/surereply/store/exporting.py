"""Leads taken out of the database, a row each, however many there are."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from surereply.store.database import Tx

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ExportedLead:
    """A lead as it stands. `phone` is the customer's number, else their BSUID; `fields` are the values alone."""

    id: UUID
    flow: str
    line: str
    phone: str | None
    profile_name: str | None
    stage: str
    service: str | None
    score: int
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    fields: dict[str, Any]


async def field_names(tx: Tx, flow: str | None) -> list[str]:
    """Every field that a lead has a value of, by name."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT jsonb_object_keys(l.fields) AS name
          FROM lead l
         WHERE $1::text IS NULL OR l.flow_name = $1
         ORDER BY name
        """,
        flow,
    )
    return [row["name"] for row in rows]


async def leads(tx: Tx, flow: str | None) -> AsyncIterator[ExportedLead]:
    """All leads, or those of a flow, as of one moment. `tx` is a transaction of its own: the rows come by a cursor."""
    rows = tx.cursor(
        """
        SELECT l.id, l.flow_name AS flow, n.name AS line, coalesce(c.phone, c.bsuid) AS phone, c.profile_name,
               l.stage, l.service_type_enum AS service, l.score, l.opened_at, l.updated_at, l.closed_at, l.fields
          FROM lead l
          LEFT JOIN conversation c ON c.bucket = l.bucket AND c.id = l.conversation_id
          LEFT JOIN line n ON n.bucket = c.bucket AND n.id = c.line_id
         WHERE $1::text IS NULL OR l.flow_name = $1
         ORDER BY l.bucket, l.id
        """,
        flow,
        prefetch=ROWS_AT_ONCE,
    )
    async for row in rows:
        yield ExportedLead(**{**row, "fields": _values(msgspec.json.decode(row["fields"]))})


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known.get("value") for name, known in fields.items() if isinstance(known, dict)}
