"""Which files are wanted, how large, and whether bytes are of the type that they are declared to be."""

import pytest

from surereply.lab.media import small_picture, voice_note
from surereply.whatsapp.file_types import FILE_TYPES, MEGABYTE, is_what_it_says, limits, sound_limits

MP4 = b"\0\0\0\x18ftypmp42"
OFFICE = "application/vnd.openxmlformats-officedocument."
BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/png": small_picture(1, 2, 3),
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 ",
    "image/gif": b"GIF89a",
    "audio/ogg": voice_note(),
    "audio/mpeg": b"ID3\x04",
    "audio/mp4": b"\0\0\0\x1cftypM4A ",
    "audio/aac": b"\xff\xf1\x50\x80",
    "audio/amr": b"#!AMR\n",
    "video/mp4": MP4,
    "video/3gpp": b"\0\0\0\x14ftyp3gp5",
    "application/pdf": b"%PDF-1.7\n",
    "text/plain": "سارة خان\n".encode(),
    "application/msword": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "application/vnd.ms-excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "application/vnd.ms-powerpoint": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    f"{OFFICE}wordprocessingml.document": b"PK\x03\x04\x14",
    f"{OFFICE}spreadsheetml.sheet": b"PK\x03\x04\x14",
    f"{OFFICE}presentationml.presentation": b"PK\x03\x04\x14",
}
FOREIGN = (b"", b"<html><script>", b"<svg onload=alert(1)>", b"MZ\x90\0", b"\x7fELF\0", b"#!/bin/sh\n\0")


@pytest.mark.parametrize("mime_type", sorted(FILE_TYPES))
def test_a_file_is_known_by_how_it_begins(mime_type: str) -> None:
    assert is_what_it_says(mime_type, BEGINNINGS[mime_type])


@pytest.mark.parametrize("mime_type", sorted(FILE_TYPES.keys() - {"text/plain"}))
@pytest.mark.parametrize("data", FOREIGN)
def test_what_begins_otherwise_is_not_what_it_says(mime_type: str, data: bytes) -> None:
    assert not is_what_it_says(mime_type, data)


@pytest.mark.parametrize("mime_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", ""])
def test_what_a_browser_would_run_is_not_wanted(mime_type: str) -> None:
    assert mime_type not in FILE_TYPES
    assert not is_what_it_says(mime_type, b"<svg/>")


def test_what_is_shown_in_the_page_are_pictures_sounds_and_films_alone() -> None:
    inline = {name.partition("/")[0] for name, one in FILE_TYPES.items() if one.is_inline}

    assert inline == {"image", "audio", "video"}


def test_limits_are_whatsapps_and_never_above_the_owners() -> None:
    assert limits(100 * MEGABYTE)["image/jpeg"] == 5 * MEGABYTE
    assert limits(100 * MEGABYTE)["application/pdf"] == 100 * MEGABYTE
    assert set(limits(MEGABYTE).values()) == {MEGABYTE}
    assert sound_limits(MEGABYTE).keys() == {name for name in FILE_TYPES if name.startswith("audio/")}
