"""Who has a conversation: a person or the bot. One transaction each; the conversation's row is the lock."""

from datetime import datetime
from uuid import UUID

from surereply.domain.conversation import HandoverReason
from surereply.domain.identity import new_id
from surereply.store.database import Tx


async def take_over(tx: Tx, bucket: int, conversation_id: UUID, reason: HandoverReason, by: str, now: datetime) -> bool:
    """Give the conversation to a person; False if one has it already.

    `state_version` rises, so a turn that is being decided is beaten and decides again; a reply that is still PENDING
    is suppressed when its turn to leave comes.
    """
    row = await tx.fetchrow(
        """
        UPDATE conversation
           SET handed_over_at = $3, handover_reason = $4, state_version = state_version + 1
         WHERE bucket = $1 AND id = $2 AND handed_over_at IS NULL
        RETURNING lead_id
        """,
        bucket,
        conversation_id,
        now,
        reason.value,
    )
    if row is None:
        return False
    await tx.execute(
        """
        UPDATE lead SET stage = 'handed_over', updated_at = $3
         WHERE bucket = $1 AND id = $2 AND stage IN ('new', 'qualifying', 'qualified')
        """,
        bucket,
        row["lead_id"],
        now,
    )
    await tx.execute(
        """
        INSERT INTO handover (bucket, id, conversation_id, reason, told, opened_at, taken_at, taken_by)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
        """,
        bucket,
        new_id(now),
        conversation_id,
        reason.value,
        f"taken over: {by}",
        now,
        by,
    )
    return True


async def give_back(tx: Tx, bucket: int, conversation_id: UUID, act_id: UUID, by: str, now: datetime) -> bool:
    """Give the conversation back to the bot, and let it take a turn about what came unanswered; False if it has it."""
    # The ticket first, then the conversation: everybody who locks both does so in this order.
    await tx.execute(
        """
        INSERT INTO conversation_ticket AS t (bucket, conversation_id, line_id, wake_at, wake_cause, wake_act)
        SELECT bucket, id, line_id, $3, 'given_back', $4
          FROM conversation
         WHERE bucket = $1 AND id = $2 AND handed_over_at IS NOT NULL
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET wake_at = excluded.wake_at, wake_cause = excluded.wake_cause, wake_act = excluded.wake_act
        """,
        bucket,
        conversation_id,
        now,
        act_id,
    )
    given = await tx.fetchrow(
        """
        UPDATE conversation
           SET handed_over_at = NULL, handover_reason = NULL, state_version = state_version + 1
         WHERE bucket = $1 AND id = $2 AND handed_over_at IS NOT NULL
        RETURNING lead_id
        """,
        bucket,
        conversation_id,
    )
    if given is None:
        return False
    await tx.execute(
        "UPDATE lead SET stage = 'qualifying', updated_at = $3 WHERE bucket = $1 AND id = $2 AND stage = 'handed_over'",
        bucket,
        given["lead_id"],
        now,
    )
    await tx.execute(
        """
        UPDATE handover SET given_back_at = $3, given_back_by = $4
         WHERE bucket = $1 AND conversation_id = $2 AND given_back_at IS NULL
        """,
        bucket,
        conversation_id,
        now,
        by,
    )
    return True
