"""Take a conversation over, and give it back."""

from datetime import datetime
from uuid import UUID

from surereply.admin.refused import Refused
from surereply.domain.conversation import HandoverReason
from surereply.domain.identity import new_id
from surereply.store import handovers
from surereply.store.acts import lock_conversation, note_act
from surereply.store.database import Database, Tx

NOT_HANDED_OVER = Refused("not_handed_over", "no person has this conversation: the bot answers in it")
ALIAS = "this conversation was united with another one; go on there"


async def take_over(db: Database, bucket: int, conversation_id: UUID, operator: str, now: datetime) -> Refused | None:
    """From now on a person answers. Who waited for one has one; doing it again changes nothing."""
    async with db.transaction() as tx:
        row = await lock_conversation(tx, bucket, conversation_id)
        if row is None or row["merged_into"] is not None:
            return alias(row["merged_into"] if row else None)
        await take(tx, bucket, conversation_id, operator, now)
    return None


async def take(tx: Tx, bucket: int, conversation_id: UUID, operator: str, now: datetime) -> None:
    """Joins the transaction of a person's reply, too: whoever answers has the conversation."""
    taken = await handovers.take_over(tx, bucket, conversation_id, HandoverReason.OPERATOR, operator, now)
    taken = taken or await handovers.mark_taken(tx, bucket, conversation_id, operator, now)
    if taken:
        await note_act(tx, bucket, new_id(now), "take_over", operator, now, conversation_id=conversation_id)


async def give_back(db: Database, bucket: int, conversation_id: UUID, operator: str, now: datetime) -> Refused | None:
    """The bot has it again, and takes a turn about what came unanswered."""
    act_id = new_id(now)
    async with db.transaction() as tx:
        if not await handovers.give_back(tx, bucket, conversation_id, act_id, operator, now):
            return NOT_HANDED_OVER
        await note_act(tx, bucket, act_id, "give_back", operator, now, conversation_id=conversation_id)
    return None


def alias(into_id: UUID | None) -> Refused:
    return Refused("united", ALIAS, {"conversation_id": str(into_id)})
