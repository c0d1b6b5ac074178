"""Pause a line, let it send again, and give it new secrets."""

from datetime import datetime

from surereply.admin.refused import Refused
from surereply.domain.identity import new_id
from surereply.domain.line import Line
from surereply.store import lines
from surereply.store.acts import note_act
from surereply.store.database import Database


async def pause(db: Database, line: Line, operator: str, now: datetime) -> None:
    """Nothing owed on the line goes out; what comes in is kept and read."""
    async with db.transaction() as tx:
        await lines.pause(tx, line.bucket, line.id, now)
        await note_act(tx, line.bucket, new_id(now), "pause_line", operator, now, detail={"line_id": str(line.id)})


async def resume(db: Database, line: Line, operator: str, now: datetime) -> None:
    """Ends the pause, and a stop whose reason is settled: a new token, a payment."""
    async with db.transaction() as tx:
        await lines.resume(tx, line.bucket, line.id)
        await note_act(tx, line.bucket, new_id(now), "resume_line", operator, now, detail={"line_id": str(line.id)})


NO_SECRET_KEY = Refused("no_secret_key", "set SUREREPLY_SECRET_KEY, under which secrets are kept")


async def rotate(db: Database, line: Line, sealed: bytes | None, operator: str, now: datetime) -> Refused | None:
    """New secrets, sealed already; a line that a dead token had stopped sends again."""
    if sealed is None:
        return NO_SECRET_KEY
    async with db.transaction() as tx:
        await lines.put_line(tx, line, sealed, now)
        await lines.resume(tx, line.bucket, line.id)
        await note_act(tx, line.bucket, new_id(now), "rotate_line", operator, now, detail={"line_id": str(line.id)})
    return None
