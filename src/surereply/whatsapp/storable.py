"""JSON bytes whose strings PostgreSQL's text can hold, at the same length, so that offsets stay true."""

import re

_ESCAPE = re.compile(
    rb"\\(?:"
    rb"u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a surrogate pair
    rb"|u[0-9a-fA-F]{4}|.)",
    re.DOTALL,
)
_REPLACEMENT = rb"\ufffd"
_STRAY_BYTE = re.compile("[\udc80-\udcff]")


def storable(raw: bytes) -> bytes:
    """The same bytes, the same object, unless there is a NUL escape or broken UTF-8 in them."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            raw = _STRAY_BYTE.sub("?", raw.decode("utf-8", "surrogateescape")).encode()
    return with_storable_escapes(raw) if b"\\u0000" in raw else raw


def with_storable_escapes(raw: bytes) -> bytes:
    r"""`\u0000` and lone surrogates become `\ufffd`, the replacement character."""
    return _ESCAPE.sub(_storable_escape, raw)


def _storable_escape(escape: re.Match[bytes]) -> bytes:
    text = escape[0]
    lone_surrogate = len(text) == 6 and text[2] in b"dD" and text[3] in b"89abcdefABCDEF"
    return _REPLACEMENT if lone_surrogate or text == b"\\u0000" else text
