"""The web side, put together: the webhook first, what a machine asks of a process, the admin API, and the panel."""

import html
import time
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from surereply import __version__
from surereply.store.health import read_oldest
from surereply.store.migrate import Standing, schema_state
from surereply.telemetry import OLDEST_SECONDS, REGISTRY
from surereply.web.api import (
    conversations,
    endpoints,
    flows,
    handovers,
    health,
    leads,
    lines,
    quarantine,
    replies,
    stream,
)
from surereply.web.auth import AdminGate
from surereply.web.panel.app import panel_routes
from surereply.web.parts import WebParts
from surereply.web.problems import HANDLERS, UNREACHABLE, Sheltered, documented, problem
from surereply.web.watch import Watch
from surereply.web.webhook import Webhook

RESOURCES = (health, conversations, leads, replies, handovers, quarantine, lines, endpoints, flows)


def create_app(parts: WebParts, *, steady: Callable[[], float] = time.monotonic) -> Starlette:
    """The ASGI app of a process. It holds no state of its own beside the parts, and who follows what happens."""
    watch = Watch(parts)
    app = Starlette(
        routes=[
            Route("/webhooks/whatsapp", Webhook(parts.receiver, parts.directory)),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            Mount("/api/admin", AdminGate(admin_api(parts, watch), parts.admin_token, steady)),
            *panel_routes(parts, watch, steady),
        ],
        middleware=[Middleware(Sheltered)],
        exception_handlers=HANDLERS,
    )
    app.state.parts = parts
    return app


def admin_api(parts: WebParts, watch: Watch) -> FastAPI:
    """Behind the gate. `openapi.json` describes all of it."""
    api = FastAPI(
        title="Surereply admin API",
        version=__version__,
        description="What a person may see and do. Every call bears `Authorization: Bearer` with the admin token.",
        docs_url=None,
        redoc_url=None,
        responses=documented(400, 401, 413, 415, 422, 429, 500, 503),
        middleware=[Middleware(Sheltered)],
        exception_handlers=HANDLERS,
    )
    api.state.parts = parts
    for resource in RESOURCES:
        api.include_router(resource.router)
    api.include_router(stream.router_of(watch))
    api.add_route("/docs", _docs_of(api), include_in_schema=False)
    return api


def _docs_of(api: FastAPI) -> Callable[[Request], Response]:
    """A page that needs nothing from anywhere else."""

    def docs(_: Request) -> Response:
        return HTMLResponse(_as_page(api.openapi()))

    return docs


def _as_page(document: dict[str, Any]) -> str:
    rows = [
        f"<tr><td>{method.upper()}</td><td>/api/admin{html.escape(path)}</td>"
        f"<td>{html.escape(call.get('description') or call.get('summary', ''))}</td></tr>"
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Surereply admin API</title>"
        '<h1>Surereply admin API</h1><p>In full: <a href="openapi.json">openapi.json</a></p>'
        f"<table>{''.join(rows)}</table></html>"
    )


async def livez(_: Request) -> Response:
    """The process runs its loop."""
    return PlainTextResponse("alive\n")


async def readyz(request: Request) -> Response:
    """May webhooks come here? The database answers, its schema is ours, and lines are loaded.

    A newer schema is that of the version that is being deployed: we began on ours, and a migration keeps those who work
    working. If we said no, every old process would leave the load balancer at once, before the first new one is there.
    """
    parts: WebParts = request.app.state.parts
    try:
        async with parts.db.connection() as tx:
            state = await schema_state(tx)
    except UNREACHABLE:
        return problem(503, "database_unreachable", "the database does not answer")
    if state.standing not in (Standing.CURRENT, Standing.NEWER):
        return problem(503, "wrong_schema", str(state))
    if not parts.directory.lines():
        return problem(503, "no_lines", "no line is set up: set SUREREPLY_WHATSAPP_… or run `surereply line add`")
    return PlainTextResponse("ready\n")


async def metrics(request: Request) -> Response:
    """Counts and ages alone, of this process; open on purpose, since it names no customer and no secret."""
    parts: WebParts = request.app.state.parts
    try:
        async with parts.db.connection() as tx:
            oldest = await read_oldest(tx, parts.directory.buckets(), parts.clock())
    except UNREACHABLE:
        pass  # the other figures are this process's own
    else:
        for what, seconds in (
            ("unread", oldest.unread_s),
            ("pending", oldest.pending_s),
            ("unknown", oldest.unknown_s),
        ):
            OLDEST_SECONDS.labels(what).set(seconds or 0.0)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
