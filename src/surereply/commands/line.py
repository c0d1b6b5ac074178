"""`line add|list|rotate`, `hold`, `release`: the business's numbers, and whether they may send."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from surereply.commands.database import open_database
from surereply.commands.failures import WrongUse
from surereply.commands.flow_files import sound_flow
from surereply.config import Settings, read_settings
from surereply.doctor import credentials_of
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.store import checklist, flows, lines
from surereply.store.database import Tx
from surereply.store.secrets import Credentials, seal

# As WhatsApp names them: where each is found, for the one who is asked.
SECRETS = {
    "access_token": "Access token (a system user's, with whatsapp_business_messaging)",
    "app_secret": "App secret (App settings > Basic)",
    "verify_token": "Verify token (of your choice; the same in the webhook's configuration)",
}


def add_line(number: str, flow_file: Path, name: str | None, *, from_input: bool) -> int:
    if not number.isdigit():
        raise WrongUse("the phone number's id has digits alone; WhatsApp > API Setup shows it as Phone number ID")
    settings = read_settings()
    secret_key = _secret_key(settings)
    flow, source = sound_flow(flow_file)
    sealed = seal(_ask_secrets(from_input), secret_key)
    return asyncio.run(_add(settings, number, name, flow.name, source, sealed))


async def _add(settings: Settings, number: str, name: str | None, flow_name: str, source: str, sealed: bytes) -> int:
    now = datetime.now(UTC)
    async with open_database(settings) as db, db.transaction() as tx:
        known = _find(await lines.all_lines(tx), number)
        version = await flows.put_flow(tx, flow_name, source, "command line", now)
        if known is None:
            line = Line(bucket_of(number), new_id(now), number, name or number, flow_name)
        else:
            line = Line(
                known.line.bucket, known.line.id, number, name or known.line.name, flow_name, known.line.settings
            )
        await lines.put_line(tx, line, sealed, now)
    typer.echo(f"line {line.name} answers by flow {flow_name}, version {version}; `serve` takes it up within 5 s")
    return 0


def list_lines() -> int:
    return asyncio.run(_list(read_settings()))


async def _list(settings: Settings) -> int:
    now = datetime.now(UTC)
    async with open_database(settings) as db, db.connection() as tx:
        standings = await checklist.line_standings(tx)
    if not standings:
        typer.echo("there is no line; `surereply line add` makes one, or set SUREREPLY_WHATSAPP_PHONE_NUMBER_ID")
        return 0
    table = Table("phone number id", "name", "flow", "secrets", "sends")
    for standing in standings:
        line = standing.line
        version = standing.flow_version or "none"
        credentials = credentials_of(standing, settings)
        table.add_row(
            line.phone_number_id,
            line.name,
            f"{line.flow_name} ({version})",
            credentials if isinstance(credentials, str) else "open",
            "; ".join(standing.obstacles(now)) or "yes",
        )
    Console().print(table)
    return 0


def rotate_line(number: str, *, from_input: bool) -> int:
    settings = read_settings()
    if number == settings.whatsapp_phone_number_id:
        return asyncio.run(_resume(settings, number))
    secret_key = _secret_key(settings)
    return asyncio.run(_rotate(settings, number, seal(_ask_secrets(from_input), secret_key)))


async def _resume(settings: Settings, number: str) -> int:
    """The line of the settings: its secrets are the environment's, so only what a dead one stopped is undone."""
    async with open_database(settings) as db, db.transaction() as tx:
        line = (await _known(tx, number)).line
        await lines.resume(tx, line.bucket, line.id)
    typer.echo(
        f"line {line.name} sends again; its secrets are those of SUREREPLY_WHATSAPP_…: "
        "set the new ones and start `serve` again"
    )
    return 0


async def _rotate(settings: Settings, number: str, sealed: bytes) -> int:
    async with open_database(settings) as db, db.transaction() as tx:
        line = (await _known(tx, number)).line
        await lines.put_line(tx, line, sealed, datetime.now(UTC))
        await lines.resume(tx, line.bucket, line.id)
    typer.echo(f"line {line.name} has its new secrets and may send; `serve` takes them up within 5 s")
    return 0


def hold_everything() -> int:
    return asyncio.run(_hold(read_settings()))


async def _hold(settings: Settings) -> int:
    async with open_database(settings) as db, db.transaction() as tx:
        held = await lines.hold(tx, datetime.now(UTC))
        owed = await checklist.count_owed(tx)
    typer.echo(f"{held} line(s) held, {owed} replies owed: nothing goes out until `surereply release`")
    return 0


def release_everything() -> int:
    return asyncio.run(_release(read_settings()))


async def _release(settings: Settings) -> int:
    async with open_database(settings) as db, db.transaction() as tx:
        owed = await checklist.count_owed(tx)
        released = await lines.release(tx)
    typer.echo(f"{released} line(s) released; {owed} replies owed may go out")
    return 0


def _secret_key(settings: Settings) -> str:
    if settings.secret_key is None:
        raise WrongUse("set SUREREPLY_SECRET_KEY, under which secrets are kept; `openssl rand -hex 32` makes one")
    return settings.secret_key.get_secret_value()


def _ask_secrets(from_input: bool) -> Credentials:
    if from_input:
        return _read_secrets(sys.stdin.read())
    if not sys.stdin.isatty():
        raise WrongUse("there is no terminal to ask for the secrets; give them with --stdin")
    return Credentials(**{name: typer.prompt(text, hide_input=True).strip() for name, text in SECRETS.items()})


def _read_secrets(text: str) -> Credentials:
    try:
        given = json.loads(text)
        secrets = {name: given[name].strip() for name in SECRETS}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise WrongUse(f"standard input must be a JSON object with the texts {', '.join(SECRETS)}") from None
    empty = [name for name, value in secrets.items() if not value]
    if empty:
        raise WrongUse(f"{empty[0]} is empty")
    return Credentials(**secrets)


async def _known(tx: Tx, number: str) -> lines.StoredLine:
    known = _find(await lines.all_lines(tx), number)
    if known is None:
        raise WrongUse(f"there is no line {number}; `surereply line list` shows them")
    return known


def _find(stored: list[lines.StoredLine], number: str) -> lines.StoredLine | None:
    return next((one for one in stored if one.line.phone_number_id == number), None)
