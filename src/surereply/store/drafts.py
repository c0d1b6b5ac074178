"""What a person's draft meets: its own reply, if it was accepted before, and replies that its screen did not show."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import FIRST_ID
from surereply.store.database import Tx
from surereply.store.rows import from_json

MOST_UNSEEN = 20


async def reply_of(tx: Tx, bucket: int, dedupe_keys: Sequence[str]) -> UUID | None:
    """The reply that bears one of these keys."""
    reply_id: UUID | None = await tx.fetchval(
        "SELECT reply_id FROM reply_key WHERE bucket = $1 AND outbound_dedupe_key = ANY($2::text[]) LIMIT 1",
        bucket,
        dedupe_keys,
    )
    return reply_id


async def newest_reply(tx: Tx, bucket: int, conversation_id: UUID) -> UUID | None:
    reply_id: UUID | None = await tx.fetchval(
        "SELECT id FROM reply WHERE bucket = $1 AND conversation_id = $2 ORDER BY id DESC LIMIT 1",
        bucket,
        conversation_id,
    )
    return reply_id


async def replies_after(tx: Tx, bucket: int, conversation_id: UUID, last_seen: UUID | None) -> list[dict[str, Any]]:
    """Replies younger than the last one seen, for a person to look at; suppressed ones nobody gets to see."""
    rows = await tx.fetch(
        """
        SELECT id, reply_type, status, body, created_at
          FROM reply
         WHERE bucket = $1 AND conversation_id = $2 AND id > $3 AND status <> 'SUPPRESSED'
         ORDER BY id DESC
         LIMIT $4
        """,
        bucket,
        conversation_id,
        last_seen or FIRST_ID,
        MOST_UNSEEN,
    )
    return [
        {
            "id": str(row["id"]),
            "reply_type": row["reply_type"],
            "status": row["status"],
            "text": from_json(row["body"]).get("text"),
            "created_at": row["created_at"].isoformat(),
        }
        for row in reversed(rows)
    ]


async def window_from(tx: Tx, bucket: int, conversation_id: UUID) -> datetime | None:
    """From when the service window counts, with the messages that no turn has read yet; written to the conversation,
    where the dispatcher looks. The caller holds the conversation's lock."""
    counted: datetime | None = await tx.fetchval(
        """
        UPDATE conversation c
           SET window_from = GREATEST(c.window_from,
                                      (SELECT max(LEAST(m.sent_at, m.received_at))
                                         FROM unread u
                                         JOIN message m ON m.bucket = u.bucket AND m.id = u.message_id
                                        WHERE u.bucket = $1 AND u.conversation_id = $2))
         WHERE c.bucket = $1 AND c.id = $2
        RETURNING c.window_from
        """,
        bucket,
        conversation_id,
    )
    return counted
