"""A database that lives as long as a demo, on a server that has others: made under a new name, dropped at the end."""

import re
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from surereply.store.database import CONNECTION_LOST, DatabaseUnreachable, connect_alone, where

SCRATCH = re.compile(r"^surereply_demo_[0-9a-f]{12}$")


async def create_scratch(server: str) -> str:
    """The URL of a new, empty database. Raises `DatabaseUnreachable`, `asyncpg.PostgresError` if it is not allowed."""
    name = f"surereply_demo_{token_hex(6)}"
    connection = await _connect(server)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


async def drop_scratch(server: str, url: str) -> None:
    """Drop what `create_scratch` made, whoever is still connected to it, and nothing else."""
    name = urlsplit(url).path.removeprefix("/")
    if not SCRATCH.match(name):
        raise ValueError("only a database of a demo is dropped")
    connection = await _connect(server)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _connect(url: str) -> "asyncpg.Connection[Any]":
    try:
        return await connect_alone(url, "demo")
    except (*CONNECTION_LOST, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatabaseUnreachable(f"{where(url)}: {reason}") from error
