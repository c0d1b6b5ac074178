"""The fake Graph API on a socket, where answers can also be cut off, left out, or never begun."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec
from aiohttp import web

from surereply.lab.errors import Refusal
from surereply.lab.faults import Fault, Harm
from surereply.lab.graph import Answer, Graph
from surereply.lab.lines import LabLine
from surereply.lab.listening import Listener, read_body, reset
from surereply.lab.media import MediaFile, MediaShelf, Spoiled

# Tells the reports of a judged send to the webhook side; awaited before the sender gets its answer.
Report = Callable[[Answer], Awaitable[None]]
Beside = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]
LONGEST_SILENCE_S = 600.0
PIECE_BYTES = 64 * 1024


class GraphServer(Listener):
    """Serves a `Graph`; `beside` may answer other paths first (the lab's own control and phone pages)."""

    def __init__(
        self,
        graph: Graph,
        media: MediaShelf,
        *,
        report: Report,
        clock: Callable[[], datetime],
        webhook_url: str = "",
    ) -> None:
        super().__init__()
        self._graph = graph
        self._media = media
        self._report = report
        self._clock = clock
        self._webhook_url = webhook_url
        self.beside: Beside | None = None

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if request.method == "POST" and parts[-1] == "messages" and len(parts) in (2, 3):
            return await self._post_message(request, parts[-2])
        if self.beside is not None:
            answer = await self.beside(request)
            if answer is not None:
                return answer
        if parts and parts[0][:1] == "v" and parts[0][1:2].isdigit():
            parts = parts[1:]
        if parts[0] == "media" and len(parts) == 2:
            return await self._media_content(request, parts[1])
        return self._look_up(request, parts)

    async def _post_message(self, request: web.BaseRequest, phone_number_id: str) -> web.StreamResponse:
        raw = await read_body(request)
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = None
        fault = self._graph.fault_for(phone_number_id, body)
        if fault is not None and fault.delay_s and not fault.delay_after:
            await asyncio.sleep(fault.delay_s)
        answer = self._graph.judge(phone_number_id, _token(request), body, fault)
        if answer.plan:
            await self._report(answer)
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        return await _given(request, answer, fault)

    def _look_up(self, request: web.BaseRequest, parts: list[str]) -> web.Response:
        """What a server asks about itself: media, number, token, subscription."""
        token = _token(request)
        line = self._graph.line_of_token(token)
        if line is None:
            return _response(self._graph.refuse(Refusal(190)))
        if parts == ["debug_token"]:
            asked = self._graph.line_of_token(request.query.get("input_token", ""))
            return _json({"data": _token_data(asked is not None)})
        if parts[-1:] == ["subscribed_apps"] and parts[0] == line.waba_id:
            app = {"whatsapp_business_api_data": {"id": "670843887433847", "name": "Lab app", "link": ""}}
            return _json({"data": [app] if line.subscribed else []})
        if parts == [line.waba_id, "phone_numbers"]:
            return _json({"data": [self._described(request, other) for other in self._siblings(line)]})
        if len(parts) == 1 and parts[0] in self._graph.lines:
            refusal = self._graph.refused_access(parts[0], token)
            if refusal is not None:
                return _response(self._graph.refuse(refusal))
            return _json(self._described(request, self._graph.lines[parts[0]]))
        key = secrets.token_urlsafe(18)
        if len(parts) == 1 and (described := self._media.described(parts[0], key, self.url, self._clock())) is not None:
            return _json(described)
        return _response(self._graph.refuse(Refusal(100, "Object does not exist or cannot be loaded.", 33)))

    def _described(self, request: web.BaseRequest, line: LabLine) -> dict[str, Any]:
        """The number; with `fields=`, those alone."""
        webhook = {"application": self._webhook_url or "in process"} if line.subscribed else {}
        whole = {
            "id": line.phone_number_id,
            "verified_name": line.name,
            "display_phone_number": line.display_phone_number,
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "webhook_configuration": webhook,
        }
        wanted = set(request.query.get("fields", "").split(",")) - {""}
        usual = whole.keys() - {"webhook_configuration"}
        return {key: whole[key] for key in whole if key in ((wanted | {"id"}) if wanted else usual)}

    def _siblings(self, line: LabLine) -> list[LabLine]:
        return [other for other in self._graph.lines.values() if other.waba_id == line.waba_id]

    async def _media_content(self, request: web.BaseRequest, key: str) -> web.StreamResponse:
        if self._graph.line_of_token(_token(request)) is None:
            return web.Response(status=401)
        fetched = self._media.fetch(key, self._clock())
        if fetched is None:
            return web.Response(status=404)
        return await _file(request, *fetched)


async def _file(request: web.BaseRequest, found: MediaFile, spoiled: Spoiled) -> web.StreamResponse:
    """The bytes, or what is wrong with them in their stead."""
    await asyncio.sleep(spoiled.delay_s)
    if spoiled.http_status is not None:
        return web.Response(status=spoiled.http_status)
    content = found.content if spoiled.content is None else spoiled.content
    answer = web.StreamResponse(headers={"Content-Type": spoiled.mime_type or found.mime_type})
    if spoiled.encoding is not None:
        answer.headers["Content-Encoding"] = spoiled.encoding
    if not spoiled.endless_bytes:
        answer.content_length = len(content) if spoiled.declared_length is None else spoiled.declared_length
    await answer.prepare(request)
    await answer.write(content)
    with contextlib.suppress(ConnectionError):  # whoever fetches has had enough
        for _ in range(0, spoiled.endless_bytes, PIECE_BYTES):
            await answer.write(bytes(PIECE_BYTES))
    if spoiled.declared_length is not None and request.transport is not None:
        request.transport.close()
    return answer


async def _given(request: web.BaseRequest, answer: Answer, fault: Fault | None) -> web.StreamResponse:
    """The answer, or the harm that stands in its place."""
    transport = request.transport
    if answer.harm is Harm.SILENCE:
        # Cancelled as soon as the sender gives up and hangs up.
        await asyncio.sleep(LONGEST_SILENCE_S)
    if answer.harm in (Harm.RESET, Harm.NEVER_RECEIVED, Harm.HALF_READ) and transport is not None:
        reset(transport)
    if answer.harm in (Harm.CLOSE, Harm.SILENCE) and transport is not None:
        transport.close()
    return _response(answer)


def _token(request: web.BaseRequest) -> str | None:
    written = request.headers.get("Authorization", "")
    return written[7:] if written.startswith("Bearer ") else request.query.get("access_token")


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.http_status or 200, body=answer.content, content_type=answer.content_type)


def _json(body: dict[str, Any]) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")


def _token_data(valid: bool) -> dict[str, Any]:
    scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
    return {
        "app_id": "670843887433847",
        "type": "SYSTEM_USER",
        "application": "Lab app",
        "is_valid": valid,
        "expires_at": 0,
        "scopes": scopes if valid else [],
    }
