"""A conversation with its debug panel: drawn whole, and drawn anew part by part as it changes."""

from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

import pydantic
from starlette.responses import Response

from surereply.admin.refused import Refused
from surereply.admin.reply import send_reply
from surereply.store import cards
from surereply.web.api.replies import ReplyToSend
from surereply.web.panel.asked import Asked
from surereply.web.panel.debug import entries_of
from surereply.web.panel.lead_card import lead_card, service_label
from surereply.web.panel.reading import Whole, read_whole
from surereply.web.panel.rendering import page, redirect
from surereply.web.panel.thread import thread_of
from surereply.web.problems import Problem

NO_TEMPLATE = {"name": "", "language": "", "parameters": ""}


async def show(asked: Asked) -> Response:
    """`?before=` an id shows what is older; that part of the past does not change by itself."""
    before = _id_or_none(asked.query("before"))
    whole = await read_whole(asked.parts, asked.id("id"), before)
    if whole.row.merged_into is not None:
        return redirect(f"/conversations/{whole.row.merged_into}")
    await _note_seen(asked, whole)
    return page(asked, "conversation.html", before=before, **parts_of(asked, whole), **composer())


async def show_now(asked: Asked) -> Response:
    """The parts that change, for a page that is open."""
    whole = await read_whole(asked.parts, asked.id("id"))
    await _note_seen(asked, whole)
    return now(asked, whole)


async def _note_seen(asked: Asked, whole: Whole) -> None:
    """Off the list of new ones: somebody who could answer has looked."""
    if asked.may("member"):
        async with asked.parts.db.connection() as tx:
            await cards.mark_seen(tx, whole.bucket, whole.row.id, asked.parts.clock())


def now(asked: Asked, whole: Whole, headers: Mapping[str, str] | None = None) -> Response:
    """The parts that change, each to its place on the page."""
    answer = page(asked, "conversation_now.html", swapped=True, **parts_of(asked, whole))
    answer.headers.update(headers or {})
    return answer


def parts_of(asked: Asked, whole: Whole) -> dict[str, Any]:
    """What every part of the page is drawn from."""
    language = asked.texts.language
    return {
        "section": "inbox",
        "whole": whole,
        "several_lines": len(asked.parts.directory.lines()) > 1,
        "row": whole.row,
        "thread": thread_of(whole),
        "lead": lead_card(whole, language),
        "service": service_label(whole.row.service_type_enum, whole.flow, language),
        "entries": entries_of(whole),
        "older": whole.since,
        "handover": next((one for one in reversed(whole.timeline.handovers) if one.given_back_at is None), None),
        "window_is_open": whole.window_is_open(asked.parts.clock()),
    }


def composer(**given: Any) -> dict[str, Any]:
    """A fresh draft: its key is kept until the reply is accepted, so that pressing Send again is the same reply."""
    return {
        "draft_key": f"panel-{token_urlsafe(12)}",
        "text": "",
        "problem": None,
        "unseen": [],
        "template": NO_TEMPLATE,
    } | given


async def send(asked: Asked) -> Response:
    """409 shows what the other one sent; what was typed stays, and sends when it is pressed again."""
    conversation_id, form = asked.id("id"), asked.form
    before = await read_whole(asked.parts, conversation_id)
    kept = {
        "draft_key": form.get("draft_key", ""),
        "text": form.get("text", ""),
        "template": {name: form.get(name, "") for name in ("name", "language", "parameters")},
    }
    try:
        wanted = ReplyToSend.model_validate(_wanted(form))
    except pydantic.ValidationError as error:
        return _composer(asked, before, 422, **composer(**kept, problem=_what_is_wrong(error)))
    db, clock = asked.parts.db, asked.parts.clock
    outcome = await send_reply(db, before.bucket, conversation_id, wanted.draft(), asked.name, clock())
    after = await read_whole(asked.parts, conversation_id)
    if isinstance(outcome, Refused):
        known = asked.texts.table.get(f"refused.{outcome.code}", outcome.sentence)
        return _composer(asked, after, 409, **composer(**kept, problem=known, unseen=outcome.detail.get("replies", [])))
    asked.parts.owed()
    return _composer(asked, after, 200, **composer())


def _composer(asked: Asked, whole: Whole, status: int, **values: Any) -> Response:
    return page(asked, "conversation_sent.html", status, swapped=True, **parts_of(asked, whole), **values)


def _wanted(form: Any) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "draft_key": form.get("draft_key"),
        "last_seen_reply": form.get("last_seen_reply") or None,
    }
    if form.get("kind") == "template":
        parameters = [line.strip() for line in form.get("parameters", "").splitlines() if line.strip()]
        named = {"name": form.get("name", "").strip(), "language": form.get("language", "").strip()}
        return wanted | {"template": {**named, "parameters": parameters}}
    return wanted | {"text": form.get("text", "").replace("\r\n", "\n")}


def _what_is_wrong(error: pydantic.ValidationError) -> str:
    """Which part, and how; never what was typed."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    how = first["msg"].removeprefix("Value error, ")
    return f"{where}: {how}" if where else how


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(404, "not_found", "there is no such page") from None
