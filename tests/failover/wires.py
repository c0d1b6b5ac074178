"""Wires to PostgreSQL that do more than `support.severed` does: they translate, follow the primary, or go deaf."""

import asyncio

from failover.cluster import Cluster
from failover.nodes import Node
from support.severed import CHUNK_BYTES, Wire

ENGLISH = b"The transaction has already committed locally, but might not have been replicated to the standby."
GERMAN = "Die Transaktion wurde lokal bereits committet, aber vielleicht nicht zum Standby repliziert."


class TranslatingWire(Wire):
    """The server behind it speaks German where it warns of a commit that was not replicated."""

    translated = 0

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            self.translated += chunk.count(ENGLISH)
            writer.write(chunk.replace(ENGLISH, GERMAN.encode().ljust(len(ENGLISH))))  # messages have lengths
            await writer.drain()
        raise EOFError


class FollowingWire(Wire):
    """An address that moves: new connections go to whoever is the primary now; those that are open stay where they are,
    as behind a proxy that does not cut them. `astray`: where they go instead."""

    def __init__(self, cluster: Cluster) -> None:
        super().__init__(cluster.primary.url)
        self._cluster = cluster
        self.astray: Node | None = None

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", (self.astray or self._cluster.primary).port)


class DeafWire(Wire):
    """The connections that hints go over may go deaf: they stay open, and nothing comes through any more."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.deaf = False
        self.swallowed = 0  # chunks of what was said to or by a deaf connection

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if b"surereply hints\0" in chunk:  # its name, as it introduces itself
                lost.set()
            await self._pass_on(chunk, writer, lost)
        raise EOFError

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            await self._pass_on(chunk, writer, lost)
        raise EOFError

    async def _pass_on(self, chunk: bytes, writer: asyncio.StreamWriter, of_hints: asyncio.Event) -> None:
        if self.deaf and of_hints.is_set():
            self.swallowed += 1
            return
        writer.write(chunk)
        await writer.drain()


# What a server that is told to stop sends on every connection, before it closes them.
TERMINATING = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"


class LateWire(Wire):
    """The server says that it ends the connections, and their ends come later than that."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._clients: list[asyncio.StreamWriter] = []

    def say_the_end(self) -> None:
        for client in self._clients:
            client.write(b"E" + (len(TERMINATING) + 4).to_bytes(4, "big") + TERMINATING)

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        self._clients.append(writer)
        await super()._answers(reader, writer, lost)
