"""Text cut to WhatsApp's limits without cutting a character in two."""

import unicodedata

ELLIPSIS = "…"
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_REGIONAL = range(0x1F1E6, 0x1F200)


def length(text: str) -> int:
    """In UTF-16 units: Meta does not say how it counts, and no other way counts more characters."""
    return len(text) + sum(character > "\uffff" for character in text)


def clip(text: str, limit: int) -> str:
    """`text` itself if it fits, else its beginning and an ellipsis, together at most `limit`."""
    if length(text) <= limit:
        return text
    end, size = 0, length(ELLIPSIS)
    for start, stop in _characters(text):
        size += length(text[start:stop])
        if size > limit:
            break
        end = stop
    return text[:end].rstrip() + ELLIPSIS


def _characters(text: str) -> list[tuple[int, int]]:
    """Start and end of what a reader sees as one character: letters with their marks, joined emoji, flags."""
    spans: list[tuple[int, int]] = []
    flags = 0  # regional indicators come in pairs
    for position, character in enumerate(text):
        regional = ord(character) in _REGIONAL
        flags = flags + 1 if regional else 0
        joined = position > 0 and text[position - 1] == _JOINER
        if spans and (joined or _extends(character) or (regional and flags % 2 == 0)):
            spans[-1] = (spans[-1][0], position + 1)
        else:
            spans.append((position, position + 1))
    return spans


def _extends(character: str) -> bool:
    code = ord(character)
    return (
        character == _JOINER
        or code in _SKIN_TONES
        or code in _TAGS
        or unicodedata.category(character) in ("Mn", "Me", "Mc")  # variation selectors among them
    )
