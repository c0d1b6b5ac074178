"""Businesses, for each flow that comes with surereply, opened in an empty database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import surereply
from surereply.admin.operators import Token, add_operator, link_for
from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.flow_texts import in_language
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.domain.operators import Role
from surereply.lab.lines import AppSecrets, LabLine, make_lines
from surereply.store import flows, lines
from surereply.store.database import connect
from surereply.store.migrate import migrate
from surereply.store.secrets import Credentials, seal

FLOWS = ("business-services", "homes", "clinic")


@dataclass(frozen=True, slots=True)
class Business:
    line: LabLine
    flow: Flow
    source: str

    @property
    def name(self) -> str:
        return self.line.name


def make_businesses(of_each: int = 1) -> list[Business]:
    """Numbers for each of the flows that come with surereply: the flows take turns."""
    sources = {name: shipped_flow(name) for name in FLOWS}
    parsed = {name: parse_flow(source, f"{name}.yaml") for name, source in sources.items()}
    made = []
    for number, line in enumerate(make_lines(len(FLOWS) * of_each)):
        name = FLOWS[number % len(FLOWS)]
        called = in_language(parsed[name].business.name, "en", "en")
        branch = f" {number // len(FLOWS) + 1}" if of_each > 1 else ""
        made.append(Business(replace(line, name=called + branch), parsed[name], sources[name]))
    return made


def shipped_flow(name: str) -> str:
    """The text of a flow that comes with surereply: in the package where it was installed, else in the repository."""
    installed = files("surereply") / "flows" / f"{name}.yaml"
    if installed.is_file():
        return installed.read_text(encoding="utf-8")
    return (Path(surereply.__file__).parents[2] / "flows" / f"{name}.yaml").read_text(encoding="utf-8")


async def open_businesses(
    url: str, businesses: Sequence[Business], secrets: AppSecrets, secret_key: str, now: datetime
) -> None:
    """The schema, the flows, and the lines with their secrets sealed."""
    await migrate(url)
    db = await connect(url, name="lab", most=1)
    try:
        async with db.transaction() as tx:
            for business in businesses:
                await flows.put_flow(tx, business.flow.name, business.source, "lab", now)
                number = business.line.phone_number_id
                line = Line(bucket_of(number), new_id(now), number, business.name, business.flow.name)
                credentials = Credentials(business.line.access_token, secrets.app_secret, secrets.verify_token)
                await lines.put_line(tx, line, seal(credentials, secret_key), now)
    finally:
        await db.close()


async def invite_operator(database_url: str, panel_url: str, name: str, now: datetime) -> str:
    """A link that signs somebody in as an admin, once."""
    db = await connect(database_url, name="demo", most=1)
    try:
        link = await add_operator(db, name, Role.ADMIN, "demo", now)
    finally:
        await db.close()
    assert isinstance(link, Token), link
    return link_for(panel_url, link)
