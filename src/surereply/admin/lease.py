"""Release a lease: whoever hangs over a turn loses the right to commit it, and somebody else takes it."""

from datetime import datetime
from uuid import UUID

from surereply.admin.refused import Refused
from surereply.domain.identity import new_id
from surereply.store import leases
from surereply.store.acts import note_act
from surereply.store.database import Database

NOT_LEASED = Refused("not_leased", "nobody holds this conversation's turn now")


async def release_lease(
    db: Database, bucket: int, conversation_id: UUID, operator: str, now: datetime
) -> Refused | None:
    async with db.transaction() as tx:
        if not await leases.release(tx, bucket, conversation_id, now):
            return NOT_LEASED
        await note_act(tx, bucket, new_id(now), "release_lease", operator, now, conversation_id=conversation_id)
    return None
