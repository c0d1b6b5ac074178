"""The connections to the Cloud API: one pool, and a watch over the first byte written."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

CONNECTIONS = 100
# Shorter than a server's, so that we close an idle connection first and write into none that is dead.
KEEP_ALIVE_SECONDS = 15.0
CONNECT_SECONDS = 5.0
LARGEST_ANSWER = 256 * 1024


class NotWrittenError(Exception):
    """The deadline passed before the first byte of the request."""


@dataclass(slots=True)
class Flight:
    """One request's way out: whether it may still be written, and whether it was."""

    deadline: float  # on `clock`
    clock: Callable[[], float]
    written: bool = False
    too_late: bool = False
    given_up: bool = False

    def check(self) -> None:
        """Raises NotWrittenError where nothing may be written any more."""
        self.too_late = self.too_late or self.clock() > self.deadline
        if self.too_late or self.given_up:
            raise NotWrittenError


def open_http(*, connections: int = CONNECTIONS, decompress: bool = True) -> aiohttp.ClientSession:
    """A pool to be closed by the caller (`async with open_http() as http`); call it inside a running loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[_Watch()],
        trust_env=False,
        auto_decompress=decompress,
    )


def is_watched(http: aiohttp.ClientSession) -> bool:
    return any(isinstance(trace, _Watch) for trace in http.trace_configs)


class _Watch(aiohttp.TraceConfig):
    """Reports to the `Flight` that a request carries; requests without one pass unseen."""

    def __init__(self) -> None:
        super().__init__()
        self.on_request_chunk_sent.append(_about_to_write)


async def _about_to_write(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    # Called right before head and body are written together; a head alone could not be accepted anyway.
    flight = context.trace_request_ctx
    if isinstance(flight, Flight):
        flight.check()
        flight.written = True


def endpoint(api_url: str, *segments: str) -> URL:
    """`{api_url}/{segment}/…`; raises ValueError for a segment that would lead elsewhere."""
    for segment in segments:
        if not segment or not segment.isascii() or not all(c.isalnum() or c in "._-" for c in segment):
            raise ValueError("an id for the Cloud API holds letters, digits, '.', '_' and '-' only")
        if segment.strip(".") == "":
            raise ValueError("an id for the Cloud API is not made of dots")
    return URL("/".join([api_url.rstrip("/"), *segments]))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def read_at_most(answer: aiohttp.ClientResponse, limit: int = LARGEST_ANSWER) -> bytes | None:
    """The whole body, or None for one that is larger than `limit` bytes."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > limit:
            answer.close()
            return None
    return bytes(body)
