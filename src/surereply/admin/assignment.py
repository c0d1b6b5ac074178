"""Whose conversation it is: assigned to an operator, or to nobody."""

from datetime import datetime
from uuid import UUID

from surereply.admin.refused import Refused
from surereply.domain.identity import new_id
from surereply.store import cards, operators
from surereply.store.acts import note_act
from surereply.store.database import Database

NOT_LISTED_YET = Refused("not_listed_yet", "this conversation is not on the list yet; try again in a moment")


async def assign(
    db: Database, bucket: int, conversation_id: UUID, operator_id: UUID | None, by: str, now: datetime
) -> Refused | None:
    """None as an operator: nobody's any more."""
    async with db.transaction() as tx:
        to = await operators.find(tx, operator_id=operator_id) if operator_id else None
        if operator_id is not None and to is None:
            return Refused("no_operator", "there is no such operator")
        if not await cards.assign(tx, bucket, conversation_id, operator_id):
            return NOT_LISTED_YET
        detail = {"to": to["name"] if to else None}
        await note_act(tx, bucket, new_id(now), "assign", by, now, conversation_id=conversation_id, detail=detail)
    return None
