"""A server of the lab on a socket: it can refuse connections, reset them, and be back on the same port."""

import asyncio
import contextlib
import socket
import struct
from abc import ABC, abstractmethod

from aiohttp import web

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
BACKLOG = 2048  # connections that come at the same instant; one that is dropped comes again a second later
BODY_BYTES = 4 * 1024 * 1024


class Listener(ABC):
    """What the lab's servers share: where they listen, and how they go away."""

    def __init__(self) -> None:
        self._web: web.Server | None = None  # made in the running loop
        self._listener: asyncio.Server | None = None
        self.host = "127.0.0.1"
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.host = host
        if self._web is None:
            self._web = web.Server(self._answer, access_log=None, handler_cancellation=True)
        self._listener = await asyncio.get_running_loop().create_server(
            self._web, host, port or self.port, reuse_address=True, backlog=BACKLOG
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def refuse_connections(self) -> None:
        """Stop listening and reset what is open, until `listen` is called again: nothing can arrive."""
        self._stop_listening()
        for protocol in self._web.connections if self._web is not None else ():
            if protocol.transport is not None:
                reset(protocol.transport)

    async def close(self) -> None:
        self._stop_listening()
        if self._web is not None:
            await self._web.shutdown(timeout=0.2)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    @abstractmethod
    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse: ...


def reset(transport: asyncio.BaseTransport) -> None:
    """Close so that the other side gets a TCP reset, not an orderly end."""
    found = transport.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    else:
        transport.close()


async def read_body(request: web.BaseRequest) -> bytes:
    """The body, or its first 4 MiB and a little more."""
    whole = bytearray()
    async for chunk in request.content.iter_any():
        whole += chunk
        if len(whole) > BODY_BYTES:
            break
    return bytes(whole)
