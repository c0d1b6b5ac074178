"""Leads for people: a page of them with whose they are, and how many stand at each stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.store.database import Tx
from surereply.store.listings import LAST_ID
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
    """Newest first; those of erased contacts are left out."""
    rows = await tx.fetch(
        """
        SELECT n.id, n.conversation_id, n.flow_name, n.flow_version, n.stage, n.service_type_enum AS service, n.score,
               n.fields, n.opened_at, n.updated_at, c.profile_name, c.phone, c.bsuid
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT l.*
                               FROM lead l
                              WHERE l.bucket = b.bucket AND l.id < $2 AND ($4::text IS NULL OR l.stage = $4)
                                AND ($5::text IS NULL OR l.service_type_enum = $5)
                                AND NOT EXISTS (SELECT FROM contact p
                                                 WHERE p.bucket = l.bucket AND p.id = l.contact_id
                                                   AND p.erased_at IS NOT NULL)
                              ORDER BY l.id DESC
                              LIMIT $3) n
          JOIN conversation c ON c.bucket = n.bucket AND c.id = n.conversation_id
         ORDER BY n.id DESC
         LIMIT $3
        """,
        buckets,
        before or LAST_ID,
        most,
        stage,
        service,
    )
    return [ListedLead(**{**row, "fields": from_json(row["fields"])}) for row in rows]


async def count_by_stage(tx: Tx, buckets: Sequence[int], service: str | None) -> dict[str, int]:
    rows = await tx.fetch(
        """
        SELECT stage, count(*) AS count
          FROM lead
         WHERE bucket = ANY($1::smallint[]) AND ($2::text IS NULL OR service_type_enum = $2)
         GROUP BY stage
        """,
        buckets,
        service,
    )
    return {row["stage"]: row["count"] for row in rows}


async def flow_counts(tx: Tx, buckets: Sequence[int], flow_name: str, most: int) -> dict[tuple[str, str | None], int]:
    """Of the newest leads of a flow: how many want a service (its name and None), how many of these know a field."""
    rows = await tx.fetch(
        """
        SELECT n.service, k.field, count(*) AS count
          FROM (SELECT l.service_type_enum AS service, l.fields
                  FROM lead l
                 WHERE l.bucket = ANY($1::smallint[]) AND l.flow_name = $2
                 ORDER BY l.id DESC
                 LIMIT $3) n
         CROSS JOIN LATERAL (SELECT NULL AS field UNION ALL SELECT jsonb_object_keys(n.fields)) k
         GROUP BY 1, 2
        """,
        buckets,
        flow_name,
        most,
    )
    return {(row["service"], row["field"]): row["count"] for row in rows if row["service"]}
