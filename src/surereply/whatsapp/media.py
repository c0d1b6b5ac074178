"""A customer's file: asked for by its id, fetched within limits, the token shown to nobody else."""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

import aiohttp
import msgspec
from yarl import URL

from surereply.whatsapp.file_types import is_what_it_says
from surereply.whatsapp.http import bearer, endpoint, read_at_most

MEDIA_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)


class MediaProblem(StrEnum):
    GONE = "gone"  # WhatsApp keeps media for about 7 days
    REFUSED = "refused"  # the token, or an answer that makes no sense
    UNREACHABLE = "unreachable"  # may work later
    TOO_LARGE = "too_large"
    TYPE_NOT_WANTED = "type_not_wanted"
    UNSAFE_ADDRESS = "unsafe_address"  # the token would have gone out in clear text, or to a stranger
    DAMAGED = "damaged"  # not the bytes that WhatsApp's hash stands for
    NOT_ITS_TYPE = "not_its_type"  # the bytes are of another type than declared: HTML that calls itself a photo
    NOT_KEPT = "not_kept"  # the settings say that files stay with WhatsApp


# Whoever fetches: the line, WhatsApp's id of the file, and the MIME types that are wanted with the most bytes of each.
FetchMedia: TypeAlias = Callable[[UUID, str, Mapping[str, int]], Awaitable["MediaFile | MediaProblem"]]


@dataclass(frozen=True, slots=True)
class MediaFile:
    data: bytes
    mime_type: str  # without parameters, lower case


async def fetch_media(
    http: aiohttp.ClientSession,
    api_url: str,
    token: str,
    media_id: str,
    *,
    limits: Mapping[str, int],
    hosts: Collection[str] = (),
) -> MediaFile | MediaProblem:
    """The file, of one of the MIME types of `limits`, at most so many bytes, from one of `hosts` or the API's own.

    Its address lives 5 minutes: not kept. `http` should not decompress (`open_http(decompress=False)`).
    """
    try:
        described = await _describe(http, api_url, token, media_id)
        if isinstance(described, MediaProblem):
            return described
        mime_type = _plain_type(described.get("mime_type"))
        size = described.get("file_size")
        limit = limits.get(mime_type)
        if limit is None:
            return MediaProblem.TYPE_NOT_WANTED
        if isinstance(size, int) and size > limit:
            return MediaProblem.TOO_LARGE
        address = _safe_address(described.get("url"), api_url, hosts)
        if address is None:
            return MediaProblem.UNSAFE_ADDRESS
        data = await _download(http, address, token, limit)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return MediaProblem.UNREACHABLE
    except ValueError:
        return MediaProblem.REFUSED
    if isinstance(data, MediaProblem):
        return data
    if not _is_whole(data, described.get("sha256")):
        return MediaProblem.DAMAGED
    return MediaFile(data, mime_type) if is_what_it_says(mime_type, data) else MediaProblem.NOT_ITS_TYPE


async def _describe(
    http: aiohttp.ClientSession, api_url: str, token: str, media_id: str
) -> dict[str, Any] | MediaProblem:
    async with http.get(
        endpoint(api_url, media_id), headers=_headers(token), allow_redirects=False, timeout=MEDIA_TIMEOUT
    ) as answer:
        if answer.status != 200:
            return _problem(answer.status)
        described = msgspec.json.decode(await read_at_most(answer) or b"")
        return described if isinstance(described, dict) else MediaProblem.REFUSED


def _headers(token: str) -> dict[str, str]:
    return {**bearer(token), "Accept-Encoding": "identity"}


def _problem(status: int) -> MediaProblem:
    if status in (404, 410):
        return MediaProblem.GONE
    return MediaProblem.UNREACHABLE if status >= 500 or status == 429 else MediaProblem.REFUSED


def _plain_type(mime_type: Any) -> str:
    return mime_type.split(";")[0].strip().lower() if isinstance(mime_type, str) else ""


def _safe_address(url: Any, api_url: str, hosts: Collection[str]) -> URL | None:
    """One of the hosts over https at its usual port, or the very origin that the settings name (a lab on this machine
    speaks plain http). Whoever answers for WhatsApp chooses the address: it must not lead into our own network."""
    if not isinstance(url, str):
        return None
    try:
        address = URL(url)
        of_host = address.scheme == "https" and address.port == 443 and address.host in hosts
        safe = address.host is not None and (of_host or address.origin() == URL(api_url).origin())
    except ValueError:
        return None
    return address if safe and address.user is None else None


def _is_whole(data: bytes, sha256: Any) -> bool:
    """The hash is hexadecimal in Meta's examples and base64 in its webhooks; either may come, or none."""
    if not isinstance(sha256, str) or not sha256:
        return True
    digest = hashlib.sha256(data).digest()
    return sha256.lower() == digest.hex() or sha256 == b64encode(digest).decode()


async def _download(http: aiohttp.ClientSession, address: URL, token: str, limit: int) -> bytes | MediaProblem:
    # A redirect is refused, not followed: the token would go along to whatever host it names.
    async with http.get(address, headers=_headers(token), allow_redirects=False, timeout=MEDIA_TIMEOUT) as answer:
        if answer.status in range(300, 400):
            return MediaProblem.UNSAFE_ADDRESS
        if answer.status in (404, 410):
            return MediaProblem.UNREACHABLE  # the address may have expired, and the next one works
        if answer.status != 200:
            return _problem(answer.status)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            return MediaProblem.REFUSED  # a few bytes that would unfold into many
        data = await read_at_most(answer, limit)
        return MediaProblem.TOO_LARGE if data is None else data
