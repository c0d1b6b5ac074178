"""Who may ask for what: every call names the role it needs, and nothing is looked up before that is settled."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from surereply.admin import operators
from surereply.admin.operators import Token
from surereply.domain.operators import Role
from surereply.web.auth import read_body
from surereply.web.panel.asked import COOKIE, Answer, Asked, asked_by, csrf_of, read_form
from surereply.web.panel.rendering import page, refusal
from surereply.web.parts import WebParts
from surereply.web.problems import UNREACHABLE, Problem, where

log = structlog.get_logger()

BODY_LIMIT = 1 << 20  # bytes: a flow file; 4,096 characters of a reply are 48 KiB at most as a form


@dataclass(frozen=True, slots=True)
class Call:
    """`role`: the least that is needed; None where nobody needs to be signed in."""

    method: str
    path: str
    role: Role | None
    answer: Answer


def route_for(call: Call, parts: WebParts) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _sheltered(request, parts, lambda: _answer(call, request, parts))

    return Route(call.path, endpoint, methods=[call.method], name=f"{call.method} {call.path}")


async def _answer(call: Call, request: Request, parts: WebParts) -> Response:
    asked = request.state.asked = await _identified(request, parts)
    if call.role is not None:
        if asked.who is None:
            return _sign_in_first(asked)
        if not asked.may(call.role):
            return refusal(asked, 403, "forbidden", asked.texts("refused.role", role=asked.texts(f"role.{call.role}")))
    if call.method == "GET":
        return await call.answer(asked)
    if not comes_from_here(request):
        return refusal(asked, 403, "other_site", asked.texts("refused.other_site"))
    body = await read_body(request.scope, request.receive, BODY_LIMIT)
    if body is None:
        return refusal(asked, 413, "too_large", asked.texts("refused.too_large"))
    form = read_form(body)
    if call.role is not None and not _bears_csrf(asked, form):
        return refusal(asked, 403, "stale_page", asked.texts("refused.stale_page"))
    return await call.answer(Asked(asked.request, asked.parts, asked.texts, asked.theme, asked.who, asked.token, form))


async def _identified(request: Request, parts: WebParts) -> Asked:
    given = request.cookies.get(COOKIE)
    if not given:
        return asked_by(request, parts)
    token = Token(given)
    who = await operators.signed_in(parts.db, token, parts.clock())
    return asked_by(request, parts, who=who, token=token if who else None)


def _sign_in_first(asked: Asked) -> Response:
    """401 with the page that lets them in; a part of a page is told to load itself anew."""
    if asked.by_htmx:
        answer = refusal(asked, 401, "unauthorised", asked.texts("refused.sign_in"))
        answer.headers["HX-Refresh"] = "true"
        return answer
    wanted = asked.request.url.path if asked.request.method == "GET" else "/"
    return page(asked, "sign_in.html", 401, wanted=wanted, problem=None)


def comes_from_here(request: Request) -> bool:
    """A form of another site is refused by what the browser itself says of it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")  # of a browser too old for the other one
    return origin is None or (origin != "null" and urlsplit(origin).netloc == request.headers.get("host"))


def _bears_csrf(asked: Asked, form: dict[str, str]) -> bool:
    given = asked.request.headers.get("x-csrf-token") or form.get("csrf", "")
    return asked.token is not None and hmac.compare_digest(given.encode(), csrf_of(asked.token).encode())


async def _sheltered(request: Request, parts: WebParts, answer: Callable[[], Awaitable[Response]]) -> Response:
    """What was refused or not foreseen, as a page: with a sentence, and never with what it holds."""
    try:
        return await answer()
    except Problem as refused:
        return refusal(_who_asked(request, parts), refused.status, refused.code, refused.detail)
    except UNREACHABLE:
        asked = _who_asked(request, parts)
        return refusal(asked, 503, "database_unreachable", asked.texts("refused.database"))
    except Exception as error:
        log.error("request.failed", path=request.url.path, error=type(error).__name__, where=where(error))
        asked = _who_asked(request, parts)
        return refusal(asked, 500, "internal_error", asked.texts("refused.fault"))


def _who_asked(request: Request, parts: WebParts) -> Asked:
    """As far as it was found out before something went wrong."""
    asked: Asked = getattr(request.state, "asked", None) or asked_by(request, parts)
    return asked
