"""What customers sent as photo, voice or file: kept for 7 days, behind addresses that live 5 minutes."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = timedelta(days=7)
ADDRESS_LIVES = timedelta(minutes=5)


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

    def keep(self, media_id: str, mime_type: str, content: bytes, now: datetime) -> MediaFile:
        self._files[media_id] = MediaFile(media_id, mime_type, content, now)
        return self._files[media_id]

    def find(self, media_id: str, now: datetime) -> MediaFile | None:
        kept = self._files.get(media_id)
        return kept if kept is not None and now < kept.kept_at + KEPT else None

    def address(self, media_id: str, key: str, now: datetime) -> str:
        """The path part of a new address; `key` is unguessable and the caller's."""
        self._addresses[key] = (media_id, now + ADDRESS_LIVES)
        return f"/media/{key}"

    def fetch(self, key: str, now: datetime) -> MediaFile | None:
        media_id, until = self._addresses.get(key, ("", now))
        return self.find(media_id, now) if now < until else None


def small_picture(red: int, green: int, blue: int, side: int = 48) -> bytes:
    """A PNG of one colour: enough of a photo for everything that looks at bytes."""
    row = b"\x00" + bytes((red, green, blue)) * side
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(row * side)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def voice_note() -> bytes:
    """The first page of an Ogg Opus file: recognisable, and silent."""
    return b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
