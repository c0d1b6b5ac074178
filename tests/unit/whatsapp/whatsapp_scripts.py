"""Sends and scripted answers that the tests of the client share."""

from typing import Any

import aiohttp

from surereply.clock import boottime
from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.outcome import Outcome
from surereply.domain.replies import Body, Choice
from surereply.whatsapp.client import WhatsAppClient
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
    await connection.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"messages": [{"id": "wamid.HALF"}]}')
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
