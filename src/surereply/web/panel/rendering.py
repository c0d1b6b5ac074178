"""Templates into answers: everything escaped, nothing from elsewhere, kept by nobody on the way."""

import hashlib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from surereply.web.panel import showing
from surereply.web.panel.asked import THEMES, Asked
from surereply.web.panel.texts import LANGUAGES

# Neither inline scripts nor inline styles: what a customer wrote can never become either.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
NAVIGATION = ("overview", "inbox", "leads", "problems", "flow", "settings")
STATIC = Path(str(files("surereply.web.panel"))) / "static"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("surereply.web.panel"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= showing.FILTERS
    environment.globals |= {"static": static_url, "languages": LANGUAGES, "themes": THEMES, "navigation": NAVIGATION}
    return environment


@lru_cache(maxsize=64)
def static_url(name: str) -> str:
    """Named after what it holds, so that a browser may keep it for good."""
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def rendered(asked: Asked, template: str, /, **values: Any) -> str:
    return (
        _environment()
        .get_template(template)
        .render(asked=asked, t=asked.texts, may=asked.may, now=asked.parts.clock(), **values)
    )


def page(asked: Asked, template: str, status: int = 200, /, **values: Any) -> Response:
    return HTMLResponse(rendered(asked, template, **values), status, headers=HEADERS)


def redirect(to: str, *, by_htmx: bool = False) -> Response:
    """To another page of ours; htmx is told to go there, since it would follow a redirect by itself and stay."""
    if by_htmx:
        return Response(status_code=200, headers={**HEADERS, "HX-Redirect": to})
    return Response(status_code=303, headers={**HEADERS, "Location": to})


def refusal(asked: Asked, status: int, code: str, detail: str) -> Response:
    """What could not be done, as a page; as a line for a part of one."""
    if asked.by_htmx:
        return PlainTextResponse(detail, status, headers={**HEADERS, "X-Code": code})
    return page(asked, "refusal.html", status, title=asked.texts.named("http", status), detail=detail, section=None)
