"""PostgreSQL is killed or stopped at once while migrations run: nothing is left, and the next try applies all."""

import asyncio
import signal
from pathlib import Path

import pytest

from failover.cluster import until_value
from failover.nodes import DATABASE, Node
from support.commands import surereply_beside
from support.faults import fault
from support.severed import open_wire
from surereply.store import migrate as migrations
from surereply.store.database import DatabaseUnreachable, connect_alone
from surereply.store.migrate import MigrationFailed, Standing, migrate, schema_state

STANDS_STILL = """
    SELECT count(*) FROM pg_stat_activity WHERE application_name = 'surereply migrate' AND wait_event = 'relation'
"""
BOTH = "SELECT (to_regclass('half_done') IS NOT NULL)::integer + (to_regclass('whole') IS NOT NULL)::integer"


@pytest.fixture
def later_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has one more migration, which needs a table for itself in the middle."""
    for path in migrations.MIGRATIONS.glob("0*"):
        (tmp_path / path.name).write_text(path.read_text())
    newest = sorted(tmp_path.glob("0*.py"))[-1]
    (tmp_path / "9999_later.sql").write_text(
        "CREATE TABLE half_done (id integer);\nLOCK TABLE conversation;\nCREATE TABLE whole (id integer);\n"
    )
    (tmp_path / "9999_later.py").write_text(
        f'revision = "9999_later"\ndown_revision = "{newest.stem}"\n\n\n'
        "def upgrade() -> None:\n    from surereply.store.migrate import write_sql\n\n    write_sql(revision)\n"
    )
    monkeypatch.setattr(migrations, "MIGRATIONS", tmp_path)


async def standing(node: Node) -> Standing:
    connection = await connect_alone(node.url, "test")
    try:
        return (await schema_state(connection)).standing
    finally:
        await connection.close()


@fault(42)
@pytest.mark.parametrize("killed", [True, False])
async def test_a_migration_that_the_database_did_not_survive_leaves_nothing_and_is_applied_by_the_next(
    node: Node, later_revision: None, killed: bool
) -> None:
    async with node.connection(DATABASE) as rival:
        await rival.execute("BEGIN; LOCK TABLE conversation IN ACCESS SHARE MODE")
        tries = [asyncio.create_task(migrate(node.url)) for _ in range(2)]
        command = asyncio.create_task(surereply_beside("migrate", settings={"DATABASE_URL": node.url}))
        await until_value(node, STANDS_STILL, bool)
        await (node.crash() if killed else node.stop(signal.SIGQUIT))
    failed = await asyncio.gather(*tries, return_exceptions=True)
    said = await command
    await node.start()
    left = await node.value(BOTH)
    behind = await standing(node)
    again = await surereply_beside("migrate", settings={"DATABASE_URL": node.url})

    assert all(isinstance(error, MigrationFailed | DatabaseUnreachable) for error in failed)
    assert (said.code, len(said.err.splitlines())) == (2, 1)
    assert (left, behind) == (0, Standing.BEHIND)
    assert (again.code, again.out) == (0, "applied 9999_later\n")
    assert await node.value(BOTH) == 2
    assert await standing(node) is Standing.CURRENT


async def test_a_migration_whose_commit_was_cut_off_is_found_done_or_undone_by_the_next(
    node: Node, later_revision: None
) -> None:
    """Whoever asks again is told the truth: what was committed is not applied a second time."""
    async with open_wire(node.url) as wire:
        wire.lose_the_answer_to("COMMIT")
        with pytest.raises((MigrationFailed, DatabaseUnreachable)):
            await migrate(wire.url)
        applied = await migrate(node.url)

    assert wire.answers_lost == 1
    assert applied == []
    assert await node.value(BOTH) == 2
