"""How a delivery reaches the business: over HTTP, to one address or several, or straight into an ASGI app."""

import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import aiohttp

# Delivers a signed body and returns the HTTP status; raises one of NO_ANSWER where there is none.
Deliver = Callable[[bytes, Mapping[str, str]], Awaitable[int]]
NO_ANSWER = (OSError, TimeoutError, aiohttp.ClientError)


class HttpWire:
    """POSTs to a webhook address; with several of them, to one by seeded chance (servers side by side)."""

    def __init__(self, addresses: Sequence[str], chance: random.Random, timeout_s: float = 20.0) -> None:
        self.addresses = list(addresses)
        self._chance = chance
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "HttpWire":
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=self._timeout, raise_for_status=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        assert self._client is not None
        async with self._client.post(self._chance.choice(self.addresses), data=body, headers=headers) as answer:
            await answer.read()
            return answer.status

    async def shake_hands(self, verify_token: str, challenge: str) -> bool:
        """The subscription's handshake, at every address: 200 with the bare challenge."""
        assert self._client is not None
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
        for address in self.addresses:
            async with self._client.get(address, params=query) as answer:
                if answer.status != 200 or await answer.text() != challenge:
                    return False
        return True


def into_asgi(app: Callable[..., Awaitable[Any]], path: str = "/webhooks/whatsapp") -> Deliver:
    """Deliveries go straight into an ASGI app, without a socket."""

    async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        try:
            status, _ = await call_asgi(app, "POST", path, body, headers)
        except Exception:
            # What a server in front of the app would answer; the trace is for whoever tests the app.
            logging.getLogger(__name__).exception("the app raised at a delivery")
            return 500
        return status

    return deliver


async def call_asgi(
    app: Callable[..., Awaitable[Any]],
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    """One request to an ASGI app; the answer's status and body."""
    written = {"host": "lab", "content-length": str(len(body)), **(headers or {})}
    scope = scope_of(method, path, [(name.lower().encode(), value.encode()) for name, value in written.items()])
    requests = [{"type": "http.request", "body": body, "more_body": False}]
    answers: list[Mapping[str, Any]] = []

    async def receive() -> Mapping[str, Any]:
        return requests.pop() if requests else {"type": "http.disconnect"}

    async def send(answer: Mapping[str, Any]) -> None:
        answers.append(answer)

    await app(scope, receive, send)
    status = next(int(part["status"]) for part in answers if part["type"] == "http.response.start")
    return status, b"".join(part.get("body", b"") for part in answers if part["type"] == "http.response.body")


def scope_of(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """What an ASGI app is told of a request from this machine."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": urlsplit(path).path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": urlsplit(path).query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("lab", 80),
        "state": {},
    }
