"""The migrations sum up to schema.sql, may be applied by many at once, and a schema that is not ours is refused."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import surereply.store
from support.faults import fault
from surereply.config import Settings
from surereply.domain.identity import new_id
from surereply.processes import serve_all
from surereply.store import migrate as migrations
from surereply.store.database import connect
from surereply.store.migrate import (
    MigrationFailed,
    Standing,
    WrongSchema,
    known_revisions,
    migrate,
    require_schema,
    schema_state,
)
from surereply.store.partitions import PARTITIONED

SCHEMA = Path(surereply.store.__file__).with_name("schema.sql").read_text()

# Everything of our own: neither alembic's table nor the months' partitions, which come with time.
OURS = """
    n.nspname = 'public' AND c.relname <> 'alembic_version' AND c.relname NOT LIKE 'alembic%'
    AND (NOT c.relispartition OR c.relname LIKE '%_default' OR c.relname LIKE '%_default_%')
"""
CATALOGUE = {
    "tables": f"""
        SELECT c.relname, c.relkind::text, c.reloptions::text, pg_get_partkeydef(c.oid),
               pg_get_expr(c.relpartbound, c.oid), c.relpersistence::text
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OURS}
         ORDER BY 1
    """,
    "columns": f"""
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE {OURS}
         ORDER BY 1, 2
    """,
    "constraints": f"""
        SELECT c.relname, o.conname, pg_get_constraintdef(o.oid), o.convalidated
          FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {OURS}
         ORDER BY 1, 2
    """,
    "indexes": f"""
        SELECT c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid
          FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE {OURS}
         ORDER BY 1, 2
    """,
    "others": """
        SELECT 'function', proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'public'
         UNION ALL
        SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal
         UNION ALL
        SELECT 'type', typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
         WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd')
         ORDER BY 1, 2
    """,
}


async def catalogue(url: str) -> dict[str, list[tuple[Any, ...]]]:
    connection = await asyncpg.connect(url)
    try:
        return {name: [tuple(row) for row in await connection.fetch(sql)] for name, sql in CATALOGUE.items()}
    finally:
        await connection.close()


async def run(url: str, sql: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await (connection.fetchval(sql, *arguments) if arguments else connection.execute(sql))
    finally:
        await connection.close()


async def standing(url: str) -> Standing:
    connection = await asyncpg.connect(url)
    try:
        return (await schema_state(connection)).standing
    finally:
        await connection.close()


async def test_the_migrations_sum_up_to_the_schema(empty_database_url: str, database_url: str) -> None:
    """F1. If this fails after an edit of schema.sql, a migration is missing."""
    await migrate(empty_database_url)

    assert await catalogue(empty_database_url) == await catalogue(database_url)


async def test_a_difference_in_an_option_a_default_or_a_check_shows_in_the_catalogue(
    empty_database_url: str, database_url: str
) -> None:
    """The comparison above sees what it is for."""
    await migrate(empty_database_url)
    for name, change in {
        "tables": "ALTER TABLE unread SET (fillfactor = 90)",
        "columns": "ALTER TABLE delivery ALTER COLUMN simulated DROP DEFAULT",
        "constraints": "ALTER TABLE merge_ticket ADD CHECK (evidence <> '')",
        "indexes": "DROP INDEX reply_key_cause",
    }.items():
        await run(empty_database_url, change)

        assert (await catalogue(empty_database_url))[name] != (await catalogue(database_url))[name]


async def test_an_empty_database_is_migrated_and_gets_its_partitions(empty_database_url: str) -> None:
    before = await standing(empty_database_url)

    applied = await migrate(empty_database_url)

    assert before is Standing.MISSING
    assert applied == known_revisions()
    assert await standing(empty_database_url) is Standing.CURRENT
    for parent in PARTITIONED:
        name = f"{parent}_{datetime.now(UTC):%Y_%m}"
        assert await run(empty_database_url, "SELECT to_regclass($1) IS NOT NULL", name)


async def test_migrating_again_applies_nothing_and_loses_nothing(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    now = datetime.now(UTC)
    await run(
        empty_database_url,
        "INSERT INTO erased_key VALUES (1, $1, $2) RETURNING 1",
        b"hash",
        now,
    )

    assert await migrate(empty_database_url) == []
    assert await run(empty_database_url, "SELECT count(*) FROM erased_key WHERE bucket = $1", 1) == 1


async def test_many_migrate_at_once_and_one_applies(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))

    assert sorted(applied) == [[], [], [], known_revisions()]


async def test_a_migration_that_fails_leaves_nothing_behind(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second revision whose last statement fails: the first statements of it are not there, either."""
    await migrate(empty_database_url)
    add_revision(tmp_path, monkeypatch, "CREATE TABLE half_done (id integer);\nSELECT 1 / 0;")

    with pytest.raises(MigrationFailed, match="division by zero"):
        await migrate(empty_database_url)
    assert await run(empty_database_url, "SELECT to_regclass($1) IS NULL", "half_done")
    assert await standing(empty_database_url) is Standing.BEHIND


