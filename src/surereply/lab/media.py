"""What customers sent as photo, voice or file: kept for 7 days, behind addresses that live 5 minutes."""

import hashlib
import struct
import zlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

KEPT = timedelta(days=7)
ADDRESS_LIVES = timedelta(minutes=5)
SIDE = 48  # of a picture, in dots


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What is wrong with a file: with what is said of it, with its address, or with how it comes."""

    mime_type: str | None = None  # said to be of
    size: int | None = None  # said to be so many bytes
    sha256: str | None = None
    address: str | None = None  # leads there instead
    expired: bool = False  # the address, before it is used
    content: bytes | None = None  # other bytes come
    endless_bytes: int = 0  # comes in pieces, so many bytes in all, and never says how many
    declared_length: int | None = None  # the Content-Length of what comes
    encoding: str | None = None  # the Content-Encoding of what comes
    delay_s: float = 0.0  # before it comes
    http_status: int | None = None  # comes instead
    times: int | None = None  # so often alone; then all is well


@dataclass(frozen=True, slots=True)
class MediaFile:
    media_id: str
    mime_type: str
    content: bytes
    kept_at: datetime

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class MediaShelf:
    """Media by id, and the short-lived addresses under which they are fetched."""

    def __init__(self) -> None:
        self._files: dict[str, MediaFile] = {}
        self._addresses: dict[str, tuple[str, datetime]] = {}
        self._spoiled: dict[str, Spoiled] = {}
        self.fetches = 0  # of addresses

    def keep(self, media_id: str, mime_type: str, content: bytes, now: datetime) -> MediaFile:
        self._files[media_id] = MediaFile(media_id, mime_type, content, now)
        return self._files[media_id]

    def spoil(self, media_id: str, spoiled: Spoiled) -> None:
        self._spoiled[media_id] = spoiled

    def find(self, media_id: str, now: datetime) -> MediaFile | None:
        kept = self._files.get(media_id)
        return kept if kept is not None and now < kept.kept_at + KEPT else None

    def described(self, media_id: str, key: str, url: str, now: datetime) -> dict[str, object] | None:
        """What the Graph API says of a file, with a new address; `key` is unguessable and the caller's."""
        found = self.find(media_id, now)
        if found is None:
            return None
        spoiled = self._spoiled.get(media_id, Spoiled())
        path = self.address(media_id, key, now - ADDRESS_LIVES if spoiled.expired else now)
        return {
            "url": spoiled.address or url + path,
            "mime_type": spoiled.mime_type or found.mime_type,
            "sha256": spoiled.sha256 or found.sha256,
            "file_size": len(found.content) if spoiled.size is None else spoiled.size,
            "id": media_id,
            "messaging_product": "whatsapp",
        }

    def address(self, media_id: str, key: str, now: datetime) -> str:
        """The path part of a new address."""
        self._addresses[key] = (media_id, now + ADDRESS_LIVES)
        return f"/media/{key}"

    def fetch(self, key: str, now: datetime) -> tuple[MediaFile, Spoiled] | None:
        media_id, until = self._addresses.get(key, ("", now))
        found = self.find(media_id, now) if now < until else None
        if found is None:
            return None
        self.fetches += 1
        return found, self._harm(media_id)

    def _harm(self, media_id: str) -> Spoiled:
        spoiled = self._spoiled.get(media_id, Spoiled())
        if spoiled.times == 0:
            return Spoiled()
        if spoiled.times is not None:
            self._spoiled[media_id] = replace(spoiled, times=spoiled.times - 1)
        return spoiled


def small_picture(red: int, green: int, blue: int) -> bytes:
    """A PNG of one colour: enough of a photo for everything that looks at bytes."""
    row = b"\x00" + bytes((red, green, blue)) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIDE)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def voice_note(words: str = "") -> bytes:
    """The first pages of an Ogg Opus file (RFC 7845): recognisable, and silent; the words stand among its tags."""
    page = b"OggS\x00\x02" + bytes(20) + b"\x01"
    head = page + b"\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
    tag = b"WORDS=" + words.encode()
    vendor = b"surereply lab"
    tags = struct.pack("<I", len(vendor)) + vendor + struct.pack("<II", 1, len(tag)) + tag
    return head + page + b"\xffOpusTags" + tags if words else head


def words_in(sound: bytes) -> str:
    """What somebody says in a voice note of ours; "" where they say nothing."""
    return sound.partition(b"WORDS=")[2].decode()
