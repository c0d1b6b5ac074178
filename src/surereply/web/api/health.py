"""`GET /health/ai`: the verdict with its reasons, the newest logs, collisions and states."""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter

from surereply.domain.health import Colour, Reason, judge_health, unreachable
from surereply.domain.line import office_is_open
from surereply.store.health import Health as StoredHealth
from surereply.store.health import Oldest, StatusCounts, read_health
from surereply.store.newest import ConversationState, OddRow, OutboundLog
from surereply.store.rows import CollisionRow
from surereply.web.asked import Parts
from surereply.web.parts import WebParts
from surereply.web.problems import UNREACHABLE, Problem, documented

WITHIN_SECONDS = 10.0

router = APIRouter(prefix="/health", tags=["health"], responses=documented(503))


@dataclass(frozen=True, slots=True)
class Collisions:
    """`count` since the beginning; `latest` with both causes each."""

    count: int
    latest: list[CollisionRow | OddRow]


@dataclass(frozen=True, slots=True)
class Health:
    verdict: Literal["green", "amber", "red"]
    reasons: list[Reason]
    outbound_logs: list[OutboundLog | OddRow]
    dedupe_collisions: Collisions
    conversations: list[ConversationState | OddRow]
    status_counts: StatusCounts
    oldest: Oldest
    at: datetime


@router.get("/ai")
async def health_ai(parts: Parts) -> Health:
    """Is every customer answered once? Red: somebody has to act now. Amber: somebody should look."""
    now = parts.clock()
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            stored = await read_stored(parts, now)
    except UNREACHABLE:
        red = {"verdict": Colour.RED.value, "reasons": [asdict(unreachable())]}
        raise Problem(503, "database_unreachable", unreachable().sentence, red, {"Retry-After": "2"}) from None
    verdict, reasons = judge_health(stored.figures)
    return Health(
        verdict=verdict.value,
        reasons=list(reasons),
        outbound_logs=stored.outbound_logs,
        dedupe_collisions=Collisions(stored.collisions, stored.latest_collisions),
        conversations=stored.conversations,
        status_counts=stored.status_counts,
        oldest=stored.oldest,
        at=now,
    )


async def read_stored(parts: WebParts, now: datetime) -> StoredHealth:
    """What the verdict rests on, with the lines' names and office hours."""
    lines = {line.id: line for line in parts.directory.lines()}
    names: Mapping[UUID, str] = {line.id: line.name for line in lines.values()}

    def sends_now(line_id: UUID) -> bool:
        line = lines.get(line_id)
        if line is None:
            return True
        flow = parts.directory.active_flow(line.flow_name)
        return office_is_open(line.settings, flow.business.time_zone if flow else "UTC", now)

    async with parts.db.connection() as tx:
        stored = await read_health(tx, parts.directory.buckets(), now, names, sends_now)
    # A database that can be read and not written, as on a full disk, shows in what is refused alone.
    since = parts.receiver.refusing_since
    refusing_s = None if since is None else max((now - since).total_seconds(), 0.0)
    return replace(stored, figures=replace(stored.figures, refusing_s=refusing_s))
