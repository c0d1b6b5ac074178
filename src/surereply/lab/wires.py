"""TCP wires between two of us that can be slow, silent, half closed, cut or refused, like those of the world."""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
SILENT_S = 0.05  # how long a link that was found stale takes to be reset


class Way(Enum):
    REQUESTS = "requests"  # from who connected
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a wire leads: a TCP port, or a socket in the file system."""

    host: str = "127.0.0.1"
    port: int = 0
    path: str | None = None


# Sees what is about to be passed on; False: it is swallowed.
Tap = Callable[["Link", Way, bytes], bool]


class Wire:
    """Listens for whoever connects, and passes on what they say. Calm unless struck."""

    def __init__(self, name: str, port: int, place: Place) -> None:
        self.name = name
        self.port = port
        self.place = place
        self.delay_s = 0.0  # each way
        self.reads: Tap | None = None  # of whoever follows what is said; it swallows nothing
        self.tap: Tap | None = None
        self.is_held = False
        self.connections = 0
        self.links: set[Link] = set()
        self._listener: asyncio.Server | None = None

    @property
    def is_calm(self) -> bool:
        return not (self.is_held or self.delay_s or self.tap is not None or self._listener is None)

    async def listen(self) -> None:
        """Take connections, also again after `refuse`."""
        if self._listener is None:
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: Link(self).caller, "127.0.0.1", self.port, reuse_address=True, backlog=1024
            )

    def refuse(self) -> None:
        """Nobody listens any more; open links are reset."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        self.cut()

    def cut(self) -> int:
        """Reset every link; how many there were."""
        links = list(self.links)
        for link in links:
            link.reset()
        return len(links)

    def half_close(self, way: Way) -> int:
        """End one way of every link in an orderly manner; the other way goes on. How many there were."""
        links = list(self.links)
        for link in links:
            link.end(way)
        return len(links)

    def make_stale(self) -> int:
        """What is connected leads nowhere any more, and who connected is not told: their next request finds out."""
        links = [link for link in self.links if link.is_open]
        for link in links:
            link.make_stale()
        return len(links)

    def hold(self) -> None:
        """Nothing passes, and nobody is told: a black hole, until `release`."""
        self.is_held = True

    def release(self) -> None:
        self.is_held = False
        for link in list(self.links):
            link.flush()

    async def mend(self) -> None:
        """Calm again, whatever it was struck by."""
        self.delay_s, self.tap = 0.0, None
        self.release()
        await self.listen()

    def close(self) -> None:
        self.refuse()


class _End(asyncio.Protocol):
    """One end of a link: what it says goes out at the other."""

    def __init__(self, link: "Link", way: Way) -> None:
        self.link = link
        self.way = way
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # of whichever loop: uvloop's is no subclass
        self.link.opened(self)

    def data_received(self, data: bytes) -> None:
        self.link.said(self.way, data)

    def eof_received(self) -> bool:
        self.link.said(self.way, b"")
        return True  # the other way may go on

    def connection_lost(self, error: Exception | None) -> None:
        self.link.lost(self)

    def pause_writing(self) -> None:
        self._other_reads(False)

    def resume_writing(self) -> None:
        self._other_reads(True)

    def _other_reads(self, wanted: bool) -> None:
        other = self.link.other(self).transport
        if other is not None and not other.is_closing():
            with contextlib.suppress(RuntimeError):
                (other.resume_reading if wanted else other.pause_reading)()


