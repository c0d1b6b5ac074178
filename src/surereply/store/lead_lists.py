"""Leads for people: a page of them with whose they are, and how many stand at each stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.store.database import Tx
from surereply.store.rows import from_json


@dataclass(frozen=True, slots=True)
class ListedLead:
    id: UUID
    conversation_id: UUID
    flow_name: str
    flow_version: int
    stage: str
    service: str | None
    score: int
    fields: dict[str, Any]
    opened_at: datetime
    updated_at: datetime
    profile_name: str | None
    phone: str | None
    bsuid: str | None


async def listed_leads(
    tx: Tx, buckets: Sequence[int], before: UUID | None, most: int, stage: str | None, service: str | None
) -> list[ListedLead]:
    """Newest first; those of erased contacts are left out. Of a stage or a service: as their cards say it."""
    rows = await tx.fetch(
        f"""
        SELECT l.id, l.conversation_id, l.flow_name, l.flow_version, l.stage, l.service_type_enum AS service, l.score,
               l.fields, l.opened_at, l.updated_at, c.profile_name, c.phone, c.bsuid
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL ({_OF_A_KIND if stage or service else _OF_ALL}
                              LIMIT $3) n
          JOIN lead l ON l.bucket = n.bucket AND l.id = n.id
          JOIN conversation c ON c.bucket = l.bucket AND c.id = l.conversation_id
         ORDER BY l.id DESC
         LIMIT $3
        """,  # noqa: S608 - one of our own two
        buckets,
        before or LAST_ID,
        most,
        *((stage, service) if stage or service else ()),
    )
    return [ListedLead(**{**row, "fields": from_json(row["fields"])}) for row in rows]


_OF_ALL = """SELECT l.bucket, l.id
                               FROM lead l
                              WHERE l.bucket = b.bucket AND l.id < $2
                                AND NOT EXISTS (SELECT FROM contact p
                                                 WHERE p.bucket = l.bucket AND p.id = l.contact_id
                                                   AND p.erased_at IS NOT NULL)
                              ORDER BY l.id DESC"""
_OF_A_KIND = """SELECT k.bucket, k.lead_id AS id
                               FROM lead_card k
                              WHERE k.bucket = b.bucket AND k.lead_id < $2 AND ($4::text IS NULL OR k.stage = $4)
                                AND ($5::text IS NULL OR k.service = $5)
                              ORDER BY k.lead_id DESC"""


async def count_by_stage(tx: Tx, buckets: Sequence[int], service: str | None) -> dict[str, int]:
    rows = await tx.fetch(
        """
        SELECT stage, sum(count)::bigint AS count
          FROM lead_count
         WHERE bucket = ANY($1::smallint[]) AND field = '' AND ($2::text IS NULL OR service = $2)
         GROUP BY stage
        HAVING sum(count) > 0
        """,
        buckets,
        service,
    )
    return {row["stage"]: row["count"] for row in rows}


async def flow_counts(tx: Tx, buckets: Sequence[int], flow_name: str) -> dict[tuple[str, str | None], int]:
    """Of the leads of a flow: how many want a service (its name and None), how many of these know a field."""
    rows = await tx.fetch(
        """
        SELECT service, nullif(field, '') AS field, sum(count)::bigint AS count
          FROM lead_count
         WHERE bucket = ANY($1::smallint[]) AND flow_name = $2 AND service <> ''
         GROUP BY service, field
        HAVING sum(count) > 0
        """,
        buckets,
        flow_name,
    )
    return {(row["service"], row["field"]): row["count"] for row in rows}
