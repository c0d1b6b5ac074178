"""The way outside: redirects are not followed, answers are read a little, names that lead inside are refused."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from support.listener import Listener, open_listener
from surereply.outward import Outward, PublicResolver, open_outward


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with open_listener() as opened:
        yield opened


class Names(AbstractResolver):
    """A world of names: each look gives the next addresses."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        self.asked += 1
        found = self._answers.pop(0)
        return [
            ResolveResult(hostname=host, host=one, port=port, family=2 if "." in one else 10, proto=0, flags=4)
            for one in found
        ]

    async def close(self) -> None:
        pass


async def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status, listener.headers = 302, {"Location": listener.url + "/elsewhere"}
    async with open_outward(private_allowed=True) as outward:
        answer = await outward.post(listener.url, b"{}", {})

    assert not answer.arrived
    assert answer.error == "answered 302: redirects are not followed"
    assert [one.path for one in listener.heard] == ["/hooks"]


async def test_of_a_long_answer_only_the_beginning_is_read_and_shown(listener: Listener) -> None:
    listener.text = "\x00<b>no\x1b[31m " + "x" * 3_000_000
    async with open_outward(private_allowed=True) as outward:
        answer = await outward.post(listener.url, b"{}", {})

    assert answer.arrived
    assert len(answer.text) <= 500
    assert answer.text.isprintable()


async def test_an_answer_is_never_unpacked(listener: Listener) -> None:
    listener.headers = {"Content-Encoding": "gzip"}
    listener.text = gzip.compress(b"x" * 1_000_000).decode("latin-1")
    async with open_outward(private_allowed=True) as outward:
        answer = await outward.post(listener.url, b"{}", {})

    assert "xxxx" not in answer.text


async def test_who_does_not_answer_in_time_is_let_go(listener: Listener) -> None:
    listener.held.clear()
    async with open_outward(private_allowed=True, total_seconds=0.3) as outward:
        answer = await outward.post(listener.url, b"{}", {})

    assert (answer.status, answer.error) == (None, "no answer in time")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "127.1"])
async def test_an_address_inside_is_not_asked_however_it_is_written(listener: Listener, host: str) -> None:
    async with open_outward(private_allowed=False) as outward:
        answer = await outward.post(listener.url.replace("127.0.0.1", host), b"{}", {})

    assert answer.error
    assert listener.heard == []


async def test_a_name_that_leads_outside_and_inside_is_refused() -> None:
    with pytest.raises(OSError, match="not public"):
        await PublicResolver(Names(["93.184.216.34", "10.0.0.7"])).resolve("both.example", 443)


async def test_a_name_is_looked_up_once_and_the_connection_goes_where_that_look_said(listener: Listener) -> None:
    """DNS rebinding: public when it is looked at, 127.0.0.1 a moment later."""
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    connected: list[Any] = []

    class Connector(aiohttp.TCPConnector):
        async def _wrap_create_connection(self, *args: Any, addr_infos: Any, **kwargs: Any) -> Any:
            connected.extend(info[4][0] for info in addr_infos)
            raise ConnectionRefusedError

    port = listener.url.split(":")[2].split("/")[0]
    async with aiohttp.ClientSession(connector=Connector(resolver=PublicResolver(names), use_dns_cache=False)) as http:
        outward = Outward(http, private_allowed=False, total_seconds=2)
        answers = [await outward.post(f"http://rebinds.example:{port}/hooks", b"{}", {}) for _ in range(2)]

    assert connected == ["93.184.216.34"]
    assert names.asked == 2
    assert answers[1].error == "The endpoint's name leads to an address that is not public."
    assert listener.heard == []


async def test_what_listens_nowhere_is_said_in_words() -> None:
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with open_outward(private_allowed=True) as outward:
        nobody = await outward.post(f"http://127.0.0.1:{port}/", b"{}", {})
        no_name = await outward.post("http://no-such-host.invalid/", b"{}", {})

    assert nobody.error == "no connection"
    assert no_name.error == "its name leads to no address"
