"""Outgoing webhooks: which addresses are told of what, how they stand, and what each was told lately."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import Response

from surereply.admin import endpoints as acts
from surereply.admin.endpoints import NewSecret
from surereply.admin.refused import Refused
from surereply.domain.announcements import DEFAULT_TOPICS, Topic
from surereply.domain.signing import masked
from surereply.store import announcements, endpoints
from surereply.store.database import Database
from surereply.store.endpoints import EndpointRow
from surereply.web.api.quarantine import buckets_with_unknown
from surereply.web.asked import must_exist
from surereply.web.panel.acting import refused_now
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS, page

SHOWN = 20  # announcements of an endpoint
CHANGED = {"HX-Trigger": "endpoints-changed"}


async def show(asked: Asked) -> Response:
    """The whole page; by htmx the list alone."""
    parts = asked.parts
    buckets = buckets_with_unknown(parts)
    async with parts.db.connection() as tx:
        rows = await endpoints.all_endpoints(tx)
        waiting = await announcements.waiting_counts(tx, buckets)
        told = {row.id: await announcements.latest(tx, buckets, row.id, None, SHOWN) for row in rows}
    return page(
        asked,
        "endpoints_list.html" if asked.by_htmx else "endpoints.html",
        section="settings",
        endpoints=rows,
        waiting=waiting,
        told=told,
        secrets={row.id: _masked(asked, row) for row in rows},
        zone=asked.zone,
        **_form("", [topic.value for topic in DEFAULT_TOPICS]),
    )


def _masked(asked: Asked, row: EndpointRow) -> list[str]:
    """Of those that sign now; none where they do not open."""
    keys = asked.parts.directory.keys_of(row) or ()
    return [masked(key) for key in keys if key.until is None or key.until > asked.parts.clock()]


def _form(url: str, chosen: list[str]) -> dict[str, Any]:
    topics = [topic.value for topic in Topic]
    return {"url": url, "chosen": chosen, "topics": topics, "problem": None, "in_dialog": False}


def _dialog(
    asked: Asked, row: EndpointRow | None, url: str, chosen: list[str], refused: Refused | None = None
) -> Response:
    """The form again, with what is wrong; `row`: None for an endpoint that is not there yet."""
    form = _form(url, chosen)
    if refused is None:
        return page(asked, "endpoint.html", endpoint=row, **{**form, "in_dialog": True})
    sentence = asked.texts.table.get(f"refused.{refused.code}", refused.sentence)
    status = 422 if refused.code in ("wrong_url", "wrong_topics") else 409
    return page(asked, "endpoint.html", status, endpoint=row, **{**form, "in_dialog": True, "problem": sentence})


async def add(asked: Asked) -> Response:
    """The secret is shown once: it is kept sealed."""
    parts = asked.parts
    url, chosen = _given(asked)
    made = await acts.add_endpoint(
        parts.db, url, chosen, parts.directory.seal, asked.name, parts.clock(), private_allowed=parts.private_endpoints
    )
    if isinstance(made, Refused):
        return _dialog(asked, None, url, chosen, made)
    return await _secret(asked, made)


async def ask(asked: Asked) -> Response:
    row = await _endpoint(asked)
    return _dialog(asked, row, row.url, row.topics)


async def change(asked: Asked) -> Response:
    parts = asked.parts
    row = await _endpoint(asked)
    url, chosen = _given(asked)
    refused = await acts.change_endpoint(
        parts.db, row.id, url, chosen, asked.name, parts.clock(), private_allowed=parts.private_endpoints
    )
    if refused:
        return _dialog(asked, row, url, chosen, refused)
    return await _done(asked, close=True)


async def rotate(asked: Asked) -> Response:
    directory = asked.parts.directory
    made = await acts.rotate_secret(
        asked.parts.db, asked.id("id"), directory.keys_of, directory.seal, asked.name, asked.parts.clock()
    )
    return await _secret(asked, made)


async def pause(asked: Asked) -> Response:
    return await _acted(asked, acts.pause_endpoint)


async def resume(asked: Asked) -> Response:
    return await _acted(asked, acts.resume_endpoint)


async def remove(asked: Asked) -> Response:
    return await _acted(asked, acts.remove_endpoint)


async def send_test(asked: Asked) -> Response:
    return await _acted(asked, acts.send_test)


async def deliver_again(asked: Asked) -> Response:
    buckets, announcement_id = buckets_with_unknown(asked.parts), asked.id("announcement_id")
    refused = await acts.deliver_again(
        asked.parts.db, buckets, asked.id("id"), announcement_id, asked.name, asked.parts.clock()
    )
    return refused_now(asked, refused) if refused else await _done(asked)


Act = Callable[[Database, UUID, str, datetime], Awaitable[Any]]


async def _acted(asked: Asked, act: Act) -> Response:
    outcome = await act(asked.parts.db, asked.id("id"), asked.name, asked.parts.clock())
    return refused_now(asked, outcome) if isinstance(outcome, Refused) else await _done(asked)


async def _done(asked: Asked, *, close: bool = False) -> Response:
    """The list draws itself anew."""
    await asked.parts.directory.refresh()
    trigger = "endpoints-changed, close-dialog" if close else "endpoints-changed"
    return Response("", headers={**HEADERS, "HX-Trigger": trigger, "HX-Reswap": "none"})


async def _secret(asked: Asked, made: NewSecret | Refused) -> Response:
    if isinstance(made, Refused):
        return refused_now(asked, made)
    await asked.parts.directory.refresh()
    answer = page(asked, "secret.html", secret=made.secret)
    answer.headers.update(CHANGED)
    return answer


async def _endpoint(asked: Asked) -> EndpointRow:
    wanted = asked.id("id")
    async with asked.parts.db.connection() as tx:
        rows = await endpoints.all_endpoints(tx)
    return must_exist(next((row for row in rows if row.id == wanted), None), "endpoint")


def _given(asked: Asked) -> tuple[str, list[str]]:
    """Each topic is a box of its own name."""
    return asked.form.get("url", ""), [topic.value for topic in Topic if f"topic {topic}" in asked.form]
