"""`export leads` and `erase CONTACT`: what is known of customers, taken out or taken away."""

import asyncio
import sys
from datetime import UTC, datetime

import typer

from surereply.admin.erase import NO_SECRET_KEY, erase_person
from surereply.admin.exported_leads import as_csv, as_json_lines
from surereply.admin.refused import Refused
from surereply.commands.database import open_database
from surereply.commands.failures import WrongUse
from surereply.config import Settings, read_settings
from surereply.store.erased_keys import wamid_hash
from surereply.store.exporting import WantedLeads
from surereply.store.person import find_person


def write_leads(form: str, flow: str | None) -> int:
    return asyncio.run(_write_leads(read_settings(), form, flow))


async def _write_leads(settings: Settings, form: str, flow: str | None) -> int:
    lines = as_json_lines if form == "json" else as_csv
    async with open_database(settings) as db, db.transaction() as tx:
        async for line in lines(tx, WantedLeads(flow)):
            sys.stdout.write(line)
    return 0


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
