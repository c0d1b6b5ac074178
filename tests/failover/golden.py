"""PostgreSQL's programs, and the data of a node that was made once and shut down: what every cluster starts from."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from failover.nodes import DATABASE, Node, Programs
from support.ports import own_port
from support.postgres import SERVER_VARIABLE, apply_schema, in_a_loop, on_connection, open_folder
from surereply.store.embedded_cluster import find_binaries
from surereply.store.embedded_home import choose_account


@dataclass(frozen=True, slots=True)
class Golden:
    """`data` holds the schema and nothing else; its server was shut down."""

    programs: Programs
    data: Path


@contextmanager
def golden() -> Iterator[Golden]:
    """Made in a second or two, and gone with the block."""
    folder = open_folder()
    try:
        programs = find_programs(folder)
        node = Node(programs, folder, "golden", own_port())
        in_a_loop(lambda: _make(node))
        yield Golden(programs, node.data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_programs(folder: Path) -> Programs:
    """Those of the server that the tests run on, where it is on this machine: the distribution's, in CI's second run.
    Else the wheel's."""
    account = choose_account(folder)
    if SERVER_VARIABLE in os.environ:
        found: list[Path] = []

        async def ask(connection: "asyncpg.Connection[Any]") -> None:
            found.append(Path(await connection.fetchval("SELECT setting FROM pg_config WHERE name = 'BINDIR'")))

        in_a_loop(lambda: on_connection(os.environ[SERVER_VARIABLE], ask))
        if (found[0] / "initdb").exists():
            return Programs(found[0], account)
    return Programs(find_binaries(folder, account), account)


async def _make(node: Node) -> None:
    await node.make()
    await node.start()
    try:
        async with node.connection() as connection:
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        async with node.connection(DATABASE) as connection:
            await apply_schema(connection)
    finally:
        await node.stop()


@contextmanager
def home_of_nodes() -> Iterator[Path]:
    """A folder for the nodes of one test."""
    folder = open_folder()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def in_its_own_loop(work: Any) -> Any:
    return asyncio.run(work)
