"""`export leads` and `erase CONTACT`: what is known of customers, taken out or taken away."""

import asyncio
import csv
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import typer

from surereply.admin.erase import NO_SECRET_KEY, erase_person
from surereply.admin.refused import Refused
from surereply.commands.database import open_database
from surereply.commands.failures import WrongUse
from surereply.config import Settings, read_settings
from surereply.store.database import to_json
from surereply.store.erasure import wamid_hash
from surereply.store.exporting import ExportedLead, field_names, leads
from surereply.store.person import find_person

# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV Injection).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n")
COLUMNS = ("id", "flow", "line", "phone", "profile_name", "stage", "service", "score", "opened_at", "updated_at",
           "closed_at")  # fmt: skip


def write_leads(form: str, flow: str | None) -> int:
    return asyncio.run(_write_leads(read_settings(), form, flow))


async def _write_leads(settings: Settings, form: str, flow: str | None) -> int:
    async with open_database(settings) as db, db.transaction() as tx:
        if form == "json":
            async for lead in leads(tx, flow):
                typer.echo(to_json(lead))
            return 0
        names = await field_names(tx, flow)
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(safe_cells([*COLUMNS, *names]))
        async for lead in leads(tx, flow):
            writer.writerow(safe_cells(_cells(lead, names)))
    return 0


def _cells(lead: ExportedLead, names: Iterable[str]) -> list[Any]:
    plain = asdict(lead)
    return [*(plain[column] for column in COLUMNS), *(lead.fields.get(name) for name in names)]


def safe_cells(values: Iterable[Any]) -> list[str]:
    """Cells of a CSV row: nothing that a customer wrote becomes a formula."""
    return [_safe(value) for value in values]


def _safe(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case bool() | dict() | list():
            text = json.dumps(value, ensure_ascii=False)
        case int() | float():
            return str(value)  # a number of ours may be negative
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def erase_contact(named: str, *, confirmed: bool) -> int:
    settings = read_settings()
    if settings.secret_key is None:
        raise WrongUse(NO_SECRET_KEY.sentence)
    return asyncio.run(_erase_contact(settings, settings.secret_key.get_secret_value(), named, confirmed))


async def _erase_contact(settings: Settings, secret_key: str, named: str, confirmed: bool) -> int:
    async with open_database(settings) as db:
        async with db.connection() as tx:
            people = await find_person(tx, named)
        if not people:
            raise WrongUse(
                "nobody is known by that; give a phone number with its country code, a BSUID or a contact id"
            )
        conversations = sum(len(person.conversation_ids) for person in people)
        if not confirmed:
            typer.confirm(f"Erase this contact, with {conversations} conversation(s), for good?", abort=True)
        for person in people:
            erased = await erase_person(db, person, wamid_hash(secret_key), "command line", datetime.now(UTC))
            if isinstance(erased, Refused):
                raise WrongUse(erased.sentence)
            typer.echo(
                f"erased: {erased.conversations} conversation(s), {erased.messages} messages, "
                f"{erased.replies} replies, {erased.leads} lead(s)"
            )
    return 0
