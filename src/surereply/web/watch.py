"""Changes as they happen, told to everybody who follows: one task looks while anybody does, however many there are."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from surereply.store import changes
from surereply.store.changes import Change
from surereply.web.parts import WebParts
from surereply.web.problems import UNREACHABLE

LOOK_EVERY_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
MOST_WAITING = 32  # looks that a slow reader may be behind
MOST_SEEN = 20_000

CONNECTED = b": connected\n\n"
STILL_HERE = b": still here\n\n"

# What a look comes to for some readers, as bytes of an event stream, from what is new and the number of the look.
Telling: TypeAlias = Callable[[Sequence[Change], int], Awaitable[bytes]]


def event(kind: str, data: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


@dataclass(slots=True, eq=False)
class Channel:
    """Readers who are told the same: each look is encoded once for all of them."""

    telling: Telling
    readers: set["asyncio.Queue[bytes | None]"] = field(default_factory=set)

    def tell(self, events: bytes) -> None:
        for reader in list(self.readers):
            if events and not reader.full():
                reader.put_nowait(events)
            elif events:
                self.end(reader)  # it comes again, and asks for everything anew

    def end(self, reader: "asyncio.Queue[bytes | None]") -> None:
        self.readers.discard(reader)
        while not reader.empty():
            reader.get_nowait()
        reader.put_nowait(None)


@dataclass(slots=True)
class Watch:
    """Of a process."""

    parts: WebParts
    _channels: list[Channel] = field(default_factory=list)
    _looking: "asyncio.Task[None] | None" = None
    _has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: dict[tuple[str, UUID], str] = field(default_factory=dict)

    def channel(self, telling: Telling) -> Channel:
        channel = Channel(telling)
        self._channels.append(channel)
        return channel

    async def follow(self, channel: Channel) -> AsyncIterator[bytes]:
        """`CONNECTED` first: what happens from then on is told. Ends when the server stops, or for who is too slow."""
        mine: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        channel.readers.add(mine)
        if self._looking is None:
            self._has_begun.clear()
            self._looking = asyncio.create_task(self._look_on())
        try:
            await self._has_begun.wait()
            yield CONNECTED
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        events = await mine.get()
                except TimeoutError:
                    events = STILL_HERE
                if events is None:
                    return
                yield events
        finally:
            channel.readers.discard(mine)

    async def _look_on(self) -> None:
        try:
            self._news(await self._look())
            self._has_begun.set()
            looks = 0
            while self._is_followed() and not await self._stops_within(LOOK_EVERY_SECONDS):
                looks += 1
                news = self._news(await self._look())
                for channel in self._channels:
                    if channel.readers:
                        channel.tell(await channel.telling(news, looks))
        finally:
            self._looking = None
            self._seen = {}
            self._has_begun.set()
            for channel in self._channels:
                for reader in list(channel.readers):  # the server stops, or we failed: they come again by themselves
                    channel.end(reader)

    def _is_followed(self) -> bool:
        return any(channel.readers for channel in self._channels)

    def _news(self, found: Sequence[Change]) -> list[Change]:
        news = [one for one in found if self._seen.get((one.kind, one.id)) != one.state]
        for one in news:
            self._seen.pop((one.kind, one.id), None)
            self._seen[one.kind, one.id] = one.state
        while len(self._seen) > MOST_SEEN:  # the oldest first: they are out of sight of the next look
            del self._seen[next(iter(self._seen))]
        return news

    async def _look(self) -> list[Change]:
        try:
            async with self.parts.db.connection() as tx:
                return await changes.recent(tx, self.parts.directory.buckets(), self.parts.clock())
        except UNREACHABLE:
            return []  # the next look may find it again; health says what is wrong

    async def _stops_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.parts.stopping.wait()
        return self.parts.stopping.is_set()
