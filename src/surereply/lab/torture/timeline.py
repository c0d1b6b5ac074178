"""What went on while it was struck, looked at twice a second: messages, answers, who waits; and what leads knew."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from surereply.lab.envelope import MESSAGES, Update
from surereply.lab.torture.crowd import Crowd
from surereply.lab.torture.scene import Scene
from surereply.store.audit import known_fields_since
from surereply.store.database import CONNECTION_LOST

EVERY_S = 0.5
LEADS_EVERY_S = 2.0
SLACK = timedelta(seconds=5)  # a lead that was changed may be seen a little later


@dataclass(frozen=True, slots=True)
class Sample:
    """Counts since the beginning, but for those who wait, what is not acknowledged, and servers that are ready."""

    at_s: float
    said: int
    accepted: int
    waiting: int
    unacknowledged: int
    ready: int


@dataclass(slots=True)
class Timeline:
    scene: Scene
    crowd: Crowd
    samples: list[Sample] = field(default_factory=list)
    _seen: int = 0  # updates of the book that were looked at
    _said: int = 0
    _open: set[Update] = field(default_factory=set)

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)

    def look(self) -> Sample:
        book = self.scene.world.meta.book
        fresh = book[self._seen :]
        self._seen = len(book)
        self._said += sum(update.part == MESSAGES for update in fresh)
        self._open = {update for update in (*self._open, *fresh) if update.acknowledged_at is None}
        sample = Sample(
            at_s=self.scene.at_s(),
            said=self._said,
            accepted=self.scene.world.graph.ledger.count_accepted,
            waiting=len(self.crowd.waiting),
            unacknowledged=len(self._open),
            ready=len(self.scene.ready()),
        )
        self.samples.append(sample)
        return sample

    @property
    def rate_s(self) -> float:
        """Messages a second, of late."""
        if len(self.samples) < 2:
            return 0.0
        first, last = self.samples[max(-len(self.samples), -20)], self.samples[-1]
        return (last.said - first.said) / max(last.at_s - first.at_s, EVERY_S)


@dataclass(slots=True)
class LeadWatch:
    """Looks at the leads that changed, again and again, and notes what was known once and is empty later."""

    scene: Scene
    known: dict[UUID, frozenset[str]] = field(default_factory=dict)
    wiped: set[tuple[UUID, str]] = field(default_factory=set)
    looks: int = 0

    async def run(self) -> None:
        since = self.scene.world.clock()
        while True:
            await asyncio.sleep(LEADS_EVERY_S)
            with suppress(*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError):
                now = self.scene.world.clock()
                await self.look(since - SLACK)
                since = now

    async def look(self, since: datetime) -> None:
        connection = await self.scene.connect()
        try:
            changed = await known_fields_since(connection, since)
        finally:
            await connection.close()
        self.looks += 1
        for lead_id, (_, known) in changed.items():
            self.wiped |= {(lead_id, name) for name in self.known.get(lead_id, frozenset()) - known}
            self.known[lead_id] = self.known.get(lead_id, frozenset()) | known

    def findings(self) -> Iterator[str]:
        for lead_id, name in sorted(self.wiped):
            yield f"{name} of lead {lead_id} was known, and became empty"
