"""1 · Webhook to inbox: every item of a delivery is kept once, or the delivery is not acknowledged."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from surereply.clock import Clock
from surereply.domain.announcements import Topic
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.domain.line import Line
from surereply.domain.message import NEEDS_NO_TURN, Identifier, IdentifierKind, Message, MessageKind
from surereply.store import inbox
from surereply.store.contacts import Address
from surereply.store.database import (
    CONNECTION_LOST,
    Database,
    is_data_error,
    is_of_one_item,
    to_json,
    wait_hardly_for_locks,
)
from surereply.store.delivered import Kept, NewDelivery, NewMessage, NewNotice, NewQuarantine, NewReport, Patience
from surereply.store.directory import Directory
from surereply.telemetry import ACK_SECONDS, DELIVERIES, MESSAGES
from surereply.understanding.reader import reader_for
from surereply.whatsapp.delivery import (
    AccountNotice,
    Delivery,
    IdentityNotice,
    InboundMessage,
    MarketingNotice,
    Report,
)
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
        delivery = await self._assign(parse_delivery(raw, now, partial(self._new_id, now)), raw, now, simulated)
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

    async def _assign(self, delivery: Delivery, raw: bytes, now: datetime, simulated: bool) -> NewDelivery:
        """Give every item its line; what is for no line of ours goes to quarantine."""
        names = {m.phone_number_id for m in delivery.messages} | {r.phone_number_id for r in delivery.reports}
        if any(self._directory.line_of_number(name) is None for name in names):
            await self._look_again()
        messages, stray_messages = _split(delivery.messages, self._directory)
        reports, stray_reports = _split(delivery.reports, self._directory)
        quarantined = [
            NewQuarantine(new_id(now), self._bucket(q.phone_number_id), q.phone_number_id, q.reason, q.raw)
            for q in delivery.quarantined
        ] + [
            NewQuarantine(
                new_id(now),
                UNKNOWN_LINE_BUCKET,
                item.phone_number_id,
                "no line has this phone number id",
                item.raw,
            )
            for item in (*stray_messages, *stray_reports)
        ]
        identity, marketing, account = _notices(delivery)
        return NewDelivery(
            id=new_id(now),
            received_at=now,
            body_bytes=len(raw),
            messages=tuple(self._new_message(line, one) for line, one in messages),
            reports=tuple(_new_report(line, one, now) for line, one in reports if one.reported is not None),
            quarantined=tuple(quarantined),
            notices=tuple(self._new_notice(one, now) for one in account),
            same_contact=tuple(self._same_contact(identity)),
            marketing=tuple(self._marketing(marketing)),
            simulated=simulated,
        )

    async def _look_again(self) -> None:
        """A line may have been added since; when the database cannot be asked now, the delivery comes again."""
        try:
            await self._directory.refresh()
        except (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError) as error:
            self.refused_at = self.refusing_since = self._clock()
            raise NotKept from error

    def _bucket(self, phone_number_id: str | None) -> int:
        line = self._directory.line_of_number(phone_number_id)
        return line.bucket if line else UNKNOWN_LINE_BUCKET

    def _new_message(self, line: Line, inbound: InboundMessage) -> NewMessage:
        message = inbound.message
        return NewMessage(
            Address(line.bucket, line.id, _naming(inbound.identifiers), inbound.profile_name, message.wamid),
            message,
            inbound.raw,
            at_once=self._is_taken_at_once(line, message),
            needs_no_turn=message.kind.value if message.kind in NEEDS_NO_TURN else None,
            referral=to_json(inbound.referral) if inbound.referral else None,
        )

    def _is_taken_at_once(self, line: Line, message: Message) -> bool:
        """Taps and an exact STOP do not wait for more words."""
        if message.kind is MessageKind.TAP:
            return True
        flow = self._directory.active_flow(line.flow_name)
        return flow is not None and reader_for(flow).is_stop(message.text)

    def _new_notice(self, notice: AccountNotice, now: datetime) -> NewNotice:
        line = self._directory.line_of_number(notice.phone_number_id)
        detail = {"event": notice.event, "account_id": notice.account_id}
        bucket = line.bucket if line else UNKNOWN_LINE_BUCKET
        return NewNotice(new_id(now), bucket, line.id if line else None, notice.field, to_json(detail))

    def _same_contact(self, notices: Sequence[IdentityNotice]) -> Iterator[Address]:
        for notice in notices:
            line = self._directory.line_of_number(notice.phone_number_id)
            if line is not None and notice.old and notice.new:
                named = tuple(dict.fromkeys((*notice.old, *notice.new)))
                yield Address(line.bucket, line.id, named, None, notice.wamid)

    def _marketing(self, notices: Sequence[MarketingNotice]) -> Iterator[tuple[Address, bool]]:
        for notice in notices:
            line = self._directory.line_of_number(notice.phone_number_id)
            if line is not None and notice.identifiers:
                yield Address(line.bucket, line.id, notice.identifiers), notice.wants_marketing

    async def _keep(self, deliveries: Sequence[NewDelivery]) -> Sequence[Kept]:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                async with self._db.transaction() as tx:
                    if self._batcher.is_halving:
                        await wait_hardly_for_locks(tx)
                    tell = self._directory.somebody_wants(Topic.MESSAGE_RECEIVED)
                    kept = await inbox.keep(tx, deliveries, self._patience, self._directory.hash_of, tell=tell)
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


def _naming(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """A username may pass to somebody else: it names a customer only where nothing else does."""
    lasting = tuple(one for one in identifiers if one.kind is not IdentifierKind.USERNAME)
    return lasting or identifiers


def _split(items: Any, directory: Directory) -> tuple[list[tuple[Line, Any]], list[Any]]:
    ours, stray = [], []
    for item in items:
        line = directory.line_of_number(item.phone_number_id)
        if line is None:
            stray.append(item)
        else:
            ours.append((line, item))
    return ours, stray


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


def _notices(
    delivery: Delivery,
) -> tuple[list[IdentityNotice], list[MarketingNotice], list[AccountNotice]]:
    identity = [n for n in delivery.notices if isinstance(n, IdentityNotice)]
    marketing = [n for n in delivery.notices if isinstance(n, MarketingNotice)]
    account = [n for n in delivery.notices if isinstance(n, AccountNotice)]
    return identity, marketing, account


def _new_report(line: Line, report: Report, now: datetime) -> NewReport:
    assert report.reported is not None
    error = report.errors[0] if report.errors else None
    return NewReport(
        new_id(now),
        line.bucket,
        line.id,
        report.wamid,
        report.reported,
        report.at,
        report.callback_data,
        error.code if error else None,
        (error.details or error.title) if error else None,
    )
