"""`GET /stream`: changes as server-sent events; ids and states, never words."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import StreamingResponse

from surereply.store.changes import Change
from surereply.web.problems import Problem, documented
from surereply.web.watch import Watch, event

MOST_STREAMS = 32


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


def router_of(watch: Watch) -> APIRouter:
    router = APIRouter(prefix="/stream", tags=["stream"])
    machines = watch.channel(_tell)

    @router.get("", response_class=EventStream, responses=documented(503))
    async def follow() -> StreamingResponse:
        """`event: message|repetition|turn|reply|handover|act`, `data: {"id", "conversation_id", "state"}`; a comment as
        heartbeat."""
        if len(machines.readers) >= MOST_STREAMS:
            wait = {"Retry-After": "30"}
            raise Problem(503, "too_many_streams", f"{MOST_STREAMS} streams are open; close one", headers=wait)
        return EventStream(watch.follow(machines), headers={"X-Accel-Buffering": "no"})

    return router


async def _tell(news: Sequence[Change], _: int) -> bytes:
    return b"".join(
        event(one.kind, {"id": one.id, "conversation_id": one.conversation_id, "state": one.state}) for one in news
    )