class Link:
    """One connection through a wire: who connected, and where it leads. Empty data stands for an end of one way."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.caller = _End(self, Way.REQUESTS)
        self.called = _End(self, Way.ANSWERS)
        self.notes: dict[str, Any] = {}  # of whoever follows what is said
        self.is_open = False
        self._is_stale = False
        self._ended: set[Way] = set()
        self._waiting: deque[tuple[Way, bytes]] = deque()
        self._due = {Way.REQUESTS: 0.0, Way.ANSWERS: 0.0}
        self._connecting: asyncio.Task[None] | None = None

    def opened(self, end: _End) -> None:
        if end is self.caller:
            self.wire.links.add(self)
            self.wire.connections += 1
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        else:
            self.is_open = True
            self.flush()

    async def _connect(self) -> None:
        loop, place = asyncio.get_running_loop(), self.wire.place
        try:
            if place.path is not None:
                await loop.create_unix_connection(lambda: self.called, place.path)
            else:
                await loop.create_connection(lambda: self.called, place.host, place.port)
        except OSError:
            self.reset()  # as a port without a listener would

    def said(self, way: Way, data: bytes) -> None:
        if self._is_stale:
            asyncio.get_running_loop().call_later(SILENT_S, self.reset)
        elif not self.is_open or self.wire.is_held or self._waiting:
            self._waiting.append((way, data))
        else:
            self._pass_on(way, data)

    @property
    def is_held_up(self) -> bool:
        """Something waits to be passed on."""
        return bool(self._waiting)

    def flush(self) -> None:
        while self._waiting and self.is_open and not self.wire.is_held:
            self._pass_on(*self._waiting.popleft())

    def _pass_on(self, way: Way, data: bytes) -> None:
        if self.wire.reads is not None:
            self.wire.reads(self, way, data)
        tap = self.wire.tap
        if tap is not None and not tap(self, way, data):
            return
        loop = asyncio.get_running_loop()
        due = max(self._due[way], loop.time() + self.wire.delay_s if self.wire.delay_s else 0.0)
        if due > loop.time():  # also what comes after a delay has ended stays behind what was delayed
            self._due[way] = due
            loop.call_at(due, self.write, way, data)
        else:
            self.write(way, data)

    def write(self, way: Way, data: bytes) -> None:
        """Say this to the end where the way leads."""
        transport = (self.called if way is Way.REQUESTS else self.caller).transport
        if transport is None or transport.is_closing() or way in self._ended:
            return
        if data:
            transport.write(data)
            return
        self._ended.add(way)
        with contextlib.suppress(OSError, RuntimeError):
            transport.write_eof()
        if len(self._ended) == len(Way):
            self._close()

    def end(self, way: Way) -> None:
        self.write(way, b"")

    def make_stale(self) -> None:
        self._is_stale = True
        if self.called.transport is not None:
            self.called.transport.abort()

    def other(self, end: _End) -> _End:
        return self.called if end is self.caller else self.caller

    def reset(self) -> None:
        """Both ends get a TCP reset, not an orderly end."""
        self.wire.links.discard(self)
        if self._connecting is not None:
            self._connecting.cancel()
        for end in (self.caller, self.called):
            if end.transport is not None:
                _reset(end.transport)

    def _close(self) -> None:
        for end in (self.caller, self.called):
            if end.transport is not None:
                end.transport.close()

    def lost(self, end: _End) -> None:
        """One end is gone: the other is told, after what was still to be said to it."""
        if self._is_stale and end is self.called:
            return
        self.wire.links.discard(self)
        other = self.other(end).transport
        if other is None:
            if self._connecting is not None:
                self._connecting.cancel()
            return
        delay_s = max(self._due[end.way] - asyncio.get_running_loop().time(), 0.0)
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, other.close)
        else:
            other.close()


def _reset(transport: asyncio.Transport) -> None:
    found = transport.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()


def place_of_database(url: str) -> Place:
    """Where a PostgreSQL URL leads; a host that is a folder holds the server's socket."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host, port = query.get("host", parts.hostname or "127.0.0.1"), parts.port or int(query.get("port", "5432"))
    return Place(path=f"{host}/.s.PGSQL.{port}") if host.startswith("/") else Place(host, port)


def through(wire: Wire, database_url: str) -> str:
    """The URL of a database as it is seen through a wire."""
    parts = urlsplit(database_url)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("host", "port")]
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{wire.port}", query=urlencode(query)))
