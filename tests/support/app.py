"""The web side of a shop under test, called as ASGI: real parts, no socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import uvicorn

from support.commands import ADMIN_TOKEN
from support.shop import Shop, open_shop
from surereply.lab.wire import scope_of
from surereply.store.database import connect
from surereply.store.migrate import known_revisions
from surereply.web.app import create_app
from surereply.web.parts import WebParts

ENDED = ""
HOST = (b"host", b"test")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Web:
    """What a browser or a script sees of the shop's first process."""

    def __init__(self, shop: Shop, parts: WebParts) -> None:
        self.shop = shop
        self.parts = parts
        self.app = create_app(parts)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return await self.call("POST", path, body, headers)

    async def put(self, path: str, body: Any = None) -> Answer:
        return await self.call("PUT", path, body)

    async def patch(self, path: str, body: Any) -> Answer:
        return await self.call("PATCH", path, body)

    async def delete(self, path: str) -> Answer:
        return await self.call("DELETE", path)

    async def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A call of the admin API with its token."""
        with_token = {"authorization": f"Bearer {ADMIN_TOKEN}", **(headers or {})}
        raw = b"" if body is None else json.dumps(body).encode()
        if raw:
            with_token.setdefault("content-type", "application/json")
        named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in with_token.items()]
        return await self.raw(method, f"/api/admin{path}", raw, named)

    async def raw(
        self, method: str, path: str, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
    ) -> Answer:
        """One request, byte for byte."""
        requests = [{"type": "http.request", "body": body, "more_body": False}]
        answers: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            if not requests:
                await asyncio.Event().wait()  # whoever asked stays for the answer
            return requests.pop()

        async def send(message: Mapping[str, Any]) -> None:
            answers.append(message)

        await self.app(scope_of(method, path, [HOST, *(headers or [])]), receive, send)
        start = next(one for one in answers if one["type"] == "http.response.start")
        parts = [one.get("body", b"") for one in answers if one["type"] == "http.response.body"]
        return Answer(
            start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, b"".join(parts)
        )

    @asynccontextmanager
    async def stream(
        self, path: str, headers: list[tuple[bytes, bytes]] | None = None
    ) -> AsyncIterator["asyncio.Queue[str]"]:
        """Server-sent events as they come, until the block ends; ENDED when the server ends them."""
        events: asyncio.Queue[str] = asyncio.Queue()
        gone = asyncio.Event()
        asked = False

        async def receive() -> Mapping[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "http.request", "body": b"", "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            if message.get("body"):
                for event in message["body"].decode().split("\n\n")[:-1]:
                    events.put_nowait(f"{event}\n\n")

        async def run() -> None:
            token = [(b"authorization", f"Bearer {ADMIN_TOKEN}".encode())]
            await self.app(scope_of("GET", path, [HOST, *(headers or token)]), receive, send)
            events.put_nowait(ENDED)

        running = asyncio.create_task(run())
        try:
            yield events
        finally:
            gone.set()
            await running


@asynccontextmanager
async def open_web(url: str, **shop_options: Any) -> AsyncIterator[Web]:
    """A shop with its web side; the database says that it was migrated."""
    async with open_shop(url, **shop_options) as shop:
        await shop.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)")
        await shop.execute("DELETE FROM alembic_version")
        await shop.execute("INSERT INTO alembic_version VALUES ($1)", known_revisions()[-1])
        db = await connect(url, name="test admin", most=6)
        try:
            yield Web(shop, parts_of(shop, db))
        finally:
            await db.close()


@asynccontextmanager
async def at_a_port(app: Any) -> AsyncIterator[str]:
    """The address at which the app answers over a real socket."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="none"))
    # Bound and listening before it is served: whoever asks early waits, and nobody has to look whether it started.
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def parts_of(shop: Shop, db: Any, admin_token: str | None = ADMIN_TOKEN) -> WebParts:
    process = shop.process
    return WebParts(
        receiver=process.receiver,
        db=db,
        directory=process.directory,
        clock=shop.clock,
        admin_token=admin_token,
        fetch_media=process.fetch,
        media_folder=process.folder,
    )


async def talked(web: Web, *texts: str, number: str = "971501234567") -> str:
    """A customer writes, the business answers; the conversation's id."""
    phone = web.shop.phone(number)
    for text in texts or ("hello",):
        phone.says(text)
        await web.shop.settle()
    return str((await web.shop.conversation_of(phone))["id"])
