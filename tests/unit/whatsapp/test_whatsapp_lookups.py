"""What we ask WhatsApp beside sending: read marks, media, and whether the account works."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from whatsapp_scripts import answering

from surereply.whatsapp.account import check_number, check_subscription, check_token
from surereply.whatsapp.media import MediaFile, MediaProblem, fetch_media
from surereply.whatsapp.presence import mark_read

TOKEN = "EAAGsecretToken0123456789"
LINE = "106540352242922"
JPEG = b"\xff\xd8\xff" + b"0" * 1000

Serve = Callable[[Any], Awaitable[Any]]


async def hangs_up(connection: Any) -> None:
    await connection.read_request()


async def test_a_read_mark_carries_the_typing_sign(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answering(200, {"success": True}))

    assert await mark_read(http, server.url, LINE, TOKEN, "wamid.1")

    assert json.loads(bytes(server.received).split(b"\r\n\r\n")[1]) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.1",
        "typing_indicator": {"type": "text"},
    }


@pytest.mark.parametrize("script", [hangs_up, answering(500, b""), answering(307, b"", "Location: /x\r\n")])
async def test_a_read_mark_that_fails_is_not_tried_again(
    serve: Serve, http: aiohttp.ClientSession, script: Any
) -> None:
    server = await serve(script)

    assert not await mark_read(http, server.url, LINE, TOKEN, "wamid.1", typing=False)

    assert server.received.count(b"POST ") == 1
    assert b"typing" not in server.received


def shelf(content: bytes, described: dict[str, Any], download: Any = None) -> Any:
    """`GET /{media_id}` describes, any other address gives the content (or what `download` says)."""

    async def script(connection: Any) -> None:
        while True:
            request = await connection.read_request()
            path = request.split(b" ")[1].decode()
            if path == "/v23.0/1479537139650973":
                port = connection.writer.get_extra_info("sockname")[1]
                url = {"url": f"http://127.0.0.1:{port}/file"}
                await connection.answer(200, url | described)
            elif download is not None:
                await connection.answer(*download)
            else:
                await connection.answer(200, content)

    return script


async def fetch(http: aiohttp.ClientSession, url: str, **settings: Any) -> MediaFile | MediaProblem:
    settings = {"limits": {"image/jpeg": 2000}} | settings
    return await fetch_media(http, url, TOKEN, "1479537139650973", **settings)


HEX = hashlib.sha256(JPEG).hexdigest()


@pytest.mark.parametrize("sha256", [HEX, b64encode(bytes.fromhex(HEX)).decode(), None])
async def test_a_file_is_fetched_and_compared_with_its_hash(
    serve: Serve, http: aiohttp.ClientSession, sha256: str | None
) -> None:
    described = {"mime_type": "image/JPEG; q=1", "sha256": sha256, "file_size": len(JPEG)}
    server = await serve(shelf(JPEG, described))

    assert await fetch(http, server.url) == MediaFile(JPEG, "image/jpeg")

    assert server.received.count(b"Bearer " + TOKEN.encode()) == 2


@pytest.mark.parametrize(
    ("described", "content", "problem"),
    [
        ({"mime_type": "application/x-msdownload"}, JPEG, MediaProblem.TYPE_NOT_WANTED),
        ({"mime_type": "image/jpeg", "file_size": 2001}, JPEG, MediaProblem.TOO_LARGE),
        ({"mime_type": "image/jpeg"}, JPEG * 3, MediaProblem.TOO_LARGE),
        ({"mime_type": "image/jpeg", "sha256": HEX}, JPEG + b"0", MediaProblem.DAMAGED),
        ({"mime_type": "image/jpeg", "url": None}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "http://elsewhere.example/"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "ftp://elsewhere.example/"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "https://u:p@a.example/"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "http://[::1"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "https://elsewhere.example/file"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "https://127.0.0.1/file"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg", "url": "https://[::ffff:10.0.0.1]/file"}, JPEG, MediaProblem.UNSAFE_ADDRESS),
        ({"mime_type": "image/jpeg"}, b"<svg onload=alert(1)>", MediaProblem.NOT_ITS_TYPE),
    ],
)
async def test_a_file_outside_the_limits_is_refused(
    serve: Serve,
    http: aiohttp.ClientSession,
    described: dict[str, Any],
    content: bytes,
    problem: MediaProblem,
) -> None:
    server = await serve(shelf(content, described))

    assert await fetch(http, server.url) is problem


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://localhost/file", MediaProblem.UNREACHABLE),  # it was tried: nobody speaks TLS there
        ("https://localhost:8443/file", MediaProblem.UNSAFE_ADDRESS),
        ("http://localhost/file", MediaProblem.UNSAFE_ADDRESS),
        ("https://localhost.example/file", MediaProblem.UNSAFE_ADDRESS),
    ],
)
async def test_beside_the_api_files_come_from_the_hosts_that_are_set_alone(
    serve: Serve, http: aiohttp.ClientSession, url: str, problem: MediaProblem
) -> None:
    server = await serve(shelf(JPEG, {"mime_type": "image/jpeg", "url": url}))

    assert await fetch(http, server.url, hosts=("localhost",)) is problem


async def test_a_redirect_never_takes_the_token_along(serve: Serve, http: aiohttp.ClientSession) -> None:
    stranger = await serve(answering(200, JPEG))
    away = (302, b"", f"Location: http://localhost:{stranger.port}/file\r\n")
    server = await serve(shelf(JPEG, {"mime_type": "image/jpeg"}, download=away))

    assert await fetch(http, server.url) is MediaProblem.UNSAFE_ADDRESS

    assert stranger.connections == 0


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (answering(404, {"error": {"code": 100}}), MediaProblem.GONE),
        (answering(401, {"error": {"code": 190}}), MediaProblem.REFUSED),
        (answering(503, b""), MediaProblem.UNREACHABLE),
        (answering(200, b"rubbish"), MediaProblem.REFUSED),
        (answering(200, []), MediaProblem.REFUSED),
        (hangs_up, MediaProblem.UNREACHABLE),
    ],
)
async def test_media_that_cannot_be_had_say_why(
    serve: Serve, http: aiohttp.ClientSession, script: Any, problem: MediaProblem
) -> None:
    server = await serve(script)

    assert await fetch(http, server.url) is problem


async def test_a_media_id_leads_nowhere_else(serve: Serve, http: aiohttp.ClientSession) -> None:
    server = await serve(answering(200, {}))

    found = await fetch_media(http, server.url, TOKEN, "../me?x=", limits={"image/jpeg": 2000})

    assert found is MediaProblem.REFUSED
    assert server.connections == 0


NUMBER = {"id": LINE, "display_phone_number": "+971 50 000 0001", "quality_rating": "GREEN"}
EXPIRED = {"error": {"code": 190, "message": f"Error validating access token {TOKEN}"}}
UNKNOWN_NUMBER = {"error": {"code": 100, "message": "Object does not exist"}}


async def test_a_working_line_passes_every_check(serve: Serve, http: aiohttp.ClientSession) -> None:
    configured = {"webhook_configuration": {"application": "https://bot.example/webhooks/whatsapp"}}
    server = await serve(answering(200, NUMBER | configured | {"data": [{"id": "1"}]}))

    checks = [
        await check_token(http, server.url, TOKEN, LINE),
        await check_number(http, server.url, TOKEN, LINE),
        await check_subscription(http, server.url, TOKEN, LINE),
        await check_subscription(http, server.url, TOKEN, LINE, account_id="102290129340398"),
    ]

    assert [check.ok for check in checks] == [True] * 4
    assert b"GET /v23.0/102290129340398/subscribed_apps " in server.received


async def test_an_expired_token_is_told_from_an_unknown_number(serve: Serve, http: aiohttp.ClientSession) -> None:
    expired = await serve(answering(401, EXPIRED))
    unknown = await serve(answering(400, UNKNOWN_NUMBER))

    assert not (await check_token(http, expired.url, TOKEN, LINE)).ok
    assert (await check_token(http, unknown.url, TOKEN, LINE)).ok
    assert not (await check_number(http, unknown.url, TOKEN, LINE)).ok


@pytest.mark.parametrize(
    "script",
    [answering(401, EXPIRED), answering(200, b"rubbish"), answering(500, b""), answering(200, []), hangs_up],
)
async def test_no_check_passes_without_a_verdict_or_tells_the_token(
    serve: Serve, http: aiohttp.ClientSession, script: Any
) -> None:
    server = await serve(script)

    checks = [
        await check_token(http, server.url, TOKEN, LINE),
        await check_number(http, server.url, TOKEN, LINE),
        await check_subscription(http, server.url, TOKEN, LINE),
    ]

    assert [check.ok for check in checks] == [False] * 3
    assert TOKEN not in repr(checks)
    assert all("\n" not in check.line for check in checks)
    assert TOKEN.encode() not in server.received.replace(b"Bearer " + TOKEN.encode(), b"")


async def test_a_number_without_subscription_or_with_red_quality_is_not_ready(
    serve: Serve, http: aiohttp.ClientSession
) -> None:
    server = await serve(answering(200, NUMBER | {"quality_rating": "RED", "data": []}))

    assert not (await check_number(http, server.url, TOKEN, LINE)).ok
    assert not (await check_subscription(http, server.url, TOKEN, LINE)).ok
    assert not (await check_subscription(http, server.url, TOKEN, LINE, account_id="1")).ok
