"""What went wrong, as RFC 9457 problem bodies: for machines a code, for people a sentence, never a stack trace."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surereply.store.database import CONNECTION_LOST, NotReplicated

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
UNREACHABLE: tuple[type[Exception], ...] = (
    *CONNECTION_LOST,
    TimeoutError,
    NotReplicated,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
CODES = {
    400: "bad_request",
    401: "unauthorised",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "not_json",
    422: "invalid",
    429: "too_many_attempts",
    500: "internal_error",
    503: "unavailable",
}


class Problem(Exception):
    """An answer that is not what was asked for."""

    def __init__(
        self, status: int, code: str, detail: str, more: Mapping[str, Any] | None = None, headers: Any = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.more, self.headers = dict(more or {}), headers


def problem(
    status: int, code: str, detail: str, more: Mapping[str, Any] | None = None, headers: Any = None
) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return Response(msgspec.json.encode({**(more or {}), **body}), status, headers=headers, media_type=MEDIA_TYPE)


async def on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.code, error.detail, error.more, error.headers)


async def on_http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail or HTTPStatus(error.status_code).phrase
    return problem(error.status_code, CODES.get(error.status_code, "error"), detail, headers=error.headers)


async def on_invalid(_: Request, error: Exception) -> Response:
    """Which part of the request is wrong, and how; never what was sent in it."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in one["loc"]), "what": _printable(one["msg"])} for one in error.errors()
    ]
    sentence = "; ".join(f"{one['where']}: {one['what']}" for one in errors[:3])
    return problem(422, "invalid", sentence or "the request is not valid", {"errors": errors})


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


HANDLERS: dict[Any, Any] = {
    Problem: on_problem,
    HTTPException: on_http_exception,
    RequestValidationError: on_invalid,
}


class Sheltered:
    """Turns whatever was not foreseen into a problem body, before anybody prints it with what it holds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception as error:
            log.error("request.failed", path=scope["path"], error=type(error).__name__, where=where(error))
            if not started:
                await _unforeseen(error)(scope, receive, send)


def _unforeseen(error: Exception) -> Response:
    if isinstance(error, UNREACHABLE):
        return problem(503, "database_unreachable", "the database does not answer", headers={"Retry-After": "2"})
    return problem(500, "internal_error", "this is our mistake; the log has its name and place")


def where(error: Exception) -> str:
    """File and line alone: the text of an error may hold what a customer wrote."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the OpenAPI document: the problems that a call may answer."""
    content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


PROBLEM_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
