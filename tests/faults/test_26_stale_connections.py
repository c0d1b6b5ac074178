"""Fault 26: a connection that the other side has closed, while it was idle or just as a request is written to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from faults.afterwards import breaches_of
from faults.ways import RESET_ON_CLOSE
from support.faults import fault
from support.shop import open_shop
from support.talk import owe, replies, requests, statuses
from surereply.clock import boottime
from surereply.domain.outcome import Verdict
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

LINE = "106540352242922"
BODY = {"type": "text", "text": {"body": "Which nationality does your husband have?"}}
ANSWER = b'{"messages":[{"id":"wamid.ACCEPTED"}]}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)


@dataclass
class Keeper:
    """Answers one request of each connection and keeps it open; `close` is then heard by the kernel at once, and by
    the sender's loop only when it looks."""

    port: int = 0
    connections: list[socket.socket] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            self.requests.append(connection.recv(65_536))
            connection.sendall(OK)
            self.answered.release()

    def close(self, *, by_reset: bool) -> None:
        self.answered.acquire()
        if by_reset:
            self.connections[-1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.connections[-1].close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v23.0"


@contextmanager
def a_keeper() -> Iterator[Keeper]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        keeper = Keeper(listener.getsockname()[1])
        thread = threading.Thread(target=keeper.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield keeper
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in keeper.connections:
                connection.close()


def closing_as_it_is_written(http: aiohttp.ClientSession, keeper: Keeper, *, by_reset: bool) -> None:
    """The pool has chosen the connection and the request is about to be written: now the other side closes."""
    trace = aiohttp.TraceConfig()

    async def close(_: aiohttp.ClientSession, context: Any, __: Any) -> None:
        if not getattr(context, "closed", False):
            context.closed = True
            keeper.close(by_reset=by_reset)  # blocks the loop on purpose: nothing is heard of it before the write

    trace.on_connection_reuseconn.append(close)
    trace.freeze()
    http.trace_configs.append(trace)


@fault(26)
@pytest.mark.parametrize("by_reset", [False, True], ids=["FIN", "RST"])
async def test_a_connection_closed_as_it_is_written_to_leaves_doubt_and_no_second_request(by_reset: bool) -> None:
    """The request may have been read before the close: only WhatsApp's report can tell."""
    with a_keeper() as keeper:
        async with open_http() as http:
            client = WhatsAppClient(keeper.url, http)
            first = await client.send(LINE, "token", BODY, boottime() + 60)
            closing_as_it_is_written(http, keeper, by_reset=by_reset)
            second = await client.send(LINE, "token", BODY, boottime() + 60)

        assert (first.verdict, second.verdict) == (Verdict.ACCEPTED, Verdict.UNKNOWN)
        assert len(keeper.connections) == len(keeper.requests) == 1


@fault(26)
@pytest.mark.parametrize("by_reset", [False, True], ids=["FIN", "RST"])
async def test_the_http_library_itself_repeats_a_get_there_and_never_a_post(by_reset: bool) -> None:
    """Why a send is a POST: on a stale connection aiohttp asks again whatever it takes for harmless."""
    asked = {}
    for method in ("GET", "PUT", "POST"):
        with a_keeper() as keeper:
            async with open_http() as http:
                async with http.get(keeper.url) as answer:
                    await answer.read()
                closing_as_it_is_written(http, keeper, by_reset=by_reset)
                try:
                    async with http.request(method, keeper.url, data=b"{}") as answer:
                        await answer.read()
                except aiohttp.ClientError:
                    pass
            asked[method] = len(keeper.requests) - 1

    assert asked == {"GET": 1, "PUT": 1, "POST": 0}


@fault(26)
async def test_a_connection_closed_while_idle_is_not_written_to(database_url: str) -> None:
    """We see the close before the next send: that one takes a new connection, without any doubt."""
    async with open_shop(database_url) as shop:
        first, second = shop.phone("971500000001"), shop.phone("971500000002")
        await owe(shop, first)
        await shop.process.dispatch()
        await shop.world.server.refuse_connections()
        await shop.world.server.listen()
        await owe(shop, second)

        await shop.process.dispatch()

        assert await statuses(shop, second) == ["SENT"]
        assert [row["attempt"] for row in await replies(shop, second)] == [1]
        assert len(second.texts) == len(requests(shop, second)) == 1
        await shop.settle()
        assert await breaches_of(shop) == []
