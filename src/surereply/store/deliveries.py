"""Deliveries as a person sees them: which webhook brought a message, and each that brought it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One webhook POST. `fresh`: how many of its messages were new; `simulated`: by simulate-retry."""

    id: UUID
    received_at: datetime
    body_bytes: int
    messages: int
    fresh: int
    reports: int
    quarantined: int
    simulated: bool


async def find(tx: Tx, bucket: int, delivery_ids: Sequence[UUID]) -> list[DeliveryRow]:
    rows = await tx.fetch(
        """
        SELECT id, received_at, body_bytes, messages, fresh, reports, quarantined, simulated
          FROM delivery
         WHERE bucket = $1 AND id = ANY($2::uuid[])
         ORDER BY id
        """,
        bucket,
        delivery_ids,
    )
    return [DeliveryRow(*row.values()) for row in rows]
