"""The lab's own HTTP side: JSON for other processes, and a phone in the browser for a newcomer."""

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from importlib.resources import files
from typing import Any

import msgspec
from aiohttp import web

from surereply.lab.faults import Rule
from surereply.lab.ledger import Entry
from surereply.lab.limits import Limits
from surereply.lab.lines import LabLine
from surereply.lab.phones import NothingToTapError, Phone, Said
from surereply.lab.reporting import Reporting
from surereply.lab.screen import screen_of
from surereply.lab.world import World

ADDRESS = re.compile(r"^(?:\d{7,15}|[A-Z]{2}\.[A-Za-z0-9]{1,128})$")
REFRESH_S = 0.5
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
PAGE_HEADERS = {
    "Content-Security-Policy": f"{PAGE_POLICY}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _RefusedError(Exception):
    """The request cannot be served; the text says why."""

    def __init__(self, http_status: int, text: str) -> None:
        super().__init__(text)
        self.http_status = http_status


class Control:
    """Answers `/lab…`, `/phone/…` and `/`; None for every other path, which is the Graph API's."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed = asyncio.Event()
        self._page = (files("surereply.lab") / "phone.html").read_bytes()
        world.change_listeners.append(lambda _: self._changed.set())

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse | None:
        parts = request.path.strip("/").split("/")
        if parts == [""]:
            first = next((phone.address for phone in self._world.phones), "971500000001")
            return web.Response(status=302, headers={"Location": f"/phone/{first}"})
        if parts[0] not in ("lab", "phone"):
            return None
        try:
            if parts[0] == "phone":
                return self._phone_page(parts[1:])
            return await self._lab(request, request.method, parts[1:])
        except _RefusedError as refused:
            return _json({"error": str(refused)}, refused.http_status)
        except (msgspec.DecodeError, ValueError) as error:
            # ValidationError too: which value of the request is wrong, and where.
            return _json({"error": str(error)}, 422)

    def _phone_page(self, parts: list[str]) -> web.Response:
        if len(parts) != 1 or not ADDRESS.match(parts[0]):
            raise _RefusedError(404, "a phone's address is 7 to 15 digits, or a BSUID such as US.13491208655302")
        return web.Response(body=self._page, content_type="text/html", charset="utf-8", headers=PAGE_HEADERS)

    async def _lab(self, request: web.BaseRequest, method: str, parts: list[str]) -> web.StreamResponse:
        # A page of another origin cannot send JSON without asking first, so it cannot drive the lab.
        if method != "GET" and request.content_type != "application/json":
            raise _RefusedError(415, "send application/json")
        match (method, *parts):
            case ("GET",):
                return _json(self._overview())
            case ("GET", "ledger"):
                after = int(request.query.get("after", "0"))
                return _json({"entries": [_entry(entry) for entry in self._world.graph.ledger.after(after)]})
            case ("GET", "book"):
                return _json(self._book())
            case ("GET", "faults"):
                return _json({"rules": msgspec.to_builtins(self._world.graph.faults.rules)})
            case ("POST", "faults"):
                self._world.graph.faults.add(msgspec.json.decode(await request.read(), type=Rule))
                return _json({"rules": msgspec.to_builtins(self._world.graph.faults.rules)}, 201)
            case ("DELETE", "faults"):
                self._world.graph.faults.clear()
                return _json({"rules": []})
            case ("PUT", "reporting"):
                reporting = msgspec.json.decode(await request.read(), type=Reporting)
                self._world.graph.change_manners(replace(self._world.graph.manners, reporting=reporting))
                return _json(msgspec.to_builtins(reporting))
            case ("PUT", "limits"):
                limits = msgspec.json.decode(await request.read(), type=Limits)
                self._world.graph.change_manners(replace(self._world.graph.manners, limits=limits))
                return _json(msgspec.to_builtins(limits))
            case ("PUT", "lines", phone_number_id, "token"):
                return await self._put_token(request, phone_number_id)
            case (_, "phones", address, *rest):
                return await self._phone(request, method, self._find_phone(request, address), rest)
        raise _RefusedError(404, f"the lab has nothing at {method} {request.path}")

    async def _phone(self, request: web.BaseRequest, method: str, phone: Phone, rest: list[str]) -> web.StreamResponse:
        match (method, *rest):
            case ("GET",):
                return _json(screen_of(phone, self._world.clock()))
            case ("GET", "stream"):
                return await self._stream(request, phone)
            case ("POST", "messages"):
                said = _send(phone, msgspec.json.decode(await request.read(), type=dict[str, Any]))
                return _json({"wamid": said.wamid}, 201)
            case ("POST", "redeliveries"):
                again = phone.again()
                if again is None:
                    raise _RefusedError(409, "nothing was said on this phone yet")
                return _json({"wamid": again.wamid}, 201)
            case ("POST", "views"):
                return _json({"read": phone.reads()}, 201)
            case ("POST", "windows"):
                # Somebody else delivers what this customer wrote; the provider knows of it all the same.
                wamid = msgspec.json.decode(await request.read(), type=dict[str, str])["wamid"]
                self._world.graph.note_inbound(phone.line.phone_number_id, phone.names, wamid, self._world.clock())
                return _json({"wamid": wamid}, 201)
        raise _RefusedError(404, f"a phone has nothing at {method} {request.path}")

    async def _stream(self, request: web.BaseRequest, phone: Phone) -> web.StreamResponse:
        """Server-sent events: the whole screen, whenever it looks different."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        shown = b""
        while True:
            self._changed.clear()
            screen = msgspec.json.encode(screen_of(phone, self._world.clock()))
            if screen != shown:
                await stream.write(b"data: " + screen + b"\n\n")
                shown = screen
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), REFRESH_S)

    async def _put_token(self, request: web.BaseRequest, phone_number_id: str) -> web.Response:
        """`{"access_token": "…"}` renews the token, null lets it expire."""
        if phone_number_id not in self._world.graph.lines:
            raise _RefusedError(404, f"the lab has no line {phone_number_id}")
        token = msgspec.json.decode(await request.read(), type=dict[str, str | None]).get("access_token")
        if token is None:
            self._world.graph.expire_token(phone_number_id)
        else:
            self._world.graph.renew_token(phone_number_id, token)
        return _json({"valid": token is not None})

    def _find_phone(self, request: web.BaseRequest, address: str) -> Phone:
        if not ADDRESS.match(address):
            raise _RefusedError(404, "a phone's address is 7 to 15 digits, or a BSUID such as US.13491208655302")
        name = request.query.get("name", "Customer")
        line = self._line(request.query.get("line"))
        if "." in address:
            return self._world.phone(bsuid=address, name=name, line=line)
        return self._world.phone(address, name=name, line=line)

    def _line(self, phone_number_id: str | None) -> LabLine | None:
        if phone_number_id is not None and phone_number_id not in self._world.graph.lines:
            raise _RefusedError(404, f"the lab has no line {phone_number_id}")
        return self._world.graph.lines.get(phone_number_id or "")

    def _overview(self) -> dict[str, Any]:
        ledger = self._world.graph.ledger
        return {
            "lines": [{"phone_number_id": line.phone_number_id, "name": line.name} for line in self._world.lines],
            "phones": [{"address": phone.address, "name": phone.name} for phone in self._world.phones],
            "accepted": len(ledger.accepted),
            "requests": len(ledger),
            "sent_twice": len(ledger.sent_twice()),
            "unacknowledged": len(self._world.meta.unacknowledged()),
        }

    def _book(self) -> dict[str, Any]:
        return {
            "deliveries": self._world.meta.deliveries,
            "updates": [
                {"key": update.key, "attempts": update.attempts, "acknowledgements": update.acknowledgements}
                for update in self._world.meta.book
            ],
        }


