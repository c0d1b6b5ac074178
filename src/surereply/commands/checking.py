"""`doctor` and `verify`: the checks one after another, as a table, and what they add up to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table

from surereply import doctor, verify
from surereply.commands.database import database_url
from surereply.commands.failures import WrongUse, told
from surereply.config import Settings, WrongSettings, read_settings
from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.store import checklist, flows
from surereply.store.checklist import LineStanding
from surereply.store.database import DatabaseUnreachable, Tx, connect
from surereply.store.embedded_home import EmbeddedPostgresError
from surereply.store.migrate import Standing, schema_state
from surereply.verify import Deployment
from surereply.whatsapp.account import Check
from surereply.whatsapp.http import open_http


def run_doctor(*, offline: bool) -> int:
    try:
        settings = read_settings()
    except WrongSettings as error:
        return _show([Check("settings", False, problem) for problem in error.problems], "healthy")
    return _show(asyncio.run(_examine(settings, offline=offline)), "healthy")


def run_verify(url: str | None, *, offline: bool) -> int:
    settings = read_settings()
    if settings.admin_token is None:
        raise WrongUse("set SUREREPLY_ADMIN_TOKEN to the one that the deployment was started with")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - asked, not bound
    checks = asyncio.run(_verify(settings, (url or f"http://{host}:{settings.port}").rstrip("/"), offline=offline))
    return _show(checks, "READY")


async def _examine(settings: Settings, *, offline: bool) -> list[Check]:
    """Settings, flow, database, schema, clock, partitions, lines; then models and WhatsApp."""
    checks = [*doctor.check_settings(settings), *doctor.check_flow_file(settings)]
    standings: list[LineStanding] = []
    try:
        async with database_url(settings) as url:
            db = await connect(url, name="doctor", most=1)
            try:
                async with db.connection() as tx:
                    found, standings = await _examine_database(tx, settings)
                    checks += found
            finally:
                await db.close()
    except (DatabaseUnreachable, EmbeddedPostgresError) as error:
        return [*checks, Check("database", False, next(iter(told(error))))]
    if not offline:
        checks += await doctor.ask_models(settings)
        async with open_http() as http:
            checks += await doctor.ask_whatsapp(http, settings, standings)
    return checks


async def _examine_database(tx: Tx, settings: Settings) -> tuple[list[Check], list[LineStanding]]:
    asked = datetime.now(UTC)
    facts = await checklist.server_facts(tx)
    state = await schema_state(tx)
    answered = datetime.now(UTC)
    checks = [
        *doctor.check_server(facts),
        doctor.check_clock(facts.now, asked, answered),
        doctor.check_schema(state),
    ]
    if state.standing is not Standing.CURRENT:
        return checks, []
    standings = await checklist.line_standings(tx)
    checks.append(doctor.check_partitions(await checklist.missing_partitions(tx, facts.now)))
    checks += doctor.check_lines(standings, settings, facts.now)
    return checks, standings


async def _verify(settings: Settings, url: str, *, offline: bool) -> list[Check]:
    """Doctor's checks, then the database's, then the deployment's own answers."""
    async with database_url(settings) as database:
        db = await connect(database, name="verify", most=1)
        try:
            async with db.connection() as tx:
                checks, standings = await _examine_database(tx, settings)
                if all(check.ok for check in checks if check.name == "schema"):
                    checks += [check async for check in _look(tx)]
        finally:
            await db.close()
    found = {standing.line.name: doctor.credentials_of(standing, settings) for standing in standings}
    credentials = {name: one for name, one in found.items() if not isinstance(one, str)}
    assert settings.admin_token is not None
    async with open_http() as http:
        deployment = Deployment(http, url, settings.admin_token.get_secret_value(), credentials)
        for check in verify.OVER_HTTP:
            checks.append(await check(deployment))
            if check is verify.check_process and not checks[-1].ok:
                break  # nobody is there to ask
        if not offline:
            checks += await doctor.ask_models(settings)
            checks += await doctor.ask_whatsapp(http, settings, standings)
    return checks


async def _look(tx: Tx) -> AsyncIterator[Check]:
    now = datetime.now(UTC)
    for check in verify.IN_DATABASE:
        yield await check(tx, now)
    asked = await checklist.most_questions(tx)
    versions: dict[tuple[str, int], Flow] = {}
    for one in asked:
        source = await flows.source_of(tx, one.flow_name, one.flow_version)
        versions[one.flow_name, one.flow_version] = parse_flow(source or "", f"{one.flow_name} {one.flow_version}")
    yield verify.check_question_limit(asked, versions)


def _show(checks: Sequence[Check], well: str) -> int:
    """A row a check; then what they add up to. 0 if all is well, else 1."""
    table = Table("", "check", "what was found")
    for check in checks:
        table.add_row("ok" if check.ok else "WRONG", check.name, check.line)
    Console().print(table)
    wrong = [check for check in checks if not check.ok]
    if not wrong:
        typer.echo(well)
        return 0
    typer.echo(f"not {well}: {len(wrong)} of {len(checks)} checks failed")
    for check in wrong:
        typer.echo(f"  {check.name}: {check.line}")
    return 1
