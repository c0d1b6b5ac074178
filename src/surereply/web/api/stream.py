"""`GET /stream`: changes as server-sent events, by looking at the newest ids; ids and states, never words."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
from fastapi import APIRouter
from starlette.responses import StreamingResponse

from surereply.store import changes
from surereply.store.changes import Change
from surereply.web.asked import Parts
from surereply.web.parts import WebParts
from surereply.web.problems import UNREACHABLE, Problem, documented

LOOK_EVERY_SECONDS = 1.0
HEARTBEAT_EVERY = 15  # looks
MOST_STREAMS = 32
MOST_SEEN = 20_000

router = APIRouter(prefix="/stream", tags=["stream"])


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get("", response_class=EventStream, responses=documented(503))
async def follow(parts: Parts) -> StreamingResponse:
    """`event: message|repetition|turn|reply|handover|act`, `data: {"id", "conversation_id", "state"}`; a comment as
    heartbeat."""
    if len(_open) >= MOST_STREAMS:
        wait = {"Retry-After": "30"}
        raise Problem(503, "too_many_streams", f"{MOST_STREAMS} streams are open; close one", headers=wait)
    return EventStream(_events(parts), headers={"X-Accel-Buffering": "no"})


_open: set[object] = set()


async def _events(parts: WebParts) -> AsyncIterator[bytes]:
    mine = object()
    _open.add(mine)
    try:
        seen = {(one.kind, one.id): one.state for one in await _look(parts)}
        yield b": connected\n\n"  # whatever happens from here on is told
        looks = 0
        while not await _stops_within(parts.stopping, LOOK_EVERY_SECONDS):
            looks += 1
            for change in await _look(parts):
                if seen.get((change.kind, change.id)) != change.state:
                    seen[change.kind, change.id] = change.state
                    yield _event(change)
            if looks % HEARTBEAT_EVERY == 0:
                yield b": still here\n\n"
            _forget(seen)
    finally:
        _open.discard(mine)


async def _look(parts: WebParts) -> list[Change]:
    try:
        async with parts.db.connection() as tx:
            return await changes.recent(tx, parts.directory.buckets(), parts.clock())
    except UNREACHABLE:
        return []  # the next look may find it again; health says what is wrong


async def _stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
    return stopping.is_set()


def _event(change: Change) -> bytes:
    data = {"id": change.id, "conversation_id": change.conversation_id, "state": change.state}
    return b"event: " + change.kind.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


def _forget(seen: dict[tuple[str, UUID], str]) -> None:
    """The oldest first: they are out of sight of the next look."""
    while len(seen) > MOST_SEEN:
        del seen[next(iter(seen))]