async def test_a_database_behind_is_brought_up_to_date_from_where_it_stands(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty_database_url)
    add_revision(tmp_path, monkeypatch, "CREATE TABLE later (id integer);")

    assert await standing(empty_database_url) is Standing.BEHIND
    assert await migrate(empty_database_url) == ["9000_later"]
    assert await run(empty_database_url, "SELECT to_regclass($1) IS NOT NULL", "later")
    assert await standing(empty_database_url) is Standing.CURRENT


async def test_a_newer_schema_is_neither_served_nor_migrated(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await run(empty_database_url, "UPDATE alembic_version SET version_num = '9999_future'")

    assert await standing(empty_database_url) is Standing.NEWER
    with pytest.raises(WrongSchema, match="install the version"):
        await migrate(empty_database_url)


async def test_a_schema_that_is_not_ours_is_refused_with_the_command_to_run(empty_database_url: str) -> None:
    """OPS-2"""
    db = await connect(empty_database_url, name="test", most=1)
    try:
        async with db.connection() as tx:
            with pytest.raises(WrongSchema, match="run `surereply migrate`"):
                await require_schema(tx)
    finally:
        await db.close()


def test_the_server_does_not_start_on_a_schema_that_is_not_its_own(empty_database_url: str) -> None:
    """OPS-2: also where some schema is there, and a single revision is missing."""
    settings = Settings(database_url=empty_database_url, _env_file=None)

    with pytest.raises(WrongSchema, match="surereply migrate"):
        serve_all(settings, roles=frozenset({"reconcile"}))


@fault(54)
async def test_rows_of_a_month_without_partition_move_into_it(empty_database_url: str) -> None:
    """What fell into a default partition is where it belongs after the next `migrate`."""
    await migrate(empty_database_url)
    now = datetime.now(UTC)
    await run(empty_database_url, f"DROP TABLE delivery_{now:%Y_%m}")
    await run(
        empty_database_url,
        "INSERT INTO delivery VALUES (1, $1, $2, 1, 0, 0, 0, 0) RETURNING 1",
        new_id(now),
        now,
    )

    await migrate(empty_database_url)

    assert await run(empty_database_url, "SELECT count(*) FROM delivery_default WHERE bucket = $1", 1) == 0
    assert await run(empty_database_url, f"SELECT count(*) FROM delivery_{now:%Y_%m} WHERE bucket = $1", 1) == 1


def add_revision(folder: Path, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    """The program's migrations, and one more."""
    for path in migrations.MIGRATIONS.glob("0*"):
        (folder / path.name).write_text(path.read_text())
    newest = known_revisions()[-1]
    (folder / "9000_later.sql").write_text(sql)
    (folder / "9000_later.py").write_text(
        re.sub(
            r"^revision = .*\ndown_revision = .*$",
            f'revision = "9000_later"\ndown_revision = "{newest}"',
            (folder / f"{newest}.py").read_text(),
            flags=re.MULTILINE,
        )
    )
    monkeypatch.setattr(migrations, "MIGRATIONS", folder)
