"""How long a line keeps words: said in advance, set, and on record."""

from datetime import datetime

from surereply.admin.refused import Refused
from surereply.domain.identity import new_id
from surereply.domain.line import Line, retention_problem
from surereply.store import lines, word_removal
from surereply.store.acts import note_act
from surereply.store.database import Database
from surereply.store.word_removal import ToRemove

NOTHING = ToRemove(0, 0, 0, capped=False)


async def what_would_go(db: Database, line: Line, days: int | None, now: datetime) -> ToRemove | Refused:
    """If the line kept its words for so many days from now on; nothing is changed."""
    if problem := retention_problem(days):
        return Refused("wrong_days", problem)
    if days is None:
        return NOTHING
    async with db.connection() as tx:
        return await word_removal.count_removable(tx, line.bucket, line.id, days, now)


async def set_retention(db: Database, line: Line, days: int | None, operator: str, now: datetime) -> Refused | None:
    """From now on; None: for good. What was removed does not come back."""
    if problem := retention_problem(days):
        return Refused("wrong_days", problem)
    async with db.transaction() as tx:
        was = await lines.set_retention(tx, line.bucket, line.id, days)
        if was == days:
            return None
        await word_removal.begin_round(tx, line.bucket, line.id, now)
        detail = {"line_id": str(line.id), "name": line.name, "days": days, "was": was}
        await note_act(tx, line.bucket, new_id(now), "set_retention", operator, now, detail=detail)
    return None
