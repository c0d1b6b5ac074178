"""Deliveries as they were recorded, and a server on a real socket that does what a test tells it to."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from surereply.whatsapp.http import open_http

PAYLOADS = Path(__file__).parents[2] / "payloads"


@pytest.fixture
def payload() -> Callable[[str], bytes]:
    """The bytes of `tests/payloads/{name}.json`."""
    return lambda name: (PAYLOADS / f"{name}.json").read_bytes()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_http() as opened:
        yield opened


@dataclass(slots=True)
class Connection:
    """One accepted connection, in the hands of a script."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: bytearray

    async def read_request(self) -> bytes:
        """Head and body of the next request."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.received += head
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        body = await self.reader.readexactly(length)
        self.received += body
        return head + body

    async def answer(self, status: int, body: Any, headers: str = "") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
        await self.write(head.encode() + data)

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """RST instead of FIN."""
        connected = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def until_hung_up(self) -> None:
        self.received += await self.reader.read()


Script = Callable[[Connection], Awaitable[None]]


@dataclass(slots=True)
class ScriptedServer:
    """Runs `script` on every connection, then closes it. `received` are all bytes that ever came."""

    script: Script
    port: int = 0
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v23.0"

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self.script(Connection(reader, writer, self.received))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the other side hung up, or the test is over
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Script], Awaitable[ScriptedServer]]]:
    """Starts a `ScriptedServer` that lives as long as the test."""
    running: list[tuple[asyncio.Server, ScriptedServer]] = []

    async def start(script: Script) -> ScriptedServer:
        scripted = ScriptedServer(script)
        server = await asyncio.start_server(scripted.run, "127.0.0.1", 0)
        scripted.port = server.sockets[0].getsockname()[1]
        running.append((server, scripted))
        return scripted

    yield start

    for server, scripted in running:
        server.close()
        for task in scripted.tasks:
            task.cancel()
        await asyncio.gather(*scripted.tasks, return_exceptions=True)
