"""The only code that can send a message: one request, and what became of it as one of three outcomes."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec

from surereply.clock import boottime
from surereply.domain.outcome import IN_DOUBT, NOT_WRITTEN, Outcome, Verdict, judge
from surereply.whatsapp.errors import error_of, redact
from surereply.whatsapp.http import (
    CONNECT_SECONDS,
    Flight,
    bearer,
    endpoint,
    is_watched,
    read_at_most,
)

TOTAL_SECONDS = 20.0
LONGEST_RETRY_AFTER = timedelta(hours=1)
LONGEST_WAMID = 512


class WhatsAppClient:
    """Sends over `http` (from `open_http`) to `api_url`, version included: `https://graph.facebook.com/v23.0`.

    `extra_not_sent` are error codes that the owner's setting adds to the list of those that mean "not sent".
    `total_seconds` is for one request, from waiting for a connection to the answer's last byte.
    """

    def __init__(
        self,
        api_url: str,
        http: aiohttp.ClientSession,
        *,
        extra_not_sent: frozenset[int] = frozenset(),
        total_seconds: float = TOTAL_SECONDS,
        clock: Callable[[], float] = boottime,
    ) -> None:
        if not is_watched(http):
            raise ValueError("http must come from open_http: only its pool tells whether a byte was written")
        self.api_url = api_url
        self.http = http
        self.extra_not_sent = extra_not_sent
        self.clock = clock
        self.timeout = aiohttp.ClientTimeout(total=total_seconds, sock_connect=CONNECT_SECONDS)

    async def send(self, phone_number_id: str, token: str, body: Mapping[str, Any], deadline: float) -> Outcome:
        """Send `body` (from `request_body`) at most once.

        `deadline` is on `clock` (seconds of `boottime()` unless set): past it nothing is written any more.
        Only cancelling raises, and leaves the send in doubt.
        """
        started = self.clock()
        flight = Flight(deadline, self.clock)
        data = json.dumps(body, separators=(",", ":")).encode()
        record: dict[str, Any] = {"type": body.get("type"), "bytes_out": len(data)}
        private = (token, *_texts(body))
        try:
            flight.check()
            status, answer, retry_after = await self._post(phone_number_id, token, data, flight)
            record |= {"http_status": status, "bytes_in": None if answer is None else len(answer)}
            outcome = self._outcome(status, answer, retry_after, private, record)
        except Exception as error:
            record["error"] = _name(error)
            outcome = _broken(flight, record)
        finally:
            flight.given_up = True  # nothing of this request is written from here on
        record["ms"] = round((self.clock() - started) * 1000, 1)
        return outcome

    async def _post(
        self, phone_number_id: str, token: str, data: bytes, flight: Flight
    ) -> tuple[int, bytes | None, str | None]:
        async with self.http.post(
            endpoint(self.api_url, phone_number_id, "messages"),
            data=data,
            headers=bearer(token) | {"Content-Type": "application/json"},
            allow_redirects=False,
            timeout=self.timeout,
            trace_request_ctx=flight,
        ) as answer:
            return answer.status, await read_at_most(answer), answer.headers.get("Retry-After")

    def _outcome(
        self,
        status: int,
        answer: bytes | None,
        retry_after: str | None,
        private: tuple[str, ...],
        record: dict[str, Any],
    ) -> Outcome:
        decoded = _decode(answer)
        wamid = _wamid(decoded)
        if wamid is not None and 200 <= status < 300:
            return Outcome(Verdict.ACCEPTED, wamid=wamid, record=record)
        error = error_of(decoded)
        if error is None:
            return Outcome(Verdict.UNKNOWN, details=f"HTTP {status} without a verdict", rule=IN_DOUBT, record=record)
        record |= {"code": error.code, "trace": error.trace}
        rule = judge(error.code, self.extra_not_sent)
        return Outcome(
            rule.verdict,
            code=error.code,
            details=redact(error.details, private),
            rule=rule,
            retry_after=_seconds(retry_after),
            record=record,
        )


def _broken(flight: Flight, record: dict[str, Any]) -> Outcome:
    """The exception's name is all that is told of it: its text may hold an address or a header."""
    name = record["error"]
    if not flight.written:
        details = "deadline passed before writing" if flight.too_late else f"not reached: {name}"
        return Outcome(NOT_WRITTEN.verdict, details=details, rule=NOT_WRITTEN, record=record)
    return Outcome(Verdict.UNKNOWN, details=f"no answer: {name}", rule=IN_DOUBT, record=record)


def _name(error: BaseException) -> str:
    return type(error).__name__


def _decode(answer: bytes | None) -> Any:
    try:
        return msgspec.json.decode(answer or b"")
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _wamid(decoded: Any) -> str | None:
    messages = decoded.get("messages") if isinstance(decoded, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    wamid = first.get("id") if isinstance(first, dict) else None
    return wamid if isinstance(wamid, str) and 0 < len(wamid) <= LONGEST_WAMID else None


def _seconds(retry_after: str | None) -> timedelta | None:
    if retry_after is None or not retry_after.isascii() or not retry_after.isdigit() or len(retry_after) > 9:
        return None
    return min(timedelta(seconds=int(retry_after)), LONGEST_RETRY_AFTER)


PROTOCOL_WORDS = frozenset({"type", "messaging_product", "recipient_type"})


def _texts(value: Any) -> Iterator[str]:
    """Every text of a request that an error body might repeat."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in PROTOCOL_WORDS:
                yield from _texts(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
