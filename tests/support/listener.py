"""A system outside that is told what happens: a real server on loopback, which answers as a test wants it to."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from support.commands import SECRET_KEY
from support.shop import Process, Shop
from surereply.admin.endpoints import NewSecret, add_endpoint
from surereply.announcer import Announcer
from surereply.domain.announcements import Topic
from surereply.outward import Outward


@dataclass(frozen=True)
class Heard:
    """One POST, as it came over the wire."""

    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @property
    def topic(self) -> str:
        return str(self.said["type"])

    def is_signed_with(self, secret: str) -> bool:
        """As the specification tells a receiver to look; written apart from what signs."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Listener:
    """`status`, `text` and `headers` are its next answers; while `held` is clear it does not answer."""

    url: str = ""
    status: int = 200
    text: str = "thanks"
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def topics(self) -> list[str]:
        return [one.topic for one in self.heard]

    async def hears(self, count: int) -> None:
        """Return when so many POSTs came."""
        async with asyncio.timeout(20), self.asked:
            await self.asked.wait_for(lambda: len(self.heard) >= count)

    async def answer(self, request: web.Request) -> web.Response:
        heard = Heard(dict(request.headers), await request.read(), request.path)
        lowered = Heard({name.lower(): value for name, value in heard.headers.items()}, heard.body, heard.path)
        async with self.asked:
            self.heard.append(lowered)
            self.asked.notify_all()
        await self.held.wait()
        return web.Response(status=self.status, text=self.text, headers=self.headers)


@asynccontextmanager
async def open_listener() -> AsyncIterator[Listener]:
    listener = Listener()
    listener.held.set()
    app = web.Application(client_max_size=1 << 22)
    app.router.add_route("*", "/{path:.*}", listener.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert isinstance(site._server, asyncio.Server)
    listener.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/hooks"
    try:
        yield listener
    finally:
        listener.held.set()
        await runner.cleanup()


async def tell(shop: Shop, listener: Listener, *topics: Topic) -> NewSecret:
    """The shop tells the listener of these; of everything unless they are named."""
    for process in shop.processes:
        process.directory._secret_key = SECRET_KEY
    made = await add_endpoint(
        shop.process.db,
        listener.url,
        [*(topics or Topic)],
        shop.process.directory.seal,
        "Layla",
        shop.clock(),
        private_allowed=True,
    )
    assert isinstance(made, NewSecret), made
    for process in shop.processes:
        await process.directory.refresh()
    return made


def announcer_of(shop: Shop, outward: Outward, process: Process | None = None, **more: Any) -> Announcer:
    chosen = process or shop.process
    return Announcer(chosen.db, chosen.directory, shop.clock, outward, **{"randomness": lambda: 0.5, **more})


async def tell_all(announcer: Announcer) -> None:
    """Whatever is due now."""
    while await announcer.announce_once():
        await announcer.drain()
