"""3 · Outbox to WhatsApp: marked before the first byte, sent at most once, and settled by what is known."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import structlog

from surereply import pacing
from surereply.clock import Clock, boottime
from surereply.consequences import draw_consequences
from surereply.domain.callback import callback_data
from surereply.domain.line import Line
from surereply.domain.message import identifiers_of
from surereply.domain.outcome import NOT_WRITTEN, Outcome, Verdict, judge
from surereply.domain.retry import next_try
from surereply.store import lines, outbox
from surereply.store.database import COMMIT_IN_DOUBT, Database, Tx, is_of_one_item, wait_hardly_for_locks
from surereply.store.directory import Directory
from surereply.store.looking_back import LookBack
from surereply.store.outbox import ClaimedReply
from surereply.store.settling import Settlement, settle
from surereply.telemetry import REPLIES, REPLY_SECONDS
from surereply.whatsapp.outbound import request_body
from surereply.worker import Batcher

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
# Past this much of the lease nothing is written any more: the rest is for the answer and for writing it down.
WRITE_WITHIN = timedelta(seconds=5)
MOST_IN_FLIGHT = 128
GATHER_SECONDS = 0.03  # at most so long does a claim wait for the sends before it
MOST_SETTLED = 128
DEADLOCK_TRIES = 3
TEMPLATE_PATIENCE = timedelta(hours=24)


class SendsMessages(Protocol):
    """`whatsapp.client.WhatsAppClient`, or one that records and cannot send."""

    async def send(self, phone_number_id: str, token: str, body: Any, deadline: float) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply that was claimed, and what became of its one request."""

    reply: ClaimedReply
    settlement: Settlement
    line: Line


