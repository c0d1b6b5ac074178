"""The least HTTP that both ends of the bench need, so that what is measured is the program and not the load."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

Answer = Callable[[bytes, bytes], bytes]  # path and body to the answer's bytes


class Server(asyncio.Protocol):
    """Answers keep-alive POSTs with what `answer` makes of their bodies."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (taken := self._take()) is not None:
            path, body = taken
            answer = self._answer(path, body)
            assert self._transport is not None
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (len(answer), answer)
            )

    def _take(self) -> tuple[bytes, bytes] | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self._buffer[:end]
        length = _content_length(head)
        if len(self._buffer) < end + 4 + length:
            return None
        body = self._buffer[end + 4 : end + 4 + length]
        self._buffer = self._buffer[end + 4 + length :]
        return head.split(b" ", 2)[1], body


class Client(asyncio.Protocol):
    """One keep-alive connection that POSTs, one request at a time."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self._head = f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n".encode()
        self._buffer = b""
        self._waiting: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass

    def connection_lost(self, _: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("closed"))

    async def post(self, body: bytes, signature: str) -> int:
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(
            b"%bX-Hub-Signature-256: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (self._head, signature.encode(), len(body), body)
        )
        return await self._waiting

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _content_length(self._buffer[:end])
        if len(self._buffer) < end + 4 + length:
            return
        status = int(self._buffer[9:12])
        self._buffer = self._buffer[end + 4 + length :]
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(status)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            return int(line[15:])
    return 0


class Pool:
    """Connections handed out in turn; who finds none free waits."""

    def __init__(self) -> None:
        self._free: deque[Client] = deque()
        self._available = asyncio.Semaphore(0)
        self._all: list[Client] = []

    async def open(self, host: str, port: int, path: str, connections: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, client = await loop.create_connection(lambda: Client(host, port, path), host, port)
            self._free.append(client)
            self._all.append(client)
            self._available.release()

    async def post(self, body: bytes, signature: str) -> int:
        await self._available.acquire()
        client = self._free.popleft()
        try:
            return await client.post(body, signature)
        finally:
            self._free.append(client)
            self._available.release()
