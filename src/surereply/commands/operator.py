"""`operator add|link|list`: the people in the panel, and the links that sign them in."""

import asyncio
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table

from surereply.admin import operators as acts
from surereply.admin.operators import Token, link_for
from surereply.admin.refused import Refused
from surereply.commands.database import open_database
from surereply.commands.failures import WrongUse
from surereply.config import Settings, read_settings
from surereply.domain.operators import Role
from surereply.store import operators

BY = "command line"


def add_operator(name: str, role: str, url: str | None) -> int:
    settings = read_settings()
    return _tell(asyncio.run(_add(settings, name, Role(role))), settings, url)


async def _add(settings: Settings, name: str, role: Role) -> Token | Refused:
    async with open_database(settings) as db:
        return await acts.add_operator(db, name, role, BY, datetime.now(UTC))


def make_link(name: str, url: str | None) -> int:
    settings = read_settings()
    return _tell(asyncio.run(_make_link(settings, name)), settings, url)


async def _make_link(settings: Settings, name: str) -> Token | Refused:
    async with open_database(settings) as db:
        return await acts.make_link(db, BY, datetime.now(UTC), name=name)


def _tell(link: Token | Refused, settings: Settings, url: str | None) -> int:
    if isinstance(link, Refused):
        raise WrongUse(link.sentence)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - shown, not bound
    typer.echo("signs in once, within 24 hours; give it to nobody else:", err=True)
    typer.echo(link_for((url or f"http://{host}:{settings.port}").rstrip("/"), link))
    return 0


def list_operators() -> int:
    return asyncio.run(_list(read_settings()))


async def _list(settings: Settings) -> int:
    async with open_database(settings) as db, db.connection() as tx:
        rows = await operators.all_operators(tx)
    if not rows:
        typer.echo("there is no operator; `surereply operator add NAME --role admin` makes one")
        return 0
    table = Table("name", "role", "signs in with", "last seen")
    for row in rows:
        seen = row.seen_at.astimezone().strftime("%Y-%m-%d %H:%M") if row.seen_at else ""
        ways = "removed" if row.removed_at else "password or link" if row.has_password else "link"
        table.add_row(row.name, row.role, ways, seen)
    Console().print(table)
    return 0
