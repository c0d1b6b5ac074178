"""Leads, written: opened, and brought up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.lead import Lead
from surereply.store.database import Tx, columns, to_json


@dataclass(frozen=True, slots=True)
class NewLead:
    bucket: int
    conversation_id: UUID
    contact_id: UUID
    lead: Lead
    at: datetime


async def insert_leads(tx: Tx, opened: Sequence[NewLead]) -> None:
    if not opened:
        return
    await tx.execute(
        """
        INSERT INTO lead (bucket, id, stage, service_type_enum, service_type_id, fields, suggestions, score,
                          closed_at, updated_at, conversation_id, contact_id, flow_name, flow_version, opened_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[],
                             $7::jsonb[], $8::integer[], $9::timestamptz[], $10::timestamptz[], $11::uuid[],
                             $12::uuid[], $13::text[], $14::integer[], $15::timestamptz[])
        """,
        *columns(
            (
                (*_row(one.bucket, one.lead, one.at), one.conversation_id, one.contact_id, one.lead.flow_name,
                 one.lead.flow_version, one.lead.opened_at)
                for one in opened
            ),
            15,
        ),
    )  # fmt: skip


async def update_leads(tx: Tx, changed: Sequence[tuple[int, Lead, datetime]]) -> None:
    """By bucket, and as of when. The caller holds their conversations' locks."""
    if not changed:
        return
    await tx.execute(
        """
        UPDATE lead l
           SET stage = k.stage, service_type_enum = k.service_type_enum, service_type_id = k.service_type_id,
               fields = k.fields, suggestions = k.suggestions, score = k.score, closed_at = k.closed_at,
               updated_at = k.updated_at
          FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[], $7::jsonb[],
                      $8::integer[], $9::timestamptz[], $10::timestamptz[])
               AS k (bucket, id, stage, service_type_enum, service_type_id, fields, suggestions, score, closed_at,
                     updated_at)
         WHERE l.bucket = ANY($1::smallint[]) AND l.bucket = k.bucket AND l.id = k.id
        """,
        *columns((_row(*one) for one in changed), 10),
    )


def _row(bucket: int, lead: Lead, at: datetime) -> tuple[Any, ...]:
    return (
        bucket,
        lead.id,
        lead.stage.value,
        lead.service_type_enum,
        lead.service_type_id,
        to_json(lead.fields),
        to_json(lead.suggestions),
        lead.score,
        lead.closed_at,
        at,
    )
