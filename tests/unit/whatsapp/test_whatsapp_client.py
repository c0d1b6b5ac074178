"""A send against real sockets: what surely was not sent, what was, and everything else in doubt."""

import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from whatsapp_scripts import ACCEPTED, BROKEN, CALLBACK, LINE, TOKEN, answering, refusing, send

from support.faults import fault
from surereply.domain.outcome import Action, Verdict

Serve = Callable[[Any], Awaitable[Any]]


async def test_a_200_with_a_wamid_is_accepted(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answering(200, ACCEPTED))

    outcome = await send(http, server.url)

    assert (outcome.verdict, outcome.wamid) == (Verdict.ACCEPTED, "wamid.ACCEPTED01")
    assert server.received.startswith(f"POST /v23.0/{LINE}/messages HTTP/1.1".encode())
    assert f"Authorization: Bearer {TOKEN}".encode() in server.received
    assert f'"biz_opaque_callback_data":"{CALLBACK}"'.encode() in server.received
    assert {key: outcome.record[key] for key in ("type", "http_status")} == {
        "type": "interactive",
        "http_status": 200,
    }


async def test_a_connection_is_kept_alive_between_sends(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answering(200, ACCEPTED))

    for _ in range(3):
        await send(http, server.url)

    assert server.connections == 1


@fault(22)
async def test_a_refused_connection_surely_sent_nothing(http: aiohttp.ClientSession) -> None:
    """OUT-1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        outcome = await send(http, f"http://127.0.0.1:{taken.getsockname()[1]}")

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert outcome.rule is not None
    assert outcome.rule.action is Action.RETRY


async def test_a_name_that_is_not_found_surely_sent_nothing(http: aiohttp.ClientSession) -> None:
    outcome = await send(http, "https://whatsapp.invalid/v23.0")

    assert outcome.verdict is Verdict.REJECTED_RETRY


@fault(22)
async def test_a_failed_tls_handshake_surely_sent_nothing(serve: Serve, http: aiohttp.ClientSession) -> None:
    async def plain(connection: Any) -> None:
        await connection.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
        await connection.until_hung_up()

    server = await serve(plain)

    outcome = await send(http, server.url.replace("http:", "https:"))

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert TOKEN.encode() not in server.received


@fault(21, 23)
@pytest.mark.parametrize("script", BROKEN)
async def test_whatever_breaks_after_the_first_byte_is_in_doubt(
    serve: Serve, http: aiohttp.ClientSession, script: Any
) -> None:
    """OUT-2, OUT-3: and it is not tried again by the HTTP client."""
    server = await serve(script)

    outcome = await send(http, server.url, total_seconds=1.5)

    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.rule is not None
    assert outcome.rule.action is Action.UNKNOWN
    assert server.connections == 1


WITHOUT_VERDICT = {
    "500 with code 1": refusing(1, status=500),
    "500 with code 2": refusing(2, status=500),
    "400 with code 131000": refusing(131000),
    "400 with code 131016": refusing(131016),
    "unlisted code": refusing(131099),
    "code that is false": refusing(False),
    "code that is text": refusing("190"),
    "code that is missing": answering(401, {"error": {"message": "Invalid OAuth access token"}}),
    "503 with a page": answering(503, b"<html>Service Unavailable</html>"),
    "502 without a body": answering(502, b""),
    "200 without an id": answering(200, {"messages": []}),
    "200 with an empty id": answering(200, {"messages": [{"id": ""}]}),
    "200 with broken JSON": answering(200, b'{"messages":[{"id":"wamid.X"}]'),
    "200 with a number": answering(200, 5),
    "200 with too much": answering(200, b" " * 300_000),
    "500 with an id": answering(500, ACCEPTED),
    "a redirect": answering(307, b"", "Location: /elsewhere\r\n"),
}


@fault(24)
@pytest.mark.parametrize("name", WITHOUT_VERDICT)
async def test_an_answer_without_a_verdict_is_in_doubt(serve: Serve, http: aiohttp.ClientSession, name: str) -> None:
    """OUT-17."""
    server = await serve(WITHOUT_VERDICT[name])

    outcome = await send(http, server.url)

    assert outcome.verdict is Verdict.UNKNOWN
    assert server.received.count(b"POST ") == 1


@pytest.mark.parametrize(
    ("code", "verdict", "action"),
    [
        (130429, Verdict.REJECTED_RETRY, Action.SLOW_LINE),
        (131056, Verdict.REJECTED_RETRY, Action.HOLD_CONVERSATION),
        (190, Verdict.REJECTED_RETRY, Action.STOP_LINE_UNTIL_TOKEN),
        (131047, Verdict.REJECTED_FOR_GOOD, Action.FAIL_WINDOW),
        (132001, Verdict.REJECTED_FOR_GOOD, Action.FAIL_HAND_OVER),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_code_on_the_list_is_a_rejection_whatever_the_http_status(
    serve: Serve, http: aiohttp.ClientSession, code: int, verdict: Verdict, action: Action, status: int
) -> None:
    """OUT-7, OUT-8."""
    server = await serve(refusing(code, status=status))

    outcome = await send(http, server.url)

    assert (outcome.verdict, outcome.code) == (verdict, code)
    assert outcome.rule is not None
    assert outcome.rule.action is action
    assert outcome.record["trace"] == "Az8or2yhqkZfEZ"


async def test_the_owner_may_list_a_code_as_not_sent(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(refusing(131000, status=500))

    outcome = await send(http, server.url, extra_not_sent=frozenset({131000}))

    assert outcome.verdict is Verdict.REJECTED_RETRY


async def test_a_retry_after_is_passed_on(serve: Serve, http: aiohttp.ClientSession) -> None:
    error = {"error": {"code": 130429, "message": "Rate limit hit"}}
    server = await serve(answering(429, error, "Retry-After: 17\r\n"))

    assert (await send(http, server.url)).retry_after == timedelta(seconds=17)
