"""Changes as they happen, to every open page: which conversations, who waits; ids alone, and one look for all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from starlette.responses import Response, StreamingResponse

from surereply.store import attention, changes
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS, refusal
from surereply.web.parts import WebParts
from surereply.web.problems import UNREACHABLE

LOOK_EVERY_SECONDS = 1.0
ATTENTION_EVERY = 10  # looks, also when nothing changed: ages grow
HEARTBEAT_SECONDS = 15.0
MOST_STREAMS = 500
MOST_WAITING = 32  # looks that a slow reader may be behind
MOST_NAMED = 200  # conversations in a look; with more every page draws itself anew
MOST_SEEN = 20_000


@dataclass(slots=True)
class Following:
    """One task looks while somebody follows; each look is encoded once, however many there are."""

    parts: WebParts
    _readers: set["asyncio.Queue[bytes | None]"] = field(default_factory=set)
    _looking: "asyncio.Task[None] | None" = None
    _seen: dict[tuple[str, UUID], str] = field(default_factory=dict)

    async def answer(self, asked: Asked) -> Response:
        if len(self._readers) >= MOST_STREAMS:
            return refusal(asked, 503, "too_many_streams", asked.texts("refused.streams"))
        headers = {**HEADERS, "X-Accel-Buffering": "no"}
        return StreamingResponse(self._follow(), media_type="text/event-stream", headers=headers)

    async def _follow(self) -> AsyncIterator[bytes]:
        mine: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._readers.add(mine)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield b": connected\n\n"
            if told := await self._attention():
                yield told
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        event = await mine.get()
                except TimeoutError:
                    event = b": still here\n\n"
                if event is None:
                    return
                yield event
        finally:
            self._readers.discard(mine)

    async def _look_on(self) -> None:
        try:
            looks = 0
            for change in await self._look():
                self._seen[change.kind, change.id] = change.state
            while self._readers and not await _stops_within(self.parts.stopping, LOOK_EVERY_SECONDS):
                looks += 1
                news = self._news(await self._look())
                if news:
                    self._tell(_changes(news))
                if looks % ATTENTION_EVERY == 0 or any(one.kind in ("handover", "reply", "act") for one in news):
                    self._tell(await self._attention())
        finally:
            self._looking = None
            self._seen = {}
            for reader in list(self._readers):  # the server stops, or we failed: they come again by themselves
                self._end(reader)

    def _news(self, found: list[changes.Change]) -> list[changes.Change]:
        news = [one for one in found if self._seen.get((one.kind, one.id)) != one.state]
        for one in news:
            self._seen.pop((one.kind, one.id), None)
            self._seen[one.kind, one.id] = one.state
        while len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        return news

    async def _look(self) -> list[changes.Change]:
        try:
            async with self.parts.db.connection() as tx:
                return await changes.recent(tx, self.parts.directory.buckets(), self.parts.clock())
        except UNREACHABLE:
            return []  # the next look may find it again; health says what is wrong

    async def _attention(self) -> bytes:
        try:
            async with self.parts.db.connection() as tx:
                now = self.parts.clock()
                found = await attention.read_attention(tx, self.parts.directory.buckets(), now)
        except UNREACHABLE:
            return b""
        return b"event: attention\ndata: " + msgspec.json.encode(found) + b"\n\n"

    def _tell(self, event: bytes) -> None:
        for reader in list(self._readers):
            if event and not reader.full():
                reader.put_nowait(event)
            elif event:
                self._end(reader)  # it comes again, and then draws everything anew

    def _end(self, reader: "asyncio.Queue[bytes | None]") -> None:
        self._readers.discard(reader)
        while not reader.empty():
            reader.get_nowait()
        reader.put_nowait(None)


def _changes(news: list[changes.Change]) -> bytes:
    named = list(dict.fromkeys(str(one.conversation_id) for one in news))
    said = {"all": True} if len(named) > MOST_NAMED else {"conversations": named}
    return b"event: changes\ndata: " + msgspec.json.encode(said) + b"\n\n"


async def _stops_within(stopping: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
    return stopping.is_set()
