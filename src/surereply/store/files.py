"""The files that came with messages: where to ask WhatsApp for them."""

from collections.abc import Sequence
from uuid import UUID

from surereply.store.database import Tx


async def file_of(tx: Tx, buckets: Sequence[int], message_id: UUID) -> tuple[UUID, str] | None:
    """The line of a message, and WhatsApp's id of the file that came with it."""
    row = await tx.fetchrow(
        """
        SELECT c.line_id, m.content #>> '{media,media_id}' AS media_id
          FROM message m
          JOIN conversation c ON c.bucket = m.bucket AND c.id = m.conversation_id
         WHERE m.bucket = ANY($1::smallint[]) AND m.id = $2
        """,
        buckets,
        message_id,
    )
    return (row["line_id"], row["media_id"]) if row and row["media_id"] else None
