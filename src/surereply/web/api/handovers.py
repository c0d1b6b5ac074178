"""Who waits for a person, and which conversations persons have."""

from fastapi import APIRouter

from surereply.store import listings
from surereply.store.rows import HandoverRow
from surereply.web.asked import Cursor, Limit, Page, Parts, page

router = APIRouter(prefix="/handovers", tags=["handovers"])


@router.get("", response_model=Page[HandoverRow])
async def list_handovers(parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> object:
    """Open handovers, newest first; `taken_at` is null while nobody has taken it.

    Taken over and given back with PUT and DELETE of the conversation's `handover`.
    """
    async with parts.db.connection() as tx:
        return page(await listings.open_handovers(tx, parts.directory.buckets(), cursor, limit), limit)
