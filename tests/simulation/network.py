"""Connections inside one loop: what is written is a parcel, and arrives when the simulation lets it through."""

import asyncio
import errno
import socket
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from itertools import count
from typing import Any

FIRST_PORT = 49_152


@dataclass(eq=False)
class Parcel:
    """Bytes, or the end of a connection, on their way to one side of it."""

    number: int
    to: "Side"
    content: bytearray = field(default_factory=bytearray)
    ends_with: BaseException | bool = False  # True: closed in order; an error: reset


class Network:
    """Who listens where, and what is under way. `parcels` is in the order of writing."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listeners: dict[int, Callable[[], Any]] = {}
        self._called: dict[socket.socket, int] = {}
        self._ports = count(FIRST_PORT)
        self._numbers = count(1)
        self._sides: list[Side] = []
        self.parcels: list[Parcel] = []
        self.refused = 0
        self.owner_now: Callable[[], object] = lambda: None

    def listen(self, protocol_factory: Callable[[], Any], port: int) -> "Listener":
        port = port or next(self._ports)
        self._listeners[port] = protocol_factory
        return Listener(self, port)

    def forget(self, port: int) -> None:
        self._listeners.pop(port, None)

    async def connect(self, sock: socket.socket, port: int) -> None:
        if port not in self._listeners:
            self.refused += 1
            raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody listens there")
        self._called[sock] = port

    def knows(self, sock: socket.socket) -> bool:
        return sock in self._called

    def open(self, sock: socket.socket, protocol_factory: Callable[[], Any]) -> tuple["Side", Any]:
        """Both sides of a connection; the caller's comes back with its protocol."""
        port = self._called.pop(sock)
        sock.close()
        ours, theirs = protocol_factory(), self._listeners[port]()
        here, there = Side(self, ours, self.owner_now()), Side(self, theirs, None)
        here.other, there.other = there, here
        self._sides.append(there)
        # The other side's work is nobody's of ours: it does not die with whoever called.
        Context().run(theirs.connection_made, there)
        ours.connection_made(here)
        return here, ours

    def post(self, to: "Side", content: bytes = b"", ends_with: BaseException | bool = False) -> None:
        """More bytes for the same side travel with those under way, as in a socket's buffer; a reset overtakes them."""
        under_way = [parcel for parcel in self.parcels if parcel.to is to]
        if content and under_way:
            under_way[-1].content += content
            return
        if isinstance(ends_with, BaseException):
            self.parcels = [parcel for parcel in self.parcels if parcel.to is not to]
        self.parcels.append(Parcel(next(self._numbers), to, bytearray(content), ends_with))

    def idle_at_the_server(self, owner: object) -> list["Side"]:
        """The listening side of somebody's connections on which nothing is under way."""
        busy = {parcel.to for parcel in self.parcels}
        self._sides = [side for side in self._sides if not side.is_closing()]
        return [
            side for side in self._sides if side.other.owner is owner and side not in busy and side.other not in busy
        ]

    def may_arrive(self) -> list[Parcel]:
        """The next one of each side that is not stopped."""
        first: dict[Side, Parcel] = {}
        for parcel in self.parcels:
            first.setdefault(parcel.to, parcel)
        return [parcel for parcel in first.values() if not getattr(parcel.to.owner, "is_stopped", False)]

    def let_arrive(self, parcel: Parcel) -> None:
        self.parcels.remove(parcel)
        parcel.to.receives(parcel)


@dataclass(frozen=True, slots=True)
class Listener:
    """What a server's user sees of it."""

    network: Network
    port: int

    @property
    def sockets(self) -> tuple["Listener", ...]:
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def close(self) -> None:
        self.network.forget(self.port)


class Side(asyncio.Transport):
    """One side of a connection. `owner` is the process that opened it; None: the provider's side."""

    def __init__(self, network: Network, protocol: Any, owner: object) -> None:
        super().__init__({"peername": ("127.0.0.1", 0), "sockname": ("127.0.0.1", 0)})
        self._network = network
        self._protocol = protocol
        self.owner = owner
        self.other: Side
        self._closing = False
        self._lost = False

    def write(self, data: Any) -> None:
        if not self._closing and not self.other._lost:
            self._network.post(self.other, bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        self._end(in_order=True)

    def abort(self) -> None:
        self._end(in_order=False)

    def _end(self, *, in_order: bool) -> None:
        if self._closing:
            return
        self._closing = True
        self._network.post(self.other, ends_with=in_order or ConnectionResetError(errno.ECONNRESET, "reset"))
        asyncio.get_running_loop().call_soon(self._lose, None)

    def receives(self, parcel: Parcel) -> None:
        if self._lost:
            return
        if parcel.content:
            self._protocol.data_received(bytes(parcel.content))
        if parcel.ends_with is not False:
            error = parcel.ends_with if isinstance(parcel.ends_with, BaseException) else None
            if error is None:
                self._protocol.eof_received()
            self._closing = True
            asyncio.get_running_loop().call_soon(self._lose, error)

    def _lose(self, error: BaseException | None) -> None:
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(error)

    def is_closing(self) -> bool:
        return self._closing

    def get_protocol(self) -> Any:
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def can_write_eof(self) -> bool:
        return False

    def is_reading(self) -> bool:
        return not self._closing

    def pause_reading(self) -> None:
        """Bodies here are small: whoever pauses has read all there is."""

    def resume_reading(self) -> None:
        """See `pause_reading`."""

    def get_write_buffer_size(self) -> int:
        return 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return 0, 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered: see `Parcel`."""
