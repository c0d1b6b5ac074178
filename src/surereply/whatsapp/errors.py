"""WhatsApp's error bodies, read and made fit for logs and screens."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

LONGEST_LINE = 300
LARGEST_CODE = 2**31 - 1
SHORTEST_SECRET = 4  # a shorter text of a customer's would blacken half of every line
_PRIVATE = re.compile(
    r"wamid\.\S+"
    r"|\b[A-Z]{2}\.[A-Za-z0-9]{6,}"  # a BSUID
    r"|\+?[0-9](?:[ .()-]?[0-9]){6,}"  # a phone number; error codes have at most six digits
)


@dataclass(frozen=True, slots=True)
class ApiError:
    """`details` is raw: `redact` it before it goes anywhere."""

    code: int | None
    details: str | None
    trace: str | None  # Meta's support asks for it


def error_of(answer: Any) -> ApiError | None:
    """Of a decoded answer: `{"error": {"code", "message", "error_data": {"details"}, "fbtrace_id"}}`."""
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return None
    trace = error.get("fbtrace_id")
    return ApiError(
        code_of(error),
        details_of(error) or _text(error.get("message")),
        trace if isinstance(trace, str) else None,
    )


def code_of(error: dict[str, Any]) -> int | None:
    """Only a whole number is a code: `false` would equal 0, which means that the token expired."""
    code = error.get("code")
    return code if type(code) is int and 0 <= code <= LARGEST_CODE else None


def details_of(error: dict[str, Any]) -> str | None:
    data = error.get("error_data")
    return _text(data.get("details")) if isinstance(data, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def redact(text: str | None, private: Iterable[str] = ()) -> str | None:
    """One line of at most 300 characters without phone numbers, customers' ids or the `private` texts."""
    if text is None:
        return None
    for word in sorted(private, key=len, reverse=True):
        if len(word) >= SHORTEST_SECRET:
            text = text.replace(word, "…")
    return " ".join(_PRIVATE.sub("…", text).split())[:LONGEST_LINE]
