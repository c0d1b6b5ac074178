"""One PostgreSQL server for a whole run of the tests, and a database of its own for each of them."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

import surereply.store
from surereply.store.embedded import start_embedded
from surereply.store.migrate import known_revisions
from surereply.store.partitions import ensure_partitions

SERVER_VARIABLE = "SUREREPLY_TEST_DATABASE_URL"
SCHEMA = Path(surereply.store.__file__).with_name("schema.sql")
QUICK = {"fsync": "off", "full_page_writes": "off", "max_connections": "300", "max_wal_size": "256MB"}
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2 << 30


@contextmanager
def temporary_server() -> Iterator[str]:
    """The URL of a server that nobody needs afterwards, and whose data need not survive a crash."""
    folder = open_folder()
    server = start_embedded(folder / "home", QUICK)
    try:
        yield server.dsn
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def open_folder() -> Path:
    """A new folder that the user PostgreSQL runs as may pass through, in memory where there is plenty.

    A copy of a database is a thousand small files: 30 ms in memory, 60 to 250 ms on a busy disk.
    """
    roomy = MEMORY.exists() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    in_memory = roomy and os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    folder = Path(tempfile.mkdtemp(prefix="surereply-tests-", dir=MEMORY if in_memory else None))
    folder.chmod(0o711)
    return folder


@contextmanager
def template_database(server: str) -> Iterator[str]:
    """The name of a database with the schema applied, to be copied."""
    with new_database(server, "template0") as url:
        in_a_loop(lambda: on_connection(url, apply_schema))
        yield database_name(url)


async def apply_schema(connection: "asyncpg.Connection[Any]") -> None:
    """schema.sql, which the migrations sum up to (a test proves it), with the name of the newest one."""
    await connection.execute(SCHEMA.read_text())
    await connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
    await connection.execute("INSERT INTO alembic_version VALUES ($1)", known_revisions()[-1])
    await ensure_partitions(connection, datetime.now(UTC))


@contextmanager
def new_database(server: str, template: str) -> Iterator[str]:
    """The URL of a fresh copy of a template; dropped afterwards, whoever is still connected to it."""
    name = f"surereply_test_{uuid4().hex}"
    in_a_loop(lambda: run_sql(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    try:
        yield with_database(server, name)
    finally:
        in_a_loop(lambda: run_sql(server, f"DROP DATABASE {name} WITH (FORCE)"))


def in_a_loop(work: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine from a fixture, in a thread of its own: the test's thread may have a loop already."""

    async def run() -> None:
        await work()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(run())).result()


async def run_sql(url: str, sql: str) -> None:
    async def execute(connection: "asyncpg.Connection[Any]") -> None:
        await connection.execute(sql)

    await on_connection(url, execute)


async def on_connection(url: str, work: Callable[["asyncpg.Connection[Any]"], Awaitable[None]]) -> None:
    connection = await asyncpg.connect(url)
    try:
        await work(connection)
    finally:
        await connection.close()


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def database_name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
