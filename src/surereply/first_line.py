"""The line that the settings describe, with its flow: brought up to date at each start."""

from dataclasses import replace
from datetime import datetime

import structlog

from surereply.config import Settings
from surereply.domain.flow_file import parse_flow
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.store import flows, lines, partitions
from surereply.store.database import Database
from surereply.store.secrets import Credentials

log = structlog.get_logger()


async def put_first_line(db: Database, settings: Settings, now: datetime) -> dict[str, Credentials]:
    """The line that the settings describe, with its flow; its credentials stay in the environment."""
    number = settings.whatsapp_phone_number_id
    if number is None:
        return {}
    assert settings.flow is not None
    source = settings.flow.read_text(encoding="utf-8")
    flow = parse_flow(source, str(settings.flow))
    await partitions.make_ahead(db, now)
    async with db.transaction() as tx:
        loaded = await flows.load_flow(tx, flow.name, source, now)
        known = next((one.line for one in await lines.all_lines(tx) if one.line.phone_number_id == number), None)
        line = known or Line(bucket_of(number), new_id(now), number, number, flow.name)
        wanted = replace(
            line, flow_name=flow.name, settings=replace(line.settings, unknown_policy=settings.unknown_policy)
        )
        if wanted != known:
            await lines.put_line(tx, wanted, None, now)
    if loaded.active != loaded.version:
        log.info(
            "flow.kept",
            flow=flow.name,
            active=loaded.active,
            file=loaded.version,
            why=f"the file is as it was at the last start, and version {loaded.active} was chosen since; "
            "change the file, or choose its version in the panel",
        )
    secret = (settings.whatsapp_access_token, settings.whatsapp_app_secret, settings.whatsapp_verify_token)
    return {number: Credentials(*(one.get_secret_value() if one else "" for one in secret))}
