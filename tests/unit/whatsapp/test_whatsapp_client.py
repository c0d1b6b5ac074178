"""A send against real sockets: what surely was not sent, what was, and everything else in doubt."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.outcome import Action, Outcome, Verdict
from surereply.domain.replies import Body, Choice
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import boottime, open_http
from surereply.whatsapp.outbound import request_body

LINE = "106540352242922"
TOKEN = "EAAGsecretToken0123456789"
PHONE = "971500000042"
WORDS = "Dear Layla, which nationality does your husband have?"
CALLBACK = "v1.17.01937e2a-6c00-7000-8000-000000000001.1"
ACCEPTED = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": PHONE, "wa_id": PHONE}],
    "messages": [{"id": "wamid.ACCEPTED01"}],
}
BODY = request_body(
    Identifier(IdentifierKind.PHONE, PHONE),
    Body(WORDS, buttons=(Choice("nationality:IN", "Indian"), Choice("nationality:PK", "Pakistani"))),
    CALLBACK,
)

Serve = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_http() as opened:
        yield opened


async def send(http: aiohttp.ClientSession, url: str, **settings: Any) -> Outcome:
    settings = {"total_seconds": 10.0} | settings
    return await WhatsAppClient(url, http, **settings).send(LINE, TOKEN, BODY, boottime() + 60)


def answering(status: int, body: Any, headers: str = "") -> Any:
    async def script(connection: Any) -> None:
        while True:
            await connection.read_request()
            await connection.answer(status, body, headers)

    return script


def refusing(code: Any, details: str = "Some details", status: int = 400) -> Any:
    error = {"message": f"(#{code}) Title", "code": code, "error_data": {"details": details}}
    return answering(status, {"error": error | {"fbtrace_id": "Az8or2yhqkZfEZ"}})


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


async def test_a_failed_tls_handshake_surely_sent_nothing(serve: Serve, http: aiohttp.ClientSession) -> None:
    async def plain(connection: Any) -> None:
        await connection.write(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
        await connection.until_hung_up()

    server = await serve(plain)

    outcome = await send(http, server.url.replace("http:", "https:"))

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert TOKEN.encode() not in server.received


async def closes_at_the_first_byte(connection: Any) -> None:
    await connection.reader.readexactly(1)


async def reads_and_closes(connection: Any) -> None:
    await connection.read_request()


async def reads_and_resets(connection: Any) -> None:
    await connection.read_request()
    connection.reset()


async def reads_half_and_resets(connection: Any) -> None:
    await connection.reader.readexactly(20)
    connection.reset()


async def keeps_silent(connection: Any) -> None:
    await connection.read_request()
    await connection.until_hung_up()


async def stops_in_the_head(connection: Any) -> None:
    await connection.read_request()
    await connection.write(b"HTTP/1.1 200 OK\r\nContent-Le")


async def stops_in_the_body(connection: Any) -> None:
    await connection.read_request()
    await connection.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"messages": [{"id": "wamid.HALF')


async def stalls_in_the_body(connection: Any) -> None:
    await connection.read_request()
    await connection.write(
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"messages": [{"id": "wamid.HALF"}]}'
    )
    await connection.until_hung_up()


async def answers_rubbish(connection: Any) -> None:
    await connection.read_request()
    await connection.write(b"SSH-2.0-OpenSSH_9.6\r\n")


BROKEN = [
    closes_at_the_first_byte,
    reads_and_closes,
    reads_and_resets,
    reads_half_and_resets,
    keeps_silent,
    stops_in_the_head,
    stops_in_the_body,
    stalls_in_the_body,
    answers_rubbish,
]


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


@pytest.mark.parametrize("name", WITHOUT_VERDICT)
async def test_an_answer_without_a_verdict_is_in_doubt(
    serve: Serve, http: aiohttp.ClientSession, name: str
) -> None:
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


async def test_past_the_deadline_nothing_is_written(serve: Serve, http: aiohttp.ClientSession) -> None:
    """OUT-2: a process that was suspended between claim and send must not send."""
    server = await serve(answering(200, ACCEPTED))
    client = WhatsAppClient(server.url, http, clock=lambda: 100.0)

    outcome = await client.send(LINE, TOKEN, BODY, deadline=99.9)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert outcome.details == "deadline passed before writing"
    assert server.connections == 0


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


async def test_a_stale_connection_leaves_doubt_and_no_second_request(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
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
async def test_an_id_never_leads_to_another_address(
    serve: Serve, http: aiohttp.ClientSession, line: str
) -> None:
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


async def test_a_token_that_is_no_header_is_not_told_either(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    server = await serve(answering(200, ACCEPTED))
    client = WhatsAppClient(server.url, http)

    outcome = await client.send(LINE, TOKEN + "\r\nX-Other: 1", BODY, boottime() + 60)

    assert outcome.verdict is Verdict.REJECTED_RETRY
    assert TOKEN not in repr(outcome)
    assert b"X-Other" not in server.received


def test_the_clock_of_deadlines_never_goes_back() -> None:
    looks = [boottime() for _ in range(100)]

    assert looks == sorted(looks)
