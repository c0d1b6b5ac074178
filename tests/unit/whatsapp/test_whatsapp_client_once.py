"""A send leaves at most once, never after its deadline, and tells nobody what it carried."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from whatsapp_scripts import ACCEPTED, BODY, BROKEN, LINE, PHONE, TOKEN, WORDS, answering, keeps_silent, refusing, send

from support.faults import fault
from surereply.clock import boottime
from surereply.domain.outcome import Verdict
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

Serve = Callable[[Any], Awaitable[Any]]


@fault(28, 29)
async def test_past_the_deadline_nothing_is_written(serve: Serve, http: aiohttp.ClientSession) -> None:
    """OUT-2: a process that was suspended between claim and send must not send."""
    server = await serve(answering(200, ACCEPTED))
    client = WhatsAppClient(server.url, http, clock=lambda: 100.0)

    outcome = await client.send(LINE, TOKEN, BODY, deadline=99.9)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert outcome.details == "deadline passed before writing"
    assert server.connections == 0


@fault(28)
async def test_a_deadline_that_passes_while_connecting_lets_nothing_out(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    """OUT-2: the clock is looked at again right before the first byte."""
    server = await serve(keeps_silent)
    looks = iter([0.0, 0.0])
    client = WhatsAppClient(server.url, http, clock=lambda: next(looks, 100.0), total_seconds=5)

    outcome = await client.send(LINE, TOKEN, BODY, deadline=50.0)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert server.received == b""


async def test_a_send_that_waits_for_a_free_connection_surely_sent_nothing(serve: Serve) -> None:
    first_came = asyncio.Event()

    async def hold(connection: Any) -> None:
        await connection.read_request()
        first_came.set()
        await connection.until_hung_up()

    server = await serve(hold)
    async with open_http(connections=1) as http:
        first = asyncio.create_task(send(http, server.url))
        await first_came.wait()
        second = await send(http, server.url, total_seconds=0.2)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    assert second.verdict is Verdict.REJECTED_RETRY
    assert server.received.count(b"POST ") == 1


@fault(26)
async def test_a_stale_connection_leaves_doubt_and_no_second_request(serve: Serve, http: aiohttp.ClientSession) -> None:
    """OUT-3: reset after the write, on a connection that had worked before."""

    async def works_once(connection: Any) -> None:
        await connection.read_request()
        await connection.answer(200, ACCEPTED)
        await connection.read_request()
        connection.reset()

    server = await serve(works_once)

    first = await send(http, server.url)
    second = await send(http, server.url)

    assert (first.verdict, second.verdict) == (Verdict.ACCEPTED, Verdict.UNKNOWN)
    assert server.received.count(b"POST ") == 2
    assert server.connections == 1


async def test_a_closed_pool_surely_sent_nothing(serve: Serve) -> None:
    """OUT-1, OPS-8: shutting down makes no doubt."""
    server = await serve(answering(200, ACCEPTED))
    async with open_http() as http:
        pass

    outcome = await send(http, server.url)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert server.connections == 0


async def test_only_a_watched_pool_is_taken() -> None:
    async with aiohttp.ClientSession() as plain:
        with pytest.raises(ValueError, match="open_http"):
            WhatsAppClient("https://graph.example", plain)


async def test_a_cancelled_send_says_so(serve: Serve, http: aiohttp.ClientSession) -> None:
    came = asyncio.Event()

    async def script(connection: Any) -> None:
        await connection.read_request()
        came.set()
        await connection.until_hung_up()

    server = await serve(script)
    sending = asyncio.create_task(send(http, server.url))
    await came.wait()
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


@pytest.mark.parametrize("line", ["../admin", "a/b", "", "..", "1?x=1", "1#"])
async def test_an_id_never_leads_to_another_address(serve: Serve, http: aiohttp.ClientSession, line: str) -> None:
    server = await serve(answering(200, ACCEPTED))

    outcome = await WhatsAppClient(server.url, http).send(line, TOKEN, BODY, boottime() + 60)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert server.connections == 0


TELLTALE = f"Recipient {PHONE} of '{WORDS}' (Pakistani) token {TOKEN} wamid.HBgMOTcxNTA= +971 50 000-0042"


@pytest.mark.parametrize(
    "script",
    [*BROKEN, answering(200, ACCEPTED), refusing(131026, TELLTALE), refusing(131000, TELLTALE)],
)
async def test_no_outcome_tells_the_token_the_words_or_the_number(
    serve: Serve, http: aiohttp.ClientSession, script: Any, caplog: pytest.LogCaptureFixture
) -> None:
    server = await serve(script)

    outcome = await send(http, server.url, total_seconds=1.5)

    told = repr(outcome) + caplog.text
    for secret in (TOKEN, WORDS, PHONE, "Layla", "Pakistani", "50 000-0042", "HBgMOTcx"):
        assert secret not in told


async def test_a_token_that_is_no_header_is_not_told_either(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answering(200, ACCEPTED))
    client = WhatsAppClient(server.url, http)

    outcome = await client.send(LINE, TOKEN + "\r\nX-Other: 1", BODY, boottime() + 60)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert TOKEN not in repr(outcome)
    assert b"X-Other" not in server.received


def test_the_clock_of_deadlines_never_goes_back() -> None:
    looks = [boottime() for _ in range(100)]

    assert looks == sorted(looks)
