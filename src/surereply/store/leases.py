"""A conversation's ticket as a person sees it: when its turn is due, who holds it, what went wrong; and its release."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class TicketRow:
    """`lease_until`: somebody takes the turn now. `attempts`: claims since the last committed turn."""

    due_at: datetime | None
    wake_at: datetime | None
    wake_cause: str | None
    lease_until: datetime | None
    attempts: int
    last_error: str | None


async def ticket_of(tx: Tx, bucket: int, conversation_id: UUID) -> TicketRow | None:
    row = await tx.fetchrow(
        """
        SELECT due_at, wake_at, wake_cause, lease_until, attempts, last_error
          FROM conversation_ticket
         WHERE bucket = $1 AND conversation_id = $2
        """,
        bucket,
        conversation_id,
    )
    return TicketRow(*row.values()) if row else None


async def release(tx: Tx, bucket: int, conversation_id: UUID, now: datetime) -> bool:
    """Take the lease from whoever holds it; False where nobody does.

    Its token is gone, so what they decide is not committed; the next responder takes the turn at once.
    """
    released = await tx.fetchval(
        """
        UPDATE conversation_ticket SET lease_until = NULL, lease_token = NULL
         WHERE bucket = $1 AND conversation_id = $2 AND lease_until > $3
        RETURNING true
        """,
        bucket,
        conversation_id,
        now,
    )
    return bool(released)