def _send(phone: Phone, wish: dict[str, Any]) -> Said:
    """`{"type": "text" | "tap" | "photo" | "voice" | "location" | "late" | …, …}` done on the phone."""
    text = str(wish.get("text", ""))
    ways: dict[str, Callable[[], Said]] = {
        "text": lambda: phone.says(text),
        "tap": lambda: phone.taps(str(wish.get("title", "")), wish.get("of")),
        "photo": lambda: phone.sends_photo(text or None),
        "voice": lambda: phone.sends_voice(text),
        "sticker": phone.sends_sticker,
        "location": lambda: phone.sends_location(25.2048, 55.2708, text or None),
        "late": lambda: phone.says_late(text, timedelta(hours=float(wish.get("hours", 25)))),
    }
    kind = str(wish.get("type", "text"))
    if kind not in ways:
        raise _RefusedError(422, f"type must be one of {', '.join(ways)}")
    if kind in ("text", "late") and not text.strip():
        raise _RefusedError(422, "text must not be empty")
    try:
        return ways[kind]()
    except NothingToTapError as error:
        raise _RefusedError(409, str(error)) from error


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "phone_number_id": entry.phone_number_id,
        "recipient": entry.recipient,
        "body": entry.body,
        "callback_data": entry.callback_data,
        "received_at": entry.received_at.isoformat(),
        "accepted": entry.accepted,
        "wamid": entry.wamid,
        "answer": entry.answer,
    }


def _json(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(body),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
