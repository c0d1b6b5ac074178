"""`migrate`; and how every command finds the database: one that is set, that runs, or that is started for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from surereply.config import Settings, read_settings
from surereply.store.database import Database, connect
from surereply.store.embedded import start_embedded
from surereply.store.embedded_home import find_home, running_dsn
from surereply.store.migrate import Standing, migrate, require_schema, schema_state


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """The URL of the database: SUREREPLY_DATABASE_URL, or the embedded server, also when another program runs it.

    Raises `EmbeddedPostgresError`.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    home = find_home(settings.home)
    running = running_dsn(home)
    if running is not None:
        yield running
        return
    server = await asyncio.to_thread(start_embedded, home)
    try:
        yield server.dsn
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Connections of a command. Raises `DatabaseUnreachable`, `WrongSchema`."""
    async with database_url(settings) as url:
        db = await connect(url, name="command", most=2)
        try:
            async with db.connection() as tx:
                await require_schema(tx)
            yield db
        finally:
            await db.close()


def migrate_database(*, check_only: bool) -> int:
    settings = read_settings()
    return asyncio.run(_check(settings) if check_only else _migrate(settings))


async def _check(settings: Settings) -> int:
    async with database_url(settings) as url:
        db = await connect(url, name="migrate", most=1)
        try:
            async with db.connection() as tx:
                state = await schema_state(tx)
        finally:
            await db.close()
    typer.echo(str(state))
    return 0 if state.standing is Standing.CURRENT else 1


async def _migrate(settings: Settings) -> int:
    async with database_url(settings) as url:
        applied = await migrate(url)
    for revision in applied:
        typer.echo(f"applied {revision}")
    if not applied:
        typer.echo("nothing to apply: the schema is current")
    return 0
