"""The types of files that customers may send, how large each may be, and how its bytes begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

MEGABYTE = 1024 * 1024
LOOKED_AT = 1024  # bytes of the beginning


@dataclass(frozen=True, slots=True)
class FileType:
    """`is_inline`: a browser shows it without running anything, so the panel may; anything else is saved only."""

    mime_type: str
    extension: str
    largest_bytes: int
    begins: Callable[[bytes], bool]
    is_inline: bool = True


def _starts(*beginnings: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(beginnings)


def _is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def _is_mp4(data: bytes) -> bool:
    """The ISO base media format: MP4, M4A and 3GP."""
    return data[4:8] == b"ftyp"


def _is_mpeg_audio(data: bytes) -> bool:
    return data[:3] == b"ID3" or (data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE0 == 0xE0)


def _is_aac(data: bytes) -> bool:
    return data[:4] == b"ADIF" or (data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xF6 == 0xF0) or _is_mp4(data)


def _is_pdf(data: bytes) -> bool:
    """Readers take a header anywhere in the first 1,024 bytes (ISO 32000, annex H)."""
    return b"%PDF-" in data[:LOOKED_AT]


def _is_plain(data: bytes) -> bool:
    return b"\0" not in data[:LOOKED_AT]


_IMAGE, _SOUND, _DOCUMENT = 5 * MEGABYTE, 16 * MEGABYTE, 100 * MEGABYTE
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OLE = _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_ZIP = _starts(b"PK\x03\x04")

# Types and limits: https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media (supported media types).
# Neither HTML nor SVG is among them: they run scripts.
FILE_TYPES: Mapping[str, FileType] = {
    one.mime_type: one
    for one in (
        FileType("image/jpeg", "jpg", _IMAGE, _starts(b"\xff\xd8\xff")),
        FileType("image/png", "png", _IMAGE, _starts(b"\x89PNG\r\n\x1a\n")),
        FileType("image/webp", "webp", _IMAGE, _is_webp),
        FileType("image/gif", "gif", _IMAGE, _starts(b"GIF87a", b"GIF89a")),
        FileType("audio/ogg", "ogg", _SOUND, _starts(b"OggS")),
        FileType("audio/mpeg", "mp3", _SOUND, _is_mpeg_audio),
        FileType("audio/mp4", "m4a", _SOUND, _is_mp4),
        FileType("audio/aac", "aac", _SOUND, _is_aac),
        FileType("audio/amr", "amr", _SOUND, _starts(b"#!AMR")),
        FileType("video/mp4", "mp4", _SOUND, _is_mp4),
        FileType("video/3gpp", "3gp", _SOUND, _is_mp4),
        FileType("application/pdf", "pdf", _DOCUMENT, _is_pdf, is_inline=False),
        FileType("text/plain", "txt", _DOCUMENT, _is_plain, is_inline=False),
        FileType("application/msword", "doc", _DOCUMENT, _OLE, is_inline=False),
        FileType("application/vnd.ms-excel", "xls", _DOCUMENT, _OLE, is_inline=False),
        FileType("application/vnd.ms-powerpoint", "ppt", _DOCUMENT, _OLE, is_inline=False),
        FileType(f"{_OFFICE}wordprocessingml.document", "docx", _DOCUMENT, _ZIP, is_inline=False),
        FileType(f"{_OFFICE}spreadsheetml.sheet", "xlsx", _DOCUMENT, _ZIP, is_inline=False),
        FileType(f"{_OFFICE}presentationml.presentation", "pptx", _DOCUMENT, _ZIP, is_inline=False),
    )
}


def limits(most_bytes: int) -> dict[str, int]:
    """MIME type to the largest file of it, none above `most_bytes`."""
    return {name: min(one.largest_bytes, most_bytes) for name, one in FILE_TYPES.items()}


def sound_limits(most_bytes: int) -> dict[str, int]:
    """The same, of what can be listened to alone."""
    return {name: most for name, most in limits(most_bytes).items() if name.startswith("audio/")}


def is_what_it_says(mime_type: str, data: bytes) -> bool:
    """Whether the bytes begin as a file of that type does."""
    known = FILE_TYPES.get(mime_type)
    return known is not None and known.begins(data)
