"""The schema's history: applies what is missing, and says whether a database is of this program's own schema."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import asyncpg

from surereply.store.database import Database, DatabaseUnreachable, Tx, connect
from surereply.store.partitions import ensure_partitions

MIGRATIONS = Path(__file__).with_name("migrations")
LOCK_WITHIN = "15s"  # a migration that waits longer for a table would hold up everybody behind it
WITHIN_SECONDS = 3600.0


class MigrationFailed(Exception):
    """A migration was not applied; nothing of it is left."""


class Standing(StrEnum):
    """How a database stands to this program."""

    MISSING = "missing"
    BEHIND = "behind"
    CURRENT = "current"
    NEWER = "newer"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """What the database says of itself. `applied` is its revision, None without one; `newest` is ours."""

    standing: Standing
    applied: str | None
    newest: str

    def __str__(self) -> str:
        match self.standing:
            case Standing.CURRENT:
                return f"the schema is current ({self.newest})"
            case Standing.MISSING:
                return "the database has no schema: run `surereply migrate`"
            case Standing.BEHIND:
                return f"the schema is {self.applied}, and this program needs {self.newest}: run `surereply migrate`"
            case Standing.NEWER:
                return (
                    f"the schema is {self.applied}, which this program ({self.newest}) does not know: "
                    "install the version of surereply that migrated it"
                )


class WrongSchema(Exception):
    """The database's schema is not this program's own; the message names the command to run."""

    def __init__(self, state: SchemaState) -> None:
        super().__init__(str(state))
        self.state = state


async def require_schema(tx: Tx) -> None:
    """Raises `WrongSchema` unless the schema is this program's own."""
    state = await schema_state(tx)
    if state.standing is not Standing.CURRENT:
        raise WrongSchema(state)


async def schema_state(tx: Tx) -> SchemaState:
    """Cheap: one query, and the names of the migrations' files."""
    revisions = known_revisions()
    applied = await _applied(tx)
    if applied is None:
        standing = Standing.MISSING
    elif applied not in revisions:
        standing = Standing.NEWER
    else:
        standing = Standing.CURRENT if applied == revisions[-1] else Standing.BEHIND
    return SchemaState(standing, applied, revisions[-1])


def known_revisions() -> list[str]:
    """This program's revisions, oldest first: the names of the SQL files."""
    return sorted(path.stem for path in MIGRATIONS.glob("[0-9]*.sql"))


async def _applied(tx: Tx) -> str | None:
    if await tx.fetchval("SELECT to_regclass('alembic_version') IS NULL"):
        return None
    applied: str | None = await tx.fetchval("SELECT version_num FROM alembic_version")
    return applied


async def migrate(url: str) -> list[str]:
    """Apply what is missing and make the partitions of the months to come; the revisions applied.

    Safe to run from many processes, and beside a running `serve`: one applies, the others wait and find it done. All of
    it is one transaction. Raises `DatabaseUnreachable`, `WrongSchema` (newer than this program), `MigrationFailed`.
    """
    db = await connect(url, name="migrate", most=1)
    try:
        return await _migrate(db)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError) as error:
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MigrationFailed(f"nothing was migrated: {line}") from error
    except OSError as error:
        raise DatabaseUnreachable(f"the database went away while migrating: {error}") from error
    finally:
        await db.close()


async def _migrate(db: Database) -> list[str]:
    async with db.transaction() as tx:
        # Before anything is looked at, and with a wait as long as the migration of whoever came first.
        await tx.execute("SET LOCAL lock_timeout = 0")
        await tx.execute("SELECT pg_advisory_xact_lock(hashtext('surereply migrate'))", timeout=WITHIN_SECONDS)
        await tx.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'")
        state = await schema_state(tx)
        if state.standing is Standing.NEWER:
            raise WrongSchema(state)
        revisions = known_revisions()
        missing = revisions[revisions.index(state.applied) + 1 :] if state.applied else revisions
        if missing:
            await tx.execute(script_from(state.applied), timeout=WITHIN_SECONDS)
    async with db.transaction() as tx:
        await ensure_partitions(tx, datetime.now(UTC))
    return missing


def script_from(applied: str | None) -> str:
    """The SQL that leads from a revision (None: an empty database) to the newest, with alembic's own bookkeeping.

    alembic writes it down, and asyncpg runs it: so no second driver is needed.
    """
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext, MigrationStep
    from alembic.script import ScriptDirectory

    directory = ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])

    def steps(heads: tuple[str, ...], _: MigrationContext) -> list[MigrationStep]:
        # What alembic's own `upgrade` calls; its annotation forgets that there may be several heads.
        return list(directory._upgrade_revs("head", heads))  # type: ignore[arg-type]

    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={
            "as_sql": True,
            "output_buffer": written,
            "starting_rev": applied,
            "transactional_ddl": False,  # the transaction is ours
            "fn": steps,
        },
    )
    with Operations.context(context):
        context.run_migrations()
    return written.getvalue()


def write_sql(revision: str) -> None:
    """What a migration's `upgrade` does: the statements of the SQL file beside it, as they stand there."""
    from alembic import op

    op.get_context().impl.static_output((MIGRATIONS / f"{revision}.sql").read_text())
