"""A demo's own database on somebody's server: made, dropped, and nothing else touched."""

from urllib.parse import urlsplit

import asyncpg
import pytest

from surereply.store.database import DatabaseUnreachable
from surereply.store.scratch import create_scratch, drop_scratch


async def names(server: str) -> set[str]:
    connection = await asyncpg.connect(server)
    try:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


async def test_a_scratch_database_is_new_and_is_dropped_though_somebody_is_connected(postgres_server: str) -> None:
    url = await create_scratch(postgres_server)
    name = urlsplit(url).path.removeprefix("/")
    assert name in await names(postgres_server)
    connection = await asyncpg.connect(url)

    await drop_scratch(postgres_server, url)

    assert name not in await names(postgres_server)
    connection.terminate()


async def test_no_other_database_is_ever_dropped(postgres_server: str, empty_database_url: str) -> None:
    with pytest.raises(ValueError, match="only a database of a demo"):
        await drop_scratch(postgres_server, empty_database_url)

    assert urlsplit(empty_database_url).path.removeprefix("/") in await names(postgres_server)


async def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(DatabaseUnreachable) as failed:
        await create_scratch("postgresql://somebody:secret@127.0.0.1:1/postgres")

    assert "127.0.0.1:1" in str(failed.value)
    assert "secret" not in str(failed.value)
