"""Who may use the admin API: whoever bears the token, compared in constant time, before anything else is looked at."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surereply.web.problems import problem

BODY_LIMIT = 1 << 20  # bytes
FAILED_ATTEMPTS = 30  # of one address in a minute; more are told to wait
ATTEMPTS_WINDOW_SECONDS = 60.0
ADDRESSES_REMEMBERED = 1024
PUBLIC = frozenset({"/openapi.json", "/docs"})  # the description of the API, without data
NO_TOKEN_SET = "no admin token is set, so nobody may use the API: set SUREREPLY_ADMIN_TOKEN and start again"  # noqa: S105
WITH_A_TOKEN = "send `Authorization: Bearer` with the admin token (SUREREPLY_ADMIN_TOKEN)"  # noqa: S105


@dataclass(slots=True)
class FailedAttempts:
    """What was wrong within the last minute, by address or name: more than `most` are told to wait."""

    steady: Callable[[], float]
    most: int = FAILED_ATTEMPTS
    _since: float = 0.0
    _counts: dict[str, int] = field(default_factory=dict)

    def too_many(self, address: str) -> bool:
        """Count one more of the address; whether it should wait."""
        self._start_anew()
        self._counts[address] = self._counts.get(address, 0) + 1
        return self._counts[address] > self.most

    def take_back(self, address: str) -> None:
        """What was counted was right."""
        if address in self._counts:
            self._counts[address] -= 1

    def _start_anew(self) -> None:
        now = self.steady()
        if now - self._since >= ATTEMPTS_WINDOW_SECONDS:
            self._since, self._counts = now, {}
        elif len(self._counts) >= ADDRESSES_REMEMBERED:
            # Those that were wrong the most often stay: nobody gets new guesses by filling this with others.
            often = sorted(self._counts, key=self._counts.__getitem__, reverse=True)
            self._counts = {one: self._counts[one] for one in often[: ADDRESSES_REMEMBERED // 2]}


class AdminGate:
    """Stands before the whole API: token, size and type of a body. What is behind it sees bodies read whole.

    Whoever bears the right token is never held up by wrong ones.
    """

    def __init__(self, app: ASGIApp, token: str | None, steady: Callable[[], float]) -> None:
        self._app = app
        self._token = token.encode() if token else None
        self._failed = FailedAttempts(steady)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        refused = self._refusal(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        body = await read_body(scope, receive, BODY_LIMIT)
        if body is None:
            too_large = problem(413, "too_large", f"a request may have at most {BODY_LIMIT} bytes")
            await too_large(scope, receive, send)
        elif body and not _is_json(scope):
            not_json = problem(415, "not_json", "send the body as application/json")
            await not_json(scope, receive, send)
        else:
            await self._app(scope, _replayed(body, receive), _uncached(send))

    def _refusal(self, scope: Scope) -> Response | None:
        if scope["path"].removeprefix(scope.get("root_path", "")) in PUBLIC:
            return None
        if self._token is None:
            return problem(401, "no_token_set", NO_TOKEN_SET, headers={"WWW-Authenticate": "Bearer"})
        if bears(scope, self._token):
            return None
        address = scope["client"][0] if scope.get("client") else "unknown"
        if self._failed.too_many(address):
            wait = {"Retry-After": str(int(ATTEMPTS_WINDOW_SECONDS))}
            return problem(429, "too_many_attempts", "too many wrong tokens; wait a minute", headers=wait)
        return problem(401, "unauthorised", WITH_A_TOKEN, headers={"WWW-Authenticate": "Bearer"})


def bears(scope: Scope, token: bytes) -> bool:
    """Bytes against bytes: a header may hold anything."""
    found = False
    for name, value in scope["headers"]:
        if name.lower() == b"authorization":
            scheme, _, given = value.partition(b" ")
            found |= hmac.compare_digest(given.strip(), token) and scheme.lower() == b"bearer"
    return found


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """The whole body; None for one that is larger than `limit` bytes, or whose sender went away."""
    length = Headers(scope=scope).get("content-length", "0")
    if length.isdigit() and int(length[:12]) > limit:
        return None
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def _uncached(send: Send) -> Send:
    """Answers hold what customers wrote: nobody on the way keeps them."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], (b"cache-control", b"no-store")]}
        await send(message)

    return sending


def _is_json(scope: Scope) -> bool:
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
