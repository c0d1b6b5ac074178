"""What open pages are told as it happens: which conversations changed, and who waits; ids alone."""

from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response, StreamingResponse

from surereply.store import attention
from surereply.store.changes import Change
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS, refusal
from surereply.web.problems import UNREACHABLE
from surereply.web.watch import CONNECTED, Watch, event

ATTENTION_EVERY = 10  # looks, also when nothing changed: ages grow
MOST_STREAMS = 500
MOST_NAMED = 200  # conversations in a look; with more every page draws itself anew


class Following:
    """Of a process: all open pages of all operators."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._pages = watch.channel(self._tell)

    async def answer(self, asked: Asked) -> Response:
        if len(self._pages.readers) >= MOST_STREAMS:
            return refusal(asked, 503, "too_many_streams", asked.texts("refused.streams"))
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(self._follow(), media_type="text/event-stream", headers=headers)

    async def _follow(self) -> AsyncIterator[bytes]:
        async for events in self._watch.follow(self._pages):
            yield events
            if events == CONNECTED and (waiting := await self._attention()):
                yield waiting

    async def _tell(self, news: Sequence[Change], looks: int) -> bytes:
        waiting = looks % ATTENTION_EVERY == 0 or any(one.kind in ("handover", "reply", "act") for one in news)
        return (_changes(news) if news else b"") + (await self._attention() if waiting else b"")

    async def _attention(self) -> bytes:
        parts = self._watch.parts
        try:
            async with parts.db.connection() as tx:
                found = await attention.read_attention(tx, parts.directory.buckets(), parts.clock())
        except UNREACHABLE:
            return b""
        return event("attention", found)


def _changes(news: Sequence[Change]) -> bytes:
    named = list(dict.fromkeys(str(one.conversation_id) for one in news))
    return event("changes", {"all": True} if len(named) > MOST_NAMED else {"conversations": named})
