"""An event loop on a time that one sets, and which tells when nothing in it can go on by itself.

Timers go by the set time; the only thing waited for really is PostgreSQL. Sockets lead into the loop's own network.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable
from typing import Any

from simulation.network import Network

STALLED_AFTER_SECONDS = 0.004  # of real time: the database is slow, or somebody waits for a lock

NEXT_TIMER_SECONDS = 1e-9
NOW_SECONDS = 0.5e-9  # asyncio ends timers that end within twice that


class SetLoop(asyncio.SelectorEventLoop):
    """`network` carries every TCP connection that is opened in it; PostgreSQL's socket is a real one."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._timers_set = 0
        self.network = Network(self)
        self._rests = _Rests(selectors.DefaultSelector())
        super().__init__(self._rests)

    def time(self) -> float:
        return self.seconds

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        """Timers of one instant end in the order in which they were set."""
        self._timers_set += 1
        return super().call_at(when + self._timers_set * NEXT_TIMER_SECONDS, callback, *args, context=context)

    def advance(self, seconds: float) -> None:
        assert seconds >= 0
        self.seconds += seconds

    @property
    def next_timer_in(self) -> float | None:
        """Seconds to the first timer, as of the last rest; None where there is none."""
        return self._rests.next_timer_in

    def let_time_pass_by_itself(self) -> None:
        """At the end: whoever still waits for a timer gets it."""
        self._rests.let_pass = self.advance

    def asks_outside(self) -> None:
        """A question to the database leaves; its answer is waited for."""
        self._rests.asked += 1

    def heard_from_outside(self) -> None:
        self._rests.asked -= 1

    async def comes_to_rest(self) -> bool:
        """Return when nothing can go on by itself: True. False: an answer from outside is long in coming."""
        self._rests.awaited = self.create_future()
        return await self._rests.awaited

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        if sock.family == socket.AF_UNIX:
            return await super().sock_connect(sock, address)
        return await self.network.connect(sock, address[1])

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        sock = more.get("sock")
        if sock is not None and self.network.knows(sock):
            return self.network.open(sock, protocol_factory)
        return await super().create_connection(protocol_factory, host, port, **more)

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **more: Any) -> Any:
        return self.network.listen(protocol_factory, port or 0)


class _Rests(selectors.BaseSelector):
    """The loop asks for events only when it has nothing else to do: that is how one sees it rest."""

    def __init__(self, real: selectors.BaseSelector) -> None:
        self._real = real
        self.asked = 0
        self.awaited: asyncio.Future[bool] | None = None
        self.next_timer_in: float | None = None
        self.let_pass: Callable[[float], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= NOW_SECONDS:
            return self._real.select(0)
        self.next_timer_in = timeout
        if self.awaited is None:
            # A step of the simulation itself asks the database; time does not pass meanwhile, unless it is over.
            if self.let_pass is None or timeout is None:
                return self._real.select(None)
            found = self._real.select(STALLED_AFTER_SECONDS)
            if not found:
                self.let_pass(timeout)
            return found
        found = self._real.select(STALLED_AFTER_SECONDS) if self.asked else []
        if not found:
            awaited, self.awaited = self.awaited, None
            if not awaited.done():
                awaited.set_result(not self.asked)
        return found

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def get_map(self) -> Any:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()
