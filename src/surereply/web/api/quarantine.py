"""What was delivered and could not be understood; and replies whose key existed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from surereply.admin import settle
from surereply.domain.identity import UNKNOWN_LINE_BUCKET
from surereply.store import listings, quarantine
from surereply.store.rows import CollisionRow, QuarantineRow
from surereply.web.asked import Cursor, Limit, Operator, Page, Parts, must_exist, page
from surereply.web.parts import WebParts
from surereply.web.problems import documented

router = APIRouter(tags=["quarantine"])


@router.get("/quarantine", response_model=Page[QuarantineRow])
async def list_quarantine(
    parts: Parts,
    limit: Limit = 50,
    cursor: Cursor = None,
    resolved: Annotated[bool, Query(description="those that somebody looked at")] = False,
) -> object:
    """What waits for somebody to look at it, newest first, with its bytes."""
    async with parts.db.connection() as tx:
        return page(await quarantine.listed(tx, buckets_with_unknown(parts), cursor, limit, resolved=resolved), limit)


@router.put("/quarantine/{item_id}/resolution", responses=documented(404))
async def resolve(parts: Parts, operator: Operator, item_id: UUID) -> QuarantineRow:
    """Somebody looked at it: off the list."""
    async with parts.db.connection() as tx:
        bucket, _ = must_exist(await quarantine.find(tx, buckets_with_unknown(parts), item_id), "quarantined item")
    await settle.resolve(parts.db, bucket, item_id, operator, parts.clock())
    async with parts.db.connection() as tx:
        return must_exist(await quarantine.find(tx, [bucket], item_id), "quarantined item")[1]


@router.get("/collisions", response_model=Page[CollisionRow])
async def list_collisions(parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> object:
    """Replies that were not sent because their key existed, with both causes."""
    async with parts.db.connection() as tx:
        return page(await listings.collisions(tx, parts.directory.buckets(), cursor, limit), limit)


def buckets_with_unknown(parts: WebParts) -> list[int]:
    """Also of deliveries that name no line of ours."""
    return [UNKNOWN_LINE_BUCKET, *parts.directory.buckets()]
