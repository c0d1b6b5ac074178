"""The lab on real sockets, for tests: a webhook to deliver to, and a client of the fake Graph API."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from support.ports import own_port
from surereply.lab.control import Control
from surereply.lab.graph import Manners
from surereply.lab.lines import LabLine
from surereply.lab.world import World

LINE = LabLine()
CUSTOMER = "971500000001"
REPLY = "01930000-0000-7000-8000-000000000001"
SEND = {
    "messaging_product": "whatsapp",
    "to": CUSTOMER,
    "type": "text",
    "text": {"body": "Hello"},
    "biz_opaque_callback_data": f"v1.7.{REPLY}.1",
}


class Webhook:
    """A business's webhook on a port of its own, with a script of answers; it can be down."""

    def __init__(self, *answers: int) -> None:
        self.script = list(answers)
        self.deliveries: list[tuple[bytes, str]] = []
        self.port = own_port()
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/whatsapp"

    async def start(self) -> None:
        self._runner = web.ServerRunner(web.Server(self._answer))
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method == "GET":
            return web.Response(text=request.query["hub.challenge"])
        self.deliveries.append((await request.read(), request.headers["X-Hub-Signature-256"]))
        return web.Response(status=self.script.pop(0) if self.script else 200)


@asynccontextmanager
async def a_lab(**more: object) -> AsyncIterator[tuple[World, aiohttp.ClientSession]]:
    """A world whose business answers 200 to everything, and a client."""

    async def fine(body: bytes, headers: object) -> int:
        return 200

    more.setdefault("manners", Manners(knows_windows=False))
    world = World(deliver=fine, lines=[LINE], **more)
    world.server.beside = Control(world)
    async with world, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client:
        yield world, client


async def send(world: World, client: aiohttp.ClientSession, **more: object) -> tuple[int, dict]:
    url = f"{world.api_url}/v23.0/{LINE.phone_number_id}/messages"
    headers = {"Authorization": f"Bearer {LINE.access_token}"}
    async with client.post(url, json={**SEND, **more}, headers=headers) as answer:
        return answer.status, json.loads(await answer.read())
