"""Beside the four steps: endpoints outside are told what happened, at least once, each at its own pace."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog

from surereply.clock import Clock
from surereply.domain.addresses import host_of
from surereply.domain.announcements import Answer, Endpoint, is_given_up, next_try
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.domain.signing import signed_headers
from surereply.store import announcements, endpoints
from surereply.store.acts import note_act
from surereply.store.announcements import ClaimedAnnouncement
from surereply.store.database import Database, Tx
from surereply.store.directory import Directory
from surereply.telemetry import ANNOUNCEMENTS, where_it_failed

log = structlog.get_logger()

AT_ONCE = 4  # requests of a process to one endpoint: a slow one holds up itself alone
LEASE = timedelta(seconds=60)  # longer than a try may take
BY = "surereply"


class Posts(Protocol):
    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...


class Announcer:
    """Safe to run in many processes. Killed between an answer and its record, it delivers again, under the same id."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        outward: Posts,
        *,
        freed: Callable[[], None] = lambda: None,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        """`freed` is called when an endpoint may be told more."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._outward = outward
        self._freed = freed
        self._randomness = randomness
        self._under_way: dict[asyncio.Task[None], UUID] = {}

    async def announce_once(self) -> int:
        """Start telling what is due, to each endpoint as much as it has room for; how many announcements."""
        told = self._directory.endpoints()
        if not told:
            return 0  # nobody listens: not even a look
        busy = Counter(self._under_way.values())
        started = 0
        for endpoint in told:
            free = AT_ONCE - busy[endpoint.id]
            if endpoint.is_told_now and endpoint.keys and free > 0:
                started += await self._start(endpoint, free)
        return started

    async def drain(self) -> None:
        """Return when everything that was claimed is settled."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _start(self, endpoint: Endpoint, free: int) -> int:
        buckets = [UNKNOWN_LINE_BUCKET, *self._directory.buckets()]
        async with self._db.transaction() as tx:
            claimed = await announcements.claim(tx, buckets, endpoint.id, self._clock(), LEASE, free)
        for one in claimed:
            task = asyncio.create_task(self._deliver(endpoint, one))
            self._under_way[task] = endpoint.id
            task.add_done_callback(self._done)
        return len(claimed)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.pop(task, None)
        self._freed()

    async def _deliver(self, endpoint: Endpoint, claimed: ClaimedAnnouncement) -> None:
        body = claimed.body.encode()
        headers = signed_headers(endpoint.keys or (), str(claimed.id), self._clock(), body)
        # Between transactions: an answer may take its time.
        answer = await self._outward.post(endpoint.url, body, headers)
        try:
            await self._write_down(endpoint, claimed, answer)
        except Exception as error:  # its lease ends, and it is told again
            log.warning("announcement.not_settled", announcement_id=str(claimed.id), error=where_it_failed(error))

    async def _write_down(self, endpoint: Endpoint, claimed: ClaimedAnnouncement, answer: Answer) -> None:
        now = self._clock()
        again_at = None if answer.arrived else next_try(claimed.tries, answer, now, self._randomness())
        async with self._db.transaction() as tx:
            if not await announcements.settle(tx, claimed, answer, again_at):
                return
            if answer.arrived:
                await endpoints.note_arrived(tx, endpoint.id)
            else:
                failing_since = await endpoints.note_failed(tx, endpoint.id, now)
                if again_at is None and is_given_up(failing_since, answer, now):
                    await self._give_up(tx, endpoint, answer, now)
        outcome = "arrived" if answer.arrived else "given_up" if again_at is None else "failed"
        ANNOUNCEMENTS.labels(outcome).inc()
        if not answer.arrived:
            log.warning(
                f"announcement.{outcome}", announcement_id=str(claimed.id), endpoint_id=str(endpoint.id),
                tries=claimed.tries, status=answer.status,
            )  # fmt: skip

    async def _give_up(self, tx: Tx, endpoint: Endpoint, answer: Answer, now: datetime) -> None:
        """Rings on the problems page until a person lets it be told again."""
        reason = answer.error or "it failed"
        if await endpoints.disable(tx, endpoint.id, reason, now):
            detail = {"endpoint_id": str(endpoint.id), "name": host_of(endpoint.url), "reason": reason}
            await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), "disable_endpoint", BY, now, detail=detail)
