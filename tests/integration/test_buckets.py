"""`bucket` comes first in every key and stands in every statement of the four steps: Citus could distribute by it."""

from typing import Any

import asyncpg
import pytest

from support.sql_of_steps import statements_of_steps, unbucketed

# Small, the same for all lines, and needed on every node.
WITHOUT_BUCKET = {
    "flow",
    "flow_version",
    "service_type",
    "alembic_version",
    "operator",
    "sign_in",
    "sign_in_link",
    "endpoint",
}

EXEMPT = {
    "lines.all_lines": "the directory copies the few lines of every bucket, a few times a minute",
    "announcements.prune": "hourly maintenance by age, on all shards alike",
    "partitions.prune_keys": "hourly maintenance by age, on all shards alike",
    "partitions.prune_inbound_keys": "the same, and in a rehearsal that is rolled back those of its wamids alone",
}


async def test_tables_without_a_bucket_are_the_few_that_belong_on_every_node(database_url: str) -> None:
    tables = await _fetch(database_url, _TABLES)

    assert {row["name"] for row in tables if not row["has_bucket"]} == WITHOUT_BUCKET
    assert len(tables) > 25


async def test_the_bucket_comes_first_in_every_primary_key_and_unique_index(database_url: str) -> None:
    keys = await _fetch(database_url, _UNIQUE)

    assert [row["index"] for row in keys if row["first"] != "bucket"] == []
    primary = {row["name"] for row in keys if row["is_primary"]}
    assert primary == {row["name"] for row in await _fetch(database_url, _TABLES) if row["has_bucket"]}


async def test_every_foreign_key_between_tables_with_a_bucket_holds_it_on_both_sides(database_url: str) -> None:
    keys = await _fetch(database_url, _FOREIGN)

    assert keys
    assert [row["name"] for row in keys if (row["here"], row["there"]) != ("bucket", "bucket")] == []


async def test_the_bucket_is_stored_small_and_never_empty(database_url: str) -> None:
    columns = await _fetch(database_url, _COLUMNS)

    assert {(row["type"], row["not_null"]) for row in columns} == {("smallint", True)}


async def test_every_statement_of_the_four_steps_says_in_which_bucket(database_url: str) -> None:
    tables = frozenset(row["name"] for row in await _fetch(database_url, _TABLES) if row["has_bucket"])

    statements = statements_of_steps()
    wrong = {
        f"{one.place}: {what}": one.sql
        for one in statements
        if one.place not in EXEMPT
        for what in unbucketed(one.sql, tables)
    }

    assert wrong == {}


async def test_the_exempt_statements_are_there_and_need_to_be(database_url: str) -> None:
    """An exemption that nothing needs any more is a hole."""
    tables = frozenset(row["name"] for row in await _fetch(database_url, _TABLES) if row["has_bucket"])

    needed = {one.place for one in statements_of_steps() if unbucketed(one.sql, tables)}

    assert needed == set(EXEMPT)


def test_the_statements_of_every_step_are_found() -> None:
    """The reading of the source sees what it claims to see: at least one statement of each of these."""
    places = {one.place for one in statements_of_steps()}

    assert places >= {
        "inbox._take_keys", "inbox._insert_messages", "inbox._raise_tickets", "keeping._keep_reports",
        "contacts._known", "contacts._attach", "turns.claim", "turns._earlier_replies", "commit._lock_tickets",
        "turn_rows._settle_tickets", "turn_rows._supersede", "owed.insert_replies", "outbox._candidates",
        "outbox._mark_sending", "settling._settle_replies", "reports._take", "doubts.expire_sends", "merging.unite",
        "moving.move_work", "lines.lock_paces", "handovers.take_over",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("SELECT * FROM unread WHERE conversation_id = $1", 2),
        ("SELECT * FROM unread WHERE bucket = $1 AND conversation_id = $2", 0),
        ("DELETE FROM unread u USING unnest($1::smallint[]) AS k (b) WHERE u.bucket = ANY($1) AND u.bucket = k.b", 0),
        ("SELECT * FROM unread u JOIN message m ON m.id = u.message_id WHERE u.bucket = $1", 1),
        ("SELECT * FROM unread u JOIN message m ON m.bucket = u.bucket AND m.id = u.message_id WHERE u.bucket = $1", 0),
        ("INSERT INTO unread (conversation_id, bucket) VALUES ($1, $2)", 1),
        ("INSERT INTO unread (bucket, conversation_id) VALUES ($1, $2)", 0),
        ("UPDATE message m SET text = '' FROM unread u WHERE m.bucket = u.bucket AND m.id = u.message_id", 1),
    ],
)
def test_a_statement_without_its_bucket_is_seen(sql: str, wrong: int) -> None:
    assert len(unbucketed(sql, frozenset({"unread", "message"}))) == wrong


async def _fetch(database_url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(database_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


_TABLES = """
    SELECT c.relname AS name,
           EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'bucket') AS has_bucket
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""
_UNIQUE = """
    SELECT c.relname AS name, i.indexrelid::regclass::text AS index, i.indisprimary AS is_primary, a.attname AS first
      FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
     WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
       AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attname = 'bucket')
       AND NOT c.relispartition
"""
_FOREIGN = """
    SELECT f.conname AS name, h.attname AS here, t.attname AS there
      FROM pg_constraint f
      JOIN pg_attribute h ON h.attrelid = f.conrelid AND h.attnum = f.conkey[1]
      JOIN pg_attribute t ON t.attrelid = f.confrelid AND t.attnum = f.confkey[1]
     WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace
       AND EXISTS (SELECT FROM pg_attribute b WHERE b.attrelid = f.conrelid AND b.attname = 'bucket')
"""
_COLUMNS = """
    SELECT format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
     WHERE a.attname = 'bucket' AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
