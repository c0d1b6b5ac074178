"""A wire to PostgreSQL that a test can cut: at once, or between a COMMIT and its answer."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

CHUNK_BYTES = 65_536
AnyWire = TypeVar("AnyWire", bound="Wire")


class Wire:
    """Stands between the business and its database; `url` is the database as seen through it."""

    def __init__(self, database_url: str) -> None:
        self._to = urlsplit(database_url)
        self.url = ""
        self.is_down = False
        self.answers_lost = 0
        self._lose_after: bytes | None = None
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """The database is gone: connections are reset, new ones refused."""
        self.is_down = True
        for writer in self._open:
            writer.transport.abort()

    def mend(self) -> None:
        self.is_down = False

    def lose_the_answer_to(self, statement: str) -> None:
        """Once, the server gets and answers this, and nobody hears the answer."""
        self._lose_after = statement.encode()

    def listen_at(self, port: int) -> None:
        query = [(key, value) for key, value in parse_qsl(self._to.query) if key not in ("host", "port")]
        user = f"{self._to.netloc.rpartition('@')[0]}@" if "@" in self._to.netloc else ""
        self.url = urlunsplit(self._to._replace(netloc=f"{user}127.0.0.1:{port}", query=urlencode(query)))

    async def carry(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        if self.is_down:
            to_client.transport.abort()
            return
        from_server, to_server = await self._connect()
        here = {to_client, to_server}
        self._open |= here
        lost = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(self._requests(from_client, to_server, lost))
                both_ways.create_task(self._answers(from_server, to_client, lost))
        except* (OSError, EOFError):
            pass
        finally:
            self._open -= here
            for writer in here:
                writer.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        query = dict(parse_qsl(self._to.query))
        host, port = query.get("host", self._to.hostname or ""), self._to.port or int(query.get("port", "5432"))
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if self._lose_after is not None and self._lose_after in chunk:
                self._lose_after = None
                lost.set()
            writer.write(chunk)
            await writer.drain()
        raise EOFError

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if lost.is_set():
                self.answers_lost += 1
                break
            writer.write(chunk)
            await writer.drain()
        raise EOFError


@asynccontextmanager
async def open_wire(database_url: str) -> AsyncIterator[Wire]:
    async with carrying(Wire(database_url)) as wire:
        yield wire


@asynccontextmanager
async def carrying(wire: AnyWire) -> AsyncIterator[AnyWire]:
    """The wire listens until the block ends."""
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.listen_at(server.sockets[0].getsockname()[1])
    try:
        yield wire
    finally:
        wire.cut()
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await server.wait_closed()
