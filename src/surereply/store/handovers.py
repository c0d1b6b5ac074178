"""Who has a conversation, a person or the bot, and who waits for a person. The conversation's row is the lock."""

from datetime import datetime
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.conversation import HandoverReason
from surereply.domain.identity import new_id
from surereply.store.announcing import Happening, announce, stage_changed
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
    was = await tx.fetchval(
        """
        UPDATE lead l SET stage = 'handed_over', updated_at = $3
          FROM lead o
         WHERE l.bucket = $1 AND l.id = $2 AND l.stage IN ('new', 'qualifying', 'qualified')
           AND o.bucket = l.bucket AND o.id = l.id
        RETURNING o.stage
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
    lead_id, detail = row["lead_id"], {"reason": reason.value}
    changed = stage_changed(bucket, conversation_id, lead_id, was, "handed_over", now) if was else []
    await announce(tx, [*changed, Happening(bucket, Topic.HANDED_OVER, conversation_id, now, lead_id, detail=detail)])
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
    qualifies = await tx.fetchval(
        """
        UPDATE lead SET stage = 'qualifying', updated_at = $3
         WHERE bucket = $1 AND id = $2 AND stage = 'handed_over'
        RETURNING true
        """,
        bucket,
        given["lead_id"],
        now,
    )
    await end_waiting(tx, bucket, conversation_id, by, now)
    lead_id = given["lead_id"]
    changed = stage_changed(bucket, conversation_id, lead_id, "handed_over", "qualifying", now) if qualifies else []
    await announce(tx, [*changed, Happening(bucket, Topic.GIVEN_BACK, conversation_id, now, lead_id)])
    return True


async def wait_for_person(
    tx: Tx, bucket: int, conversation_id: UUID, reason: HandoverReason, told: str, now: datetime
) -> None:
    """On the list of who waits for a person. `told`: what that person is told."""
    await tx.execute(
        """
        INSERT INTO handover (bucket, id, conversation_id, reason, told, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        bucket,
        new_id(now),
        conversation_id,
        reason.value,
        told,
        now,
    )


async def mark_taken(tx: Tx, bucket: int, conversation_id: UUID, by: str, now: datetime) -> bool:
    """Whoever waited for a person has one now; False where it was taken already, or nobody waits."""
    taken = await tx.fetchval(
        """
        UPDATE handover SET taken_at = $3, taken_by = $4
         WHERE bucket = $1 AND conversation_id = $2 AND given_back_at IS NULL AND taken_at IS NULL
        RETURNING true
        """,
        bucket,
        conversation_id,
        now,
        by,
    )
    return bool(taken)


async def end_waiting(tx: Tx, bucket: int, conversation_id: UUID, by: str, now: datetime) -> None:
    """Off that list: the bot has the conversation again."""
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
