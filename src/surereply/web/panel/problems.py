"""Problems: each with what happened, what it means, and what can be done about it, one click each."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from surereply.admin import lines as line_acts
from surereply.admin import settle
from surereply.domain.health import Colour, Reason, judge_health, unreachable
from surereply.domain.outcome import judge
from surereply.store import listings, open_problems, quarantine
from surereply.store.line_states import LineRow, line_states
from surereply.web.api.health import WITHIN_SECONDS, read_stored
from surereply.web.api.quarantine import buckets_with_unknown
from surereply.web.asked import must_exist
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import page, redirect
from surereply.web.problems import UNREACHABLE

MOST_SHOWN = 100
MOST_COLLISIONS = 20


@dataclass(frozen=True, slots=True)
class Verdict:
    colour: Colour
    reasons: tuple[Reason, ...]
    stored: Any | None  # `store.health.Health`; None where the database does not answer


async def read_verdict(asked: Asked) -> Verdict:
    now = asked.parts.clock()
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            stored = await read_stored(asked.parts, now)
    except UNREACHABLE:
        return Verdict(Colour.RED, (unreachable(),), None)
    colour, reasons = judge_health(stored.figures)
    return Verdict(colour, reasons, stored)


async def show(asked: Asked) -> Response:
    parts = asked.parts
    verdict = await read_verdict(asked)
    with_credentials = [line.id for line in parts.directory.lines() if parts.directory.credentials(line.id)]
    async with parts.db.connection() as tx:
        buckets = parts.directory.buckets()
        replies = await open_problems.listed_replies(tx, buckets, MOST_SHOWN)
        turns = await open_problems.failing_turns(tx, buckets, MOST_SHOWN)
        quarantined = await quarantine.listed(tx, buckets_with_unknown(parts), None, MOST_SHOWN)
        collisions = await listings.collisions(tx, buckets, None, MOST_COLLISIONS)
        lines = await line_states(tx, with_credentials)
    return page(
        asked,
        "problems_list.html" if asked.by_htmx else "problems.html",
        section="problems",
        verdict=verdict,
        replies=replies,
        hints={reply.id: judge(reply.error_code).hint for reply in replies if reply.error_code},
        turns=turns,
        quarantine=quarantined,
        collisions=collisions,
        lines=[line for line in lines if _is_kept(line, asked)],
        zone=asked.zone,
    )


def _is_kept(line: LineRow, asked: Asked) -> bool:
    """Something keeps it from sending."""
    closed = line.closed_until is not None and line.closed_until > asked.parts.clock()
    return bool(line.stopped_at or line.templates_stopped_at or closed or line.held_at or line.paused_at)


async def resolve(asked: Asked) -> Response:
    item_id = asked.id("id")
    async with asked.parts.db.connection() as tx:
        found = await quarantine.find(tx, buckets_with_unknown(asked.parts), item_id)
    bucket, _ = must_exist(found, "quarantined item")
    await settle.resolve(asked.parts.db, bucket, item_id, asked.name, asked.parts.clock())
    return await show(asked)


async def resume_line(asked: Asked) -> Response:
    """It sends again: the pause is over, and so is a stop whose reason was settled."""
    await line_acts.resume(asked.parts.db, _line(asked), asked.name, asked.parts.clock())
    asked.parts.owed()
    return await _after(asked)


async def pause_line(asked: Asked) -> Response:
    await line_acts.pause(asked.parts.db, _line(asked), asked.name, asked.parts.clock())
    return await _after(asked)


async def _after(asked: Asked) -> Response:
    """Back to where it was pressed."""
    return redirect("/settings", by_htmx=True) if asked.query("from") == "settings" else await show(asked)


def _line(asked: Asked) -> Any:
    wanted: UUID = asked.id("id")
    return must_exist(next((one for one in asked.parts.directory.lines() if one.id == wanted), None), "line")
