"""What moves when a conversation becomes an alias of another: names, the wait for a person, open work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import new_id
from surereply.store.database import Tx, to_json


async def repoint(
    tx: Tx, bucket: int, alias: Mapping[str, Any], kept: Mapping[str, Any], now: datetime, evidence: str
) -> None:
    """Every name of the alias now leads to the contact that stays, who waits for a person too; it is on record.

    WhatsApp counts its pair limit by the customer, so the later time holds.
    """
    await tx.execute(
        """
        UPDATE identifier SET contact_id = $3, conversation_id = $4
         WHERE bucket = $1 AND contact_id = $2
        """,
        bucket,
        alias["contact_id"],
        kept["contact_id"],
        kept["id"],
    )
    await tx.execute(
        "UPDATE contact SET merged_into = $3 WHERE bucket = $1 AND id = $2",
        bucket,
        alias["contact_id"],
        kept["contact_id"],
    )
    await tx.execute(
        """
        INSERT INTO pair_pace AS p (bucket, conversation_id, free_at)
        SELECT bucket, $3, free_at FROM pair_pace WHERE bucket = $1 AND conversation_id = $2
        ON CONFLICT (bucket, conversation_id) DO UPDATE SET free_at = GREATEST(p.free_at, excluded.free_at)
        """,
        bucket,
        alias["id"],
        kept["id"],
    )
    await tx.execute(
        """
        UPDATE handover SET conversation_id = $3
         WHERE bucket = $1 AND conversation_id = $2 AND given_back_at IS NULL
        """,
        bucket,
        alias["id"],
        kept["id"],
    )
    await tx.execute(
        """
        INSERT INTO act (bucket, id, conversation_id, name, operator, detail, at)
        VALUES ($1, $2, $3, 'unite', 'evidence', $4, $5)
        """,
        bucket,
        new_id(now),
        kept["id"],
        to_json({"alias": alias["id"], "evidence": evidence}),
        now,
    )


async def lock_tickets(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """Both leases are dropped with the lock: whoever holds one finds its fence gone."""
    await tx.execute(
        """
        SELECT
          FROM conversation_ticket
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
         ORDER BY conversation_id
           FOR UPDATE
        """,
        bucket,
        conversation_ids,
    )
    await tx.execute(
        """
        UPDATE conversation_ticket SET lease_until = NULL, lease_token = NULL
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        """,
        bucket,
        conversation_ids,
    )


async def forward(tx: Tx, bucket: int, alias_id: UUID, into_id: UUID) -> None:
    """Move work that reached an alias (its identifiers were looked up right before it became one)."""
    await lock_tickets(tx, bucket, [alias_id, into_id])
    await move_work(tx, bucket, alias_id, into_id)


async def move_work(tx: Tx, bucket: int, alias_id: UUID, into_id: UUID) -> None:
    """Unread messages and PENDING replies with their tickets, and what was done to these; ids keep their order."""
    await tx.execute(
        "UPDATE unread SET conversation_id = $3 WHERE bucket = $1 AND conversation_id = $2",
        bucket,
        alias_id,
        into_id,
    )
    await tx.execute(
        """
        WITH gone AS (
            DELETE FROM conversation_ticket WHERE bucket = $1 AND conversation_id = $2 RETURNING *
        )
        INSERT INTO conversation_ticket AS t (bucket, conversation_id, line_id, first_unread_at, unread_due_at, wake_at,
                                              wake_cause, wake_act)
        SELECT bucket, $3, line_id, first_unread_at, unread_due_at, wake_at, wake_cause, wake_act FROM gone
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET first_unread_at = LEAST(t.first_unread_at, excluded.first_unread_at),
               unread_due_at = LEAST(t.unread_due_at, excluded.unread_due_at)
        """,
        bucket,
        alias_id,
        into_id,
    )
    await tx.execute(
        """
        WITH moved AS (
            UPDATE reply_ticket SET conversation_id = $3
             WHERE bucket = $1 AND conversation_id = $2 AND status = 'PENDING'
            RETURNING bucket, reply_id
        ), noted AS (
            UPDATE act a SET conversation_id = $3
              FROM moved
             WHERE a.bucket = $1 AND a.conversation_id = $2 AND a.reply_id = moved.reply_id
        )
        UPDATE reply r SET conversation_id = $3
          FROM moved
         WHERE r.bucket = $1 AND r.bucket = moved.bucket AND r.id = moved.reply_id
        """,
        bucket,
        alias_id,
        into_id,
    )
