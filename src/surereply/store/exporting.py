"""Leads taken out of the database, a row each, however many there are."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import astuple, dataclass
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


@dataclass(frozen=True, slots=True)
class WantedLeads:
    """Those of a flow, a stage, a service; None: whatever it is."""

    flow: str | None = None
    stage: str | None = None
    service: str | None = None


_WANTED = """($1::text IS NULL OR l.flow_name = $1) AND ($2::text IS NULL OR l.stage = $2)
           AND ($3::text IS NULL OR l.service_type_enum = $3)"""


async def field_names(tx: Tx, wanted: WantedLeads) -> list[str]:
    """Every field that one of them has a value of, by name."""
    rows = await tx.fetch(
        f"""
        SELECT DISTINCT jsonb_object_keys(l.fields) AS name
          FROM lead l
         WHERE {_WANTED}
         ORDER BY name
        """,  # noqa: S608 - our own condition
        *astuple(wanted),
    )
    return [row["name"] for row in rows]


async def leads(tx: Tx, wanted: WantedLeads) -> AsyncIterator[ExportedLead]:
    """The leads that are wanted, as of one moment. `tx` is a transaction of its own: the rows come by a cursor."""
    rows = tx.cursor(
        f"""
        SELECT l.id, l.flow_name AS flow, n.name AS line, coalesce(c.phone, c.bsuid) AS phone, c.profile_name,
               l.stage, l.service_type_enum AS service, l.score, l.opened_at, l.updated_at, l.closed_at, l.fields
          FROM lead l
          LEFT JOIN conversation c ON c.bucket = l.bucket AND c.id = l.conversation_id
          LEFT JOIN line n ON n.bucket = c.bucket AND n.id = c.line_id
         WHERE {_WANTED}
         ORDER BY l.bucket, l.id
        """,  # noqa: S608 - our own condition
        *astuple(wanted),
        prefetch=ROWS_AT_ONCE,
    )
    async for row in rows:
        yield ExportedLead(**{**row, "fields": _values(msgspec.json.decode(row["fields"]))})


def _values(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known.get("value") for name, known in fields.items() if isinstance(known, dict)}
