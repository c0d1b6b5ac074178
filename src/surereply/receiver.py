"""1 · Webhook to inbox: every item of a delivery is kept once, or the delivery is not acknowledged."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import asyncpg
import structlog

from surereply.addressing import addressed, names_an_unknown_line
from surereply.clock import Clock
from surereply.domain.announcements import Topic
from surereply.domain.identity import new_id
from surereply.store.database import (
    CONNECTION_LOST,
    Database,
    is_data_error,
    is_of_one_item,
    to_json,
    wait_hardly_for_locks,
)
from surereply.store.delivered import Kept, NewDelivery, NewQuarantine, Patience
from surereply.store.directory import Directory
from surereply.store.keeping import keep
from surereply.telemetry import ACK_SECONDS, DELIVERIES, MESSAGES
from surereply.whatsapp.inbound import parse_delivery
from surereply.whatsapp.signature import verify
from surereply.worker import Batcher

log = structlog.get_logger()

MOST_ITEMS = 512  # in one transaction, unless one delivery alone has more
DEADLOCK_TRIES = 3
# At most so long does an answer take: a commit may wait for a standby for ever, and WhatsApp hangs up after seconds.
ANSWER_WITHIN = timedelta(seconds=10)
# SQLSTATE classes of an error that lies in a statement, not in the server: what else was delivered can be written.
OF_ONE_STATEMENT = frozenset({"0A", "42", "54", "P0", "XX"})


class BadSignature(Exception):
    """The delivery is not signed by a configured app."""


class NotKept(Exception):
    """The delivery could not be kept; deliver it again."""


class IdsInOrder:
    """Ids of what one process kept, in order also within a millisecond: what stands first is read first."""

    def __init__(self) -> None:
        self._last = -1
        self._count = 0

    def __call__(self, now: datetime) -> UUID:
        milliseconds = int(now.timestamp() * 1000)
        self._count = self._count + 1 if milliseconds == self._last else 0
        self._last = milliseconds
        high, low = divmod(self._count, 1 << 12)  # a UUIDv7 has 12 bits right below its time, and 62 more
        counted = (high & 0xFFF) << 64 | low << 50 | int.from_bytes(os.urandom(6), "big")
        return new_id(now, counted.to_bytes(10, "big"))


class Receiver:
    """Takes deliveries; those that arrive together are kept in one transaction."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        patience: Patience,
        kept: Callable[[int, int], None] = lambda messages, reports: None,
        *,
        answer_within: timedelta = ANSWER_WITHIN,
    ) -> None:
        """`kept` is called after each commit, with how many new messages and reports: a hint for the next steps."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._patience = patience
        self._kept = kept
        self._answer_within = answer_within
        self._new_id = IdsInOrder()
        self._batcher: Batcher[NewDelivery, Kept] = Batcher(
            self._keep,
            most=MOST_ITEMS,
            waiting_limit=4 * MOST_ITEMS,
            is_poison=_lies_in_an_item,
            size=_size,
        )
        self.refused_at: datetime | None = None
        self.refusing_since: datetime | None = None  # the last refusal, if nothing was kept after it

    async def receive(self, raw: bytes, signature: str | None, *, simulated: bool = False) -> Kept:
        """Keep everything the delivery holds; when this returns, it is on disk.

        Raises `BadSignature` (nothing is kept), and `NotKept` when the world must deliver it again.
        """
        started = time.perf_counter()
        # Over the raw bytes, before anything is parsed.
        if not verify(raw, signature, self._directory.app_secrets()):
            DELIVERIES.labels("bad_signature").inc()
            raise BadSignature
        now = self._clock()
        parsed = parse_delivery(raw, now, partial(self._new_id, now))
        if names_an_unknown_line(parsed, self._directory):
            await self._look_again()
        delivery = addressed(parsed, self._directory, body_bytes=len(raw), now=now, simulated=simulated)
        try:
            async with asyncio.timeout(self._answer_within.total_seconds()):
                kept = await self._put(delivery)
        except Exception as error:
            self.refused_at = self.refusing_since = now
            DELIVERIES.labels("not_kept").inc()
            log.warning("delivery.not_kept", delivery_id=str(delivery.id), error=type(error).__name__)
            raise NotKept from error
        self.refusing_since = None
        DELIVERIES.labels("kept").inc()
        MESSAGES.labels("kept").inc(kept.messages)
        MESSAGES.labels("repeated").inc(kept.repeated)
        ACK_SECONDS.observe(time.perf_counter() - started)
        return kept

    async def drain(self) -> None:
        await self._batcher.drain()

    async def _look_again(self) -> None:
        """A line may have been added since; when the database cannot be asked now, the delivery comes again."""
        try:
            await self._directory.refresh()
        except (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError) as error:
            self.refused_at = self.refusing_since = self._clock()
            raise NotKept from error

    async def _put(self, delivery: NewDelivery) -> Kept:
        try:
            return await self._batcher.put(delivery)
        except Exception as error:
            singles = list(_singles(delivery))
            if not _lies_in_an_item(error) or (len(singles) == 1 and not is_data_error(error)):
                raise
        # One item of it is poison: each is kept on its own, and what the database refuses goes to quarantine.
        kept: list[Kept] = []
        not_kept: Exception | None = None
        for one in singles:
            try:
                kept.append(await self._put_or_quarantine(one))
            except Exception as error:  # what is kept stays; the delivery comes again for the rest
                not_kept = error
        if not_kept is not None:
            raise not_kept
        return Kept(*(sum(counts) for counts in zip(*map(astuple, kept), strict=True)))

    async def _put_or_quarantine(self, single: NewDelivery) -> Kept:
        try:
            return await self._batcher.put(single)
        except Exception as error:
            if not is_data_error(error):
                raise
            log.error("delivery.item_quarantined", delivery_id=str(single.id), error=type(error).__name__)
            bad = replace(
                single, messages=(), reports=(), notices=(), same_contact=(), marketing=(),
                quarantined=tuple(_as_quarantine(single, type(error).__name__)),
            )  # fmt: skip
            return await self._batcher.put(bad)

    async def _keep(self, deliveries: Sequence[NewDelivery]) -> Sequence[Kept]:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                async with self._db.transaction() as tx:
                    if self._batcher.is_halving:
                        await wait_hardly_for_locks(tx)
                    tell = self._directory.somebody_wants(Topic.MESSAGE_RECEIVED)
                    kept = await keep(tx, deliveries, self._patience, self._directory.hash_of, tell=tell)
                break
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == DEADLOCK_TRIES:
                    raise
        self._kept(sum(one.messages for one in kept), sum(one.reports for one in kept))
        return kept


def _lies_in_an_item(error: Exception) -> bool:
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in OF_ONE_STATEMENT:
        return True
    return is_of_one_item(error)


def _size(delivery: NewDelivery) -> int:
    parts = (delivery.messages, delivery.reports, delivery.quarantined, delivery.notices, delivery.same_contact)
    return max(sum(map(len, parts)) + len(delivery.marketing), 1)


def _singles(delivery: NewDelivery) -> Iterator[NewDelivery]:
    """The delivery as deliveries of one item each."""
    at = delivery.received_at
    empty = NewDelivery(delivery.id, at, delivery.body_bytes, simulated=delivery.simulated)
    yield from (replace(empty, id=new_id(at), messages=(one,)) for one in delivery.messages)
    yield from (replace(empty, id=new_id(at), reports=(one,)) for one in delivery.reports)
    yield from (replace(empty, id=new_id(at), quarantined=(one,)) for one in delivery.quarantined)
    yield from (replace(empty, id=new_id(at), notices=(one,)) for one in delivery.notices)
    yield from (replace(empty, id=new_id(at), same_contact=(one,)) for one in delivery.same_contact)
    yield from (replace(empty, id=new_id(at), marketing=(one,)) for one in delivery.marketing)


def _as_quarantine(single: NewDelivery, error: str) -> Iterator[NewQuarantine]:
    reason = f"the database refused it: {error}"
    for message in single.messages:
        bucket = message.address.bucket
        yield NewQuarantine(new_id(single.received_at), bucket, None, reason, message.raw)
    for report in single.reports:
        yield NewQuarantine(new_id(single.received_at), report.bucket, None, reason, report.wamid.encode())
    for notice in single.notices:
        yield NewQuarantine(new_id(single.received_at), notice.bucket, None, reason, notice.detail.encode())
    for address in (*single.same_contact, *(address for address, _ in single.marketing)):
        named = to_json(address.identifiers).encode()
        yield NewQuarantine(new_id(single.received_at), address.bucket, None, reason, named)
