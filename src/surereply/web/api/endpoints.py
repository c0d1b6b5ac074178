"""Endpoints outside that are told of what happens; and what each of them was told lately."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from surereply.admin import endpoints as acts
from surereply.admin.refused import Refused
from surereply.domain.announcements import DEFAULT_TOPICS, Topic
from surereply.store import announcements, endpoints
from surereply.store.announcements import AnnouncementRow
from surereply.store.endpoints import EndpointRow
from surereply.web.api.quarantine import buckets_with_unknown
from surereply.web.asked import Cursor, Found, Limit, Operator, Page, Parts, must_be_allowed, must_exist, page
from surereply.web.parts import WebParts
from surereply.web.problems import Problem, documented

router = APIRouter(prefix="/endpoints", tags=["endpoints"])


class WantedEndpoint(BaseModel):
    """`url`: https, at a public address. Unless `topics` are given: what somebody has to act on."""

    url: str = Field(max_length=4096)
    topics: list[Topic] = Field(default_factory=lambda: list(DEFAULT_TOPICS), min_length=1)


class EndpointState(BaseModel):
    """How an endpoint stands. `waiting`: how much has not arrived."""

    id: UUID
    url: str
    topics: list[str]
    created_at: datetime
    created_by: str
    paused_at: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    waiting: int


class Secret(BaseModel):
    """What the endpoint verifies signatures with. It is shown now, and never again."""

    endpoint_id: UUID
    secret: str


class SentTest(BaseModel):
    announcement_id: UUID


@router.get("")
async def list_endpoints(parts: Parts) -> list[EndpointState]:
    """All of them, the oldest first. Secrets are never shown."""
    async with parts.db.connection() as tx:
        waiting = await announcements.waiting_counts(tx, buckets_with_unknown(parts))
        return [_state(row, waiting.get(row.id, 0)) for row in await endpoints.all_endpoints(tx)]


@router.post("", status_code=201, responses=documented(409))
async def add_endpoint(parts: Parts, operator: Operator, wanted: WantedEndpoint) -> Secret:
    """A new endpoint, told of what happens a few seconds from now on."""
    added = await acts.add_endpoint(
        parts.db,
        wanted.url,
        wanted.topics,
        parts.directory.seal,
        operator,
        parts.clock(),
        private_allowed=parts.private_endpoints,
    )
    made = _allowed(added)
    await parts.directory.refresh()
    return Secret(endpoint_id=made.endpoint_id, secret=made.secret)


@router.put("/{endpoint_id}", responses=documented(404, 409))
async def change_endpoint(parts: Parts, operator: Operator, endpoint_id: UUID, wanted: WantedEndpoint) -> EndpointState:
    """Another address, other topics."""
    outcome = await acts.change_endpoint(
        parts.db,
        endpoint_id,
        wanted.url,
        wanted.topics,
        operator,
        parts.clock(),
        private_allowed=parts.private_endpoints,
    )
    _allowed(outcome)
    return await _after(parts, endpoint_id)


@router.delete("/{endpoint_id}", status_code=204, responses=documented(404))
async def remove_endpoint(parts: Parts, operator: Operator, endpoint_id: UUID) -> None:
    """With what waits for it, and its log."""
    _allowed(await acts.remove_endpoint(parts.db, endpoint_id, operator, parts.clock()))
    await parts.directory.refresh()


@router.post("/{endpoint_id}/secrets", status_code=201, responses=documented(404, 409))
async def rotate_secret(parts: Parts, operator: Operator, endpoint_id: UUID) -> Secret:
    """A new secret; for a day both the old one and the new one sign."""
    directory = parts.directory
    made = _allowed(
        await acts.rotate_secret(parts.db, endpoint_id, directory.keys_of, directory.seal, operator, parts.clock())
    )
    await directory.refresh()
    return Secret(endpoint_id=made.endpoint_id, secret=made.secret)


@router.put("/{endpoint_id}/pause", responses=documented(404))
async def pause(parts: Parts, operator: Operator, endpoint_id: UUID) -> EndpointState:
    """What it is to be told waits."""
    _allowed(await acts.pause_endpoint(parts.db, endpoint_id, operator, parts.clock()))
    return await _after(parts, endpoint_id)


@router.delete("/{endpoint_id}/pause", responses=documented(404))
async def resume(parts: Parts, operator: Operator, endpoint_id: UUID) -> EndpointState:
    """It is told again, also after it was switched off; what waits goes at once."""
    _allowed(await acts.resume_endpoint(parts.db, endpoint_id, operator, parts.clock()))
    return await _after(parts, endpoint_id)


@router.post("/{endpoint_id}/tests", status_code=202, responses=documented(404, 409))
async def send_test(parts: Parts, operator: Operator, endpoint_id: UUID) -> SentTest:
    """One that tells of nothing; the log says what became of it."""
    return SentTest(announcement_id=_allowed(await acts.send_test(parts.db, endpoint_id, operator, parts.clock())))


@router.get("/{endpoint_id}/announcements", response_model=Page[AnnouncementRow], responses=documented(404))
async def list_announcements(parts: Parts, endpoint_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> object:
    """What it was told, newest first, with what became of the latest try; kept for 30 days."""
    await _state_of(parts, endpoint_id)
    async with parts.db.connection() as tx:
        rows = await announcements.latest(tx, buckets_with_unknown(parts), endpoint_id, cursor, limit)
        return page(rows, limit)


@router.post(
    "/{endpoint_id}/announcements/{announcement_id}/deliveries", status_code=202, responses=documented(404, 409)
)
async def deliver_again(parts: Parts, operator: Operator, endpoint_id: UUID, announcement_id: UUID) -> SentTest:
    """Once more, under its old id."""
    buckets = buckets_with_unknown(parts)
    _allowed(await acts.deliver_again(parts.db, buckets, endpoint_id, announcement_id, operator, parts.clock()))
    return SentTest(announcement_id=announcement_id)


def _allowed(outcome: Found | Refused) -> Found:
    """Raises a 404 problem for an endpoint that is not there, 422 for what does not fit, 409 for what is refused."""
    if outcome is acts.NO_ENDPOINT:
        raise Problem(404, "not_found", "there is no such endpoint")
    if isinstance(outcome, Refused) and outcome.code in ("wrong_url", "wrong_topics"):
        raise Problem(422, outcome.code, outcome.sentence)
    return must_be_allowed(outcome)


async def _after(parts: WebParts, endpoint_id: UUID) -> EndpointState:
    await parts.directory.refresh()
    return await _state_of(parts, endpoint_id)


async def _state_of(parts: WebParts, endpoint_id: UUID) -> EndpointState:
    async with parts.db.connection() as tx:
        waiting = await announcements.waiting_counts(tx, buckets_with_unknown(parts))
        rows = await endpoints.all_endpoints(tx)
    row = must_exist(next((one for one in rows if one.id == endpoint_id), None), "endpoint")
    return _state(row, waiting.get(row.id, 0))


def _state(row: EndpointRow, waiting: int) -> EndpointState:
    return EndpointState(
        id=row.id,
        url=row.url,
        topics=row.topics,
        created_at=row.created_at,
        created_by=row.created_by,
        paused_at=row.paused_at,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
        waiting=waiting,
    )
