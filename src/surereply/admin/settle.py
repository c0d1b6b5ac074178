"""What a person does with a reply that failed, is in doubt, or is still owed; and with what was quarantined."""

from datetime import datetime
from uuid import UUID

from surereply.admin.refused import Refused
from surereply.domain.identity import new_id
from surereply.store import doubts, quarantine
from surereply.store.acts import note_act
from surereply.store.database import Database

NOT_LISTED = Refused("not_listed", "only a reply that failed or is in doubt, and is still listed, can be settled")
NOT_PENDING = Refused("not_pending", "only a reply that is still PENDING can be taken back; this one may have left")


async def resend(db: Database, bucket: int, reply_id: UUID, operator: str, now: datetime) -> Refused | None:
    """Send it again, once, under the same key. One in doubt may arrive twice: the person consents to that."""
    async with db.transaction() as tx:
        return None if await doubts.resend(tx, bucket, reply_id, operator, now) else NOT_LISTED


async def discard(db: Database, bucket: int, reply_id: UUID, operator: str, now: datetime) -> Refused | None:
    """Take it off the list; nothing is sent."""
    async with db.transaction() as tx:
        return None if await doubts.discard(tx, bucket, reply_id, operator, now) else NOT_LISTED


async def withdraw(db: Database, bucket: int, reply_id: UUID, operator: str, now: datetime) -> Refused | None:
    """Take back what is still owed."""
    async with db.transaction() as tx:
        return None if await doubts.withdraw(tx, bucket, reply_id, operator, now) else NOT_PENDING


async def resolve(db: Database, bucket: int, item_id: UUID, operator: str, now: datetime) -> None:
    """Somebody looked at it; doing it again changes nothing."""
    async with db.transaction() as tx:
        if await quarantine.resolve(tx, bucket, item_id, operator, now):
            detail = {"quarantine_id": str(item_id)}
            await note_act(tx, bucket, new_id(now), "resolve_quarantine", operator, now, detail=detail)
