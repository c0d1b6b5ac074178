"""A lead's history: what a field was and became, and by which turn or act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.identity import new_id
from surereply.domain.lead import FieldChange
from surereply.store.database import Tx, columns, to_json


@dataclass(frozen=True, slots=True)
class NewChange:
    """One field's change, by a turn, by a person's act, or (neither) by uniting two contacts."""

    bucket: int
    lead_id: UUID
    change: FieldChange
    at: datetime
    turn_id: UUID | None = None
    act_id: UUID | None = None


async def insert_changes(tx: Tx, changes: Sequence[NewChange]) -> None:
    if not changes:
        return
    await tx.execute(
        """
        INSERT INTO lead_change (bucket, id, lead_id, field, old, new, suggestion, reason, turn_id, act_id, at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::jsonb[],
                             $7::jsonb[], $8::text[], $9::uuid[], $10::uuid[], $11::timestamptz[])
        """,
        *columns((_row(one) for one in changes), 11),
    )


def _row(new: NewChange) -> tuple[object, ...]:
    change = new.change
    return (
        new.bucket,
        new_id(new.at),
        new.lead_id,
        change.field,
        to_json(change.old) if change.old else None,
        to_json(change.new) if change.new else None,
        to_json(change.suggestion) if change.suggestion else None,
        change.reason,
        new.turn_id,
        new.act_id,
        new.at,
    )