class Dispatcher:
    """Sends what is owed: a line as fast as it may, a conversation one reply at a time, in order."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        client: SendsMessages,
        *,
        settled: Callable[[], None] = lambda: None,
        steady: Callable[[], float] = boottime,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        """`settled` is called when a conversation's next reply may leave; `steady` counts suspended time."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._client = client
        self._settled = settled
        self._steady = steady
        self._randomness = randomness
        self._in_flight: set[asyncio.Task[None]] = set()
        self._something_waits = False
        self._looked_back: dict[tuple[int, UUID], LookBack] = {}  # by bucket and line
        self._surely_unsent: list[ClaimedReply] = []  # of claims whose commit is in doubt
        self._settle: Batcher[Sent, None] = Batcher(self._write_down, most=MOST_SETTLED, is_poison=is_of_one_item)

    async def run_once(self) -> bool:
        """For the loop: whether more may leave at once. What is owed later, or held back until now, wakes it. The next
        claim waits a moment for this one's sends: under load it then finds many replies."""
        if len(self._in_flight) >= MOST_IN_FLIGHT:
            await asyncio.wait(self._in_flight, return_when=asyncio.FIRST_COMPLETED)
        claimed = await self.dispatch_once()
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=GATHER_SECONDS)
        return claimed > 0 and len(self._in_flight) >= MOST_IN_FLIGHT

    async def dispatch_once(self) -> int:
        """Claim what may leave now and start sending it; how many replies were claimed or suppressed."""
        free = MOST_IN_FLIGHT - len(self._in_flight)
        buckets = self._directory.buckets()
        if free <= 0 or not buckets:
            return 0
        await self._give_back()
        now, write_until = self._clock(), self._steady() + WRITE_WITHIN.total_seconds()
        claimed = await self._claim(buckets, now, free)
        for reply_id, reason in claimed.suppressed:
            REPLIES.labels("SUPPRESSED").inc()
            log.info("reply.suppressed", reply_id=str(reply_id), reason=reason.value)
        for reply in claimed.sending:
            task = asyncio.create_task(self._send(reply, now, write_until))
            self._in_flight.add(task)
            task.add_done_callback(self._in_flight.discard)
        return len(claimed.sending) + len(claimed.suppressed)

    async def drain(self) -> None:
        """Return when everything that was claimed is settled."""
        while self._in_flight:
            await asyncio.wait(self._in_flight)
        await self._settle.drain()
        with contextlib.suppress(*COMMIT_IN_DOUBT, asyncpg.PostgresError):
            await self._give_back()

    async def _claim(self, buckets: Sequence[int], now: datetime, free: int) -> outbox.Claimed:
        """Committed, and synchronously, before anything is sent. A commit that is in doubt sends nothing."""
        claimed = outbox.Claimed((), ())
        try:
            async with self._db.transaction() as tx:
                since = {key: look_back.since(now) for key, look_back in self._look_backs(buckets).items()}
                paces = await lines.lock_paces(tx, since, now)
                if not paces:
                    self._something_waits = False
                    self._found(since.keys(), {}, now)
                    return claimed
                refilled = [pacing.refill(pace, self._directory.line(pace.line_id), now) for pace in paces]
                allowances = pacing.share_out(free, refilled, self._directory, since, now)
                claimed = await outbox.claim(tx, allowances, now, LEASE)
                # Who may not send yet was not looked at: what it has is as old as it was.
                waiting = {(pace.bucket, pace.line_id) for pace in paces} - {(a.bucket, a.line_id) for a in allowances}
                self._found(since.keys() - waiting, claimed.oldest, now)
                # Nothing claimed though something is due: it waits for a reply before it, and wants to be woken.
                self._something_waits = not claimed.sending
                await lines.write_paces(tx, pacing.spent(refilled, claimed.sending, now))
        except COMMIT_IN_DOUBT:
            self._surely_unsent += claimed.sending
            raise
        return claimed

    def _look_backs(self, buckets: Sequence[int]) -> dict[tuple[int, UUID], LookBack]:
        """Of every line of these buckets."""
        keys = [(line.bucket, line.id) for line in self._directory.lines() if line.bucket in buckets]
        return {key: self._looked_back.setdefault(key, LookBack()) for key in keys}

    def _found(self, looked_at: Iterable[tuple[int, UUID]], oldest: Mapping[UUID, datetime], now: datetime) -> None:
        for bucket, line_id in looked_at:
            self._looked_back[bucket, line_id].found(now, oldest.get(line_id))

    async def _give_back(self) -> None:
        """Replies that we may have marked, and surely did not send, are owed again: nobody else could know."""
        if not self._surely_unsent:
            return
        now = self._clock()
        unsent = Outcome(NOT_WRITTEN.verdict, details="whether it was claimed is not known", rule=NOT_WRITTEN)
        async with self._db.transaction(relaxed=True) as tx:
            marked = await outbox.still_marked(tx, self._surely_unsent)
            await settle(tx, [self._settlement(reply, unsent, now, now) for reply in marked])
        for reply in marked:
            log.info("reply.given_back", reply_id=str(reply.id), attempt=reply.attempt)
        self._surely_unsent = []

    async def _send(self, reply: ClaimedReply, started_at: datetime, write_until: float) -> None:
        line = self._directory.line(reply.line_id)
        outcome = await self._request(reply, line, write_until)
        now = self._clock()
        sent = Sent(reply, self._settlement(reply, outcome, started_at, now), line)
        try:
            await self._settle.put(sent)
        except Exception as error:
            # It stays SENDING until its lease ends, and is UNKNOWN then: shown, and settled by its echo.
            log.warning("reply.not_settled", reply_id=str(reply.id), error=type(error).__name__)
            return
        if self._something_waits:
            self._settled()

    async def _request(self, reply: ClaimedReply, line: Line, write_until: float) -> Outcome:
        credentials = self._directory.credentials(line.id)
        recipients = identifiers_of(reply.phone, reply.bsuid)
        if credentials is None:
            return Outcome(Verdict.REJECTED_RETRY, code=190, details="the line has no access token", rule=judge(190))
        if not recipients:
            return Outcome(Verdict.REJECTED_FOR_GOOD, code=131026, details="the contact was erased", rule=judge(131026))
        body = request_body(recipients, reply.body, callback_data(reply.bucket, reply.id, reply.attempt))
        return self._by_owner(
            line, await self._client.send(line.phone_number_id, credentials.access_token, body, write_until)
        )

    def _by_owner(self, line: Line, outcome: Outcome) -> Outcome:
        """A line's owner may know further codes that mean "not sent"."""
        if outcome.verdict is not Verdict.UNKNOWN or outcome.code not in line.settings.codes_not_sent:
            return outcome
        rule = judge(outcome.code, frozenset(line.settings.codes_not_sent))
        return replace(outcome, verdict=rule.verdict, rule=rule)

    def _settlement(self, reply: ClaimedReply, outcome: Outcome, started_at: datetime, now: datetime) -> Settlement:
        retry_at = next_try(
            outcome,
            attempt=reply.attempt,
            now=now,
            give_up_at=reply.window_closes_at or now + TEMPLATE_PATIENCE,
            randomness=self._randomness(),
            window_is_open=reply.window_closes_at is not None and now < reply.window_closes_at,
        )
        return Settlement(
            reply.bucket, reply.conversation_id, reply.id, reply.attempt, started_at, now, outcome, retry_at
        )

    async def _write_down(self, sent: Sequence[Sent]) -> Sequence[None]:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                # Relaxed: if this commit is lost, the reply is UNKNOWN and the echo of our callback data repairs it.
                async with self._db.transaction(relaxed=True) as tx:
                    if self._settle.is_halving:
                        await wait_hardly_for_locks(tx)
                    await _react(tx, sent, self._directory.lines(), self._clock())
                    await settle(tx, [one.settlement for one in sent])
                break
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == DEADLOCK_TRIES:
                    raise
            except COMMIT_IN_DOUBT:
                if attempt == DEADLOCK_TRIES:
                    raise
                await asyncio.sleep(0.2 * attempt)
        for one in sent:
            _tell(one)
        return [None] * len(sent)


async def _react(tx: Tx, sent: Sequence[Sent], ours: Sequence[Line], now: datetime) -> None:
    """What outcomes ask beside the fate of their replies: slow a line, stop it, give a conversation to a person."""
    for one in sorted(sent, key=lambda one: (one.reply.bucket, one.reply.conversation_id)):
        rule = one.settlement.outcome.rule
        if rule is not None:
            await pacing.slow(tx, one.line, rule, ours, now)
            code, reply = one.settlement.outcome.code, one.reply
            await draw_consequences(tx, rule, code, reply.bucket, one.line.id, reply.conversation_id, now)
    unknown = Counter((one.line.bucket, one.line.id) for one in sent if one.settlement.status == "UNKNOWN")
    await pacing.open_breakers(tx, unknown, now)


def _tell(one: Sent) -> None:
    settlement = one.settlement
    REPLIES.labels(settlement.status).inc()
    if settlement.status == "SENT":
        owed_for = settlement.ended_at - one.reply.owed_since
        REPLY_SECONDS.observe(max(owed_for.total_seconds(), 0.0))  # a clock may have been set back meanwhile
    log.info(
        f"reply.{settlement.status.lower()}" if settlement.status != "PENDING" else "reply.again",
        reply_id=str(settlement.reply_id),
        conversation_id=str(settlement.conversation_id),
        attempt=settlement.attempt,
        code=settlement.outcome.code,
        details=settlement.outcome.details,
    )
