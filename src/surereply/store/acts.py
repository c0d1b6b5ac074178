"""What a person did: the lock under which it is done, and the record of it, in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.store.database import Tx, to_json


async def note_act(
    tx: Tx,
    bucket: int,
    act_id: UUID,
    name: str,
    operator: str,
    now: datetime,
    *,
    conversation_id: UUID | None = None,
    lead_id: UUID | None = None,
    reply_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """`detail` holds names, ids and states, never what a customer wrote."""
    await tx.execute(
        """
        INSERT INTO act (bucket, id, conversation_id, lead_id, reply_id, name, operator, detail, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        bucket,
        act_id,
        conversation_id,
        lead_id,
        reply_id,
        name,
        operator,
        to_json(dict(detail or {})),
        now,
    )


async def lock_conversation(tx: Tx, bucket: int, conversation_id: UUID) -> Mapping[str, Any] | None:
    """The conversation's row, locked: the one place where people, turns and sends wait for each other."""
    row: Mapping[str, Any] | None = await tx.fetchrow(
        "SELECT * FROM conversation WHERE bucket = $1 AND id = $2 FOR NO KEY UPDATE", bucket, conversation_id
    )
    return row
