"""The inbox: conversations by their newest word, filtered and searched, live."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from surereply.admin.assignment import assign
from surereply.domain.searching import query_of
from surereply.store import card_lists, cards, operators
from surereply.store.card_lists import LISTS, CardRow, Wanted
from surereply.web.panel.acting import refused_now
from surereply.web.panel.asked import Asked
from surereply.web.panel.conversation import now
from surereply.web.panel.lead_card import service_label
from surereply.web.panel.reading import read_whole
from surereply.web.panel.rendering import HEADERS, page, rendered
from surereply.web.problems import Problem

ON_A_PAGE = 50
SHARED_SECONDS = 1.0


async def show(asked: Asked) -> Response:
    """`?show=` names a list; what is searched for is asked with POST, so that no log on the way holds it."""
    return page(asked, "inbox.html", **await _list(asked, asked.query("show", "all"), asked.query("service"), "", ""))


@dataclass(slots=True)
class Lists:
    """Lists as they are drawn for pages that are open: one that many look at is drawn once a second for all of them."""

    steady: Callable[[], float]
    _drawn: dict[tuple[str, ...], tuple[float, "asyncio.Task[str]"]] = field(default_factory=dict)

    async def search(self, asked: Asked) -> Response:
        """The list anew: whole, or for a page that is open the part that changes."""
        form = asked.form
        show, service, before = form.get("show", "all"), form.get("service", ""), form.get("before", "")
        sought = form.get("sought", "")[:200]
        if not asked.by_htmx:
            return page(asked, "inbox.html", **await _list(asked, show, service, sought, before))
        if sought or before or show == "mine":
            return page(asked, "inbox_list.html", **await _list(asked, show, service, sought, before))
        drawn = await asyncio.shield(self._shared(asked, show, service))
        return HTMLResponse(drawn, headers=HEADERS)

    def _shared(self, asked: Asked, show: str, service: str) -> "asyncio.Task[str]":
        key, now = (asked.texts.language, show, service), self.steady()
        found = self._drawn.get(key)
        if found is not None and now - found[0] < SHARED_SECONDS:
            return found[1]
        self._drawn = {key: one for key, one in self._drawn.items() if now - one[0] < SHARED_SECONDS}
        task = asyncio.create_task(_draw(asked, show, service))
        self._drawn[key] = (now, task)
        return task


async def _draw(asked: Asked, show: str, service: str) -> str:
    """The same for whoever asks: nothing in it is an operator's own."""
    return rendered(asked, "inbox_list.html", **await _list(asked, show, service, "", ""))


async def _list(asked: Asked, show: str, service: str, sought: str, before: str) -> dict[str, Any]:
    if show not in LISTS:
        raise Problem(404, "not_found", "there is no such list")
    query = query_of(sought)
    parts = asked.parts
    wanted = Wanted(show, query, service or None, _place(before), asked.operator.operator_id)
    async with parts.db.connection() as tx:
        rows = (
            []
            if sought.strip() and not query
            else await card_lists.cards(tx, parts.directory.buckets(), wanted, ON_A_PAGE)
        )
        counts = await card_lists.counts(tx, parts.directory.buckets())
    lines = {line.id: line for line in parts.directory.lines()}
    flows = {line.id: parts.directory.active_flow(line.flow_name) for line in lines.values()}
    language = asked.texts.language
    services = {name: service_label(name, flow, language) for flow in flows.values() if flow for name in flow.services}
    return {
        "section": "inbox",
        "cards": rows,
        "words_shown": cards.WORDS_SHOWN,
        "show": show,
        "service": service,
        "services": sorted(services.items(), key=lambda one: one[1]),
        "sought": sought,
        "before": before,
        "next": _as_place(rows[-1]) if len(rows) == ON_A_PAGE else None,
        "counts": counts,
        "lists": tuple(LISTS),
        "lines": lines,
        "labels": {row.conversation_id: service_label(row.service, flows.get(row.line_id), language) for row in rows},
        "zone": asked.zone,
        "nothing_sought": bool(sought.strip()) and query is None,
    }


def _as_place(row: CardRow) -> str:
    return f"{row.at.isoformat()},{row.conversation_id}"


def _place(text: str) -> tuple[datetime, UUID] | None:
    """Raises a 422 problem for what no page of ours says."""
    if not text:
        return None
    at, _, identity = text.partition(",")
    try:
        instant = datetime.fromisoformat(at)
        return (instant, UUID(identity)) if instant.tzinfo else None
    except ValueError:
        raise Problem(422, "invalid", "there is no such page") from None


async def ask_assignee(asked: Asked) -> Response:
    whole = await read_whole(asked.parts, asked.id("id"))
    async with asked.parts.db.connection() as tx:
        people = [one for one in await operators.all_operators(tx) if one.removed_at is None]
    return page(asked, "assignee.html", whole=whole, people=people)


async def set_assignee(asked: Asked) -> Response:
    whole = await read_whole(asked.parts, asked.id("id"))
    try:
        to = UUID(asked.form["to"]) if asked.form.get("to") else None
    except ValueError:
        raise Problem(422, "invalid", "there is no such operator") from None
    refused = await assign(asked.parts.db, whole.bucket, whole.row.id, to, asked.name, asked.parts.clock())
    if refused:
        return refused_now(asked, refused)
    headers = {"HX-Trigger": "close-dialog", "HX-Reswap": "none"}
    return now(asked, await read_whole(asked.parts, whole.row.id), headers)
