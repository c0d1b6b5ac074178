"""The way to endpoints outside: to public addresses alone, without redirects, within a time, and reading little."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from surereply import __version__
from surereply.domain.addresses import is_public, literal_address
from surereply.domain.announcements import Answer
from surereply.domain.values import without_controls

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
READ_BYTES = 2048  # of an answer: enough to see what is wrong
SHOWN_CHARACTERS = 500


class NotPublic(OSError):
    """The endpoint's name leads to an address that is not public."""


class PublicResolver(AbstractResolver):
    """Names to addresses, once for a connection, which then goes to the very addresses that were looked at: a name
    that leads elsewhere a moment later (DNS rebinding) changes nothing."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        # One inside is enough to refuse them all: a public name has no business there.
        if not all(is_public(ip_address(one["host"].partition("%")[0])) for one in found):
            raise NotPublic(NotPublic.__doc__)
        return found

    async def close(self) -> None:
        await self._inner.close()


class Outward:
    """Posts to endpoints; `private_allowed` is the owner's setting for endpoints inside their own house."""

    def __init__(self, http: aiohttp.ClientSession, *, private_allowed: bool, total_seconds: float) -> None:
        self._http = http
        self._private_allowed = private_allowed
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, connect=CONNECT_SECONDS)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request, never a second. Whatever goes wrong is an answer, too."""
        literal = literal_address(urlsplit(url).hostname or "")
        if literal is not None and not self._private_allowed and not is_public(literal):
            return Answer(None, error=str(NotPublic.__doc__))  # a literal address asks no resolver
        try:
            async with self._http.post(
                URL(url, encoded=True),
                data=body,
                headers={"Content-Type": "application/json", "Accept-Encoding": "identity", **headers},
                allow_redirects=False,
                timeout=self._timeout,
            ) as answer:
                text = _shown(await _beginning(answer))
                return Answer(answer.status, text, _refusal(answer.status), _retry_after(answer))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(None, error=_in_words(error))


@asynccontextmanager
async def open_outward(*, private_allowed: bool, total_seconds: float = TOTAL_SECONDS) -> AsyncIterator[Outward]:
    """Call it inside a running loop."""
    resolver: AbstractResolver = aiohttp.ThreadedResolver()
    connector = aiohttp.TCPConnector(
        limit=0,  # whoever posts bounds it, an endpoint each: a slow one holds up itself alone
        resolver=resolver if private_allowed else PublicResolver(resolver),
        use_dns_cache=False,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"Surereply/{__version__}"},
        trust_env=False,
        auto_decompress=False,
    ) as http:
        yield Outward(http, private_allowed=private_allowed, total_seconds=total_seconds)


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    """The rest is nobody's: an answer may be as long as it likes."""
    read = bytearray()
    async for chunk in answer.content.iter_any():
        read += chunk
        if len(read) >= READ_BYTES:
            answer.close()
            break
    return bytes(read[:READ_BYTES])


def _shown(read: bytes) -> str:
    return " ".join(without_controls(read.decode("utf-8", "replace")).split())[:SHOWN_CHARACTERS]


def _refusal(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return f"answered {status}: redirects are not followed" if 300 <= status < 400 else f"answered {status}"


def _retry_after(answer: aiohttp.ClientResponse) -> timedelta | None:
    given = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(given)) if given.isascii() and given.isdigit() and len(given) < 8 else None


def _in_words(error: Exception) -> str:
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time"
    cause = error.__cause__ or error
    if isinstance(error, NotPublic) or isinstance(cause, NotPublic) or isinstance(error.__context__, NotPublic):
        return str(NotPublic.__doc__)
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError | aiohttp.ClientSSLError):
        return "its certificate is not trusted, or TLS failed"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name leads to no address"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "no connection"
    return f"the connection broke ({type(error).__name__})"
