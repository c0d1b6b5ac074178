"""A lead as a person sees it, with its history, and changes it: locked, written, and on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.domain.lead import FieldChange, Lead
from surereply.store.database import Tx, to_json
from surereply.store.domain_values import lead_from
from surereply.store.lead_history import NewChange, insert_changes
from surereply.store.lead_rows import update_leads
from surereply.store.rows import LeadRow, decoded, lead_row


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a field was and became. `suggestion`: understood, but a value that outranks it stays."""

    id: UUID
    field: str
    old: Any
    new: Any
    suggestion: Any
    reason: str
    turn_id: UUID | None
    act_id: UUID | None
    at: datetime


async def find(tx: Tx, buckets: Sequence[int], lead_id: UUID) -> tuple[int, LeadRow] | None:
    row = await tx.fetchrow("SELECT * FROM lead WHERE bucket = ANY($1::smallint[]) AND id = $2", buckets, lead_id)
    return (row["bucket"], lead_row(row)) if row else None


async def changes_of(tx: Tx, bucket: int, lead_id: UUID, before: UUID | None, most: int) -> list[ChangeRow]:
    rows = await tx.fetch(
        """
        SELECT *
          FROM lead_change
         WHERE bucket = $1 AND lead_id = $2 AND id < $3
         ORDER BY id DESC
         LIMIT $4
        """,
        bucket,
        lead_id,
        before or LAST_ID,
        most,
    )
    return [decoded(ChangeRow, row, "old", "new", "suggestion") for row in rows]


async def locked(tx: Tx, bucket: int, lead_id: UUID, conversation_id: UUID) -> Lead | None:
    """The caller holds the conversation's lock; None where the lead has moved to another conversation since."""
    row = await tx.fetchrow(
        """
        SELECT *, id AS lead_id
          FROM lead
         WHERE bucket = $1 AND id = $2 AND conversation_id = $3
           FOR NO KEY UPDATE
        """,
        bucket,
        lead_id,
        conversation_id,
    )
    return lead_from(row) if row else None


async def write(
    tx: Tx,
    bucket: int,
    conversation_id: UUID,
    lead: Lead,
    changes: Sequence[FieldChange],
    act_id: UUID,
    now: datetime,
) -> None:
    """The lead, its history, and `state_version`: a turn that was decided on the old values is beaten."""
    await update_leads(tx, [(bucket, lead, now)])
    await tx.execute(
        """
        UPDATE conversation
           SET state_version = state_version + 1,
               known_fields = CASE WHEN lead_id = $3 THEN $4::jsonb ELSE known_fields END
         WHERE bucket = $1 AND id = $2
        """,
        bucket,
        conversation_id,
        lead.id,
        to_json(lead.fields),
    )
    await insert_changes(tx, [NewChange(bucket, lead.id, change, now, act_id=act_id) for change in changes])
