"""Put in a new version of a flow, and choose the one that new leads begin with."""

from datetime import datetime

from surereply.admin.refused import Refused
from surereply.domain.flow_file import BrokenFlow, parse_flow
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.store import flows
from surereply.store.acts import note_act
from surereply.store.database import Database


async def activate(db: Database, name: str, version: int, operator: str, now: datetime) -> Refused | None:
    """Leads that are open stay with the version they began with. A version that this program cannot read is refused."""
    async with db.transaction() as tx:
        source = await flows.source_of(tx, name, version)
        if source is None:
            return Refused("unknown_version", f"the flow {name} has no version {version}")
        try:
            parse_flow(source, f"{name} version {version}")
        except BrokenFlow as error:
            return Refused("broken_flow", str(error).splitlines()[0])
        await flows.activate(tx, name, version)
        detail = {"flow": name, "version": version}
        await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), "activate_flow", operator, now, detail=detail)
    return None


async def put_version(db: Database, name: str, source: str, operator: str, now: datetime) -> int | Refused:
    """A new version, active at once; the same text again is the version that it was. A broken one is refused."""
    try:
        flow = parse_flow(source, name)
    except BrokenFlow as error:
        return Refused("broken_flow", str(error).splitlines()[0])
    if flow.name != name:
        return Refused("other_flow", f"the file is of the flow {flow.name}, not of {name}")
    async with db.transaction() as tx:
        version = await flows.put_flow(tx, name, source, operator, now)
        detail = {"flow": name, "version": version}
        await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), "put_flow", operator, now, detail=detail)
    return version
