"""2 · Inbox to outbox: one turn of one conversation."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import structlog

from surereply.case import MOST_ATTEMPTS, Case, after_readings, turn_input
from surereply.clock import Clock
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.identity import new_id
from surereply.domain.line import Line
from surereply.domain.message import Message
from surereply.domain.next_lead import opens_next_lead
from surereply.domain.turn import take_turn
from surereply.domain.turn_context import reading_context
from surereply.store import commit, turns
from surereply.store.commit import Committed
from surereply.store.database import (
    COMMIT_IN_DOUBT,
    CONNECTION_LOST,
    Database,
    NotReplicated,
    is_of_one_item,
    to_json,
    wait_hardly_for_locks,
)
from surereply.store.directory import Directory
from surereply.store.looking_back import LookBack
from surereply.store.moving import forward
from surereply.store.turn_rows import DecidedTurn
from surereply.store.turns import Lease, Loaded
from surereply.telemetry import READ_SECONDS, REPLIES, TURNS, where_it_failed
from surereply.understanding.reader import reader_for
from surereply.voice import Listen, listen_to_nothing
from surereply.worker import Batcher

if TYPE_CHECKING:  # without a model nothing of it is loaded
    from surereply.models.language_model import LanguageModel, ModelTurn

log = structlog.get_logger()

LEASE = timedelta(seconds=15)  # longer than any reading and wording may take; who dies is followed after so long
MOST_AT_ONCE = 256  # conversations that one process thinks about at the same time
GATHER_SECONDS = 0.06  # at most so long does a claim wait for the turns before it
MOST_COMMITS = 128  # turns in one transaction
FIRST_RETRY = timedelta(seconds=1)
TRIES_IN_COMPANY = 3  # of a turn; then it thinks alone, so that whoever dies of it takes nobody along
ALONE_APART = timedelta(seconds=0.1)  # between the turns that wait to think alone
BEATEN_TRIES = 8
DEADLOCK_TRIES = 3
READ_BACK_PAUSE_SECONDS = 0.2

Read = Callable[[Flow, Message, Context], Awaitable[Reading]]
SeeMessage = Callable[[Line, str], None]


async def read_with_rules(flow: Flow, message: Message, context: Context) -> Reading:
    """The embedded reader. Gives way after each message: an acknowledgement does not wait for a long batch."""
    started = time.perf_counter()
    reading = reader_for(flow).read(message, context)
    READ_SECONDS.observe(time.perf_counter() - started)
    await asyncio.sleep(0)
    return reading


class Responder:
    """Takes turns of conversations, many at the same time, each conversation one at a time."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        *,
        read: Read = read_with_rules,
        listen: Listen = listen_to_nothing,
        model: "LanguageModel | None" = None,
        see: SeeMessage = lambda line, wamid: None,
        owed: Callable[[], None] = lambda: None,
        lease_for: timedelta = LEASE,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        """`listen` gives voice notes their words; `model` reads and words beside the rules; `see` shows the customer
        that the message was read; `owed` is called when replies were written down."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._read = read
        self._listen = listen
        self._model = model
        self._see = see
        self._owed = owed
        self._lease_for = lease_for
        self._most_at_once = most_at_once
        self._look_back = LookBack()
        self._thinking: set[asyncio.Task[None]] = set()
        self._alone: asyncio.Task[None] | None = None
        self._commits: Batcher[DecidedTurn, Committed] = Batcher(
            self._commit, most=MOST_COMMITS, is_poison=is_of_one_item
        )

    async def run_once(self) -> bool:
        """For the loop: whether more may be due at once. What comes later wakes it.

        The next claim waits a moment for this one's turns, as the receiver's next batch waits for the one being
        written: under load a claim then finds many conversations, and costs each of them little.
        """
        if len(self._thinking) >= self._most_at_once:
            await asyncio.wait(self._thinking, return_when=asyncio.FIRST_COMPLETED)
        claimed = await self.respond_once()
        if self._alone is not None:
            await asyncio.wait({self._alone})
            return True
        if self._thinking:
            await asyncio.wait(self._thinking, timeout=GATHER_SECONDS)
        return claimed > 0 and len(self._thinking) >= self._most_at_once

    async def respond_once(self) -> int:
        """Lease what is due and start thinking about it; how many conversations. A slow one holds up nobody else.

        A turn that was tried often, as one is that kills its process, thinks alone, and nothing is leased meanwhile.
        """
        free = self._most_at_once - len(self._thinking)
        buckets = self._directory.buckets()
        if free <= 0 or not buckets or self._alone is not None:
            return 0
        async with self._db.statement() as tx:
            now = self._clock()
            leases = await turns.claim(tx, buckets, now, self._lease_for, free, self._look_back.since(now))
        self._look_back.found(now, min((lease.due_at for lease in leases), default=None))
        suspects = [lease for lease in leases if lease.attempts > TRIES_IN_COMPANY]
        if len(suspects) > 1:
            await self._put_off(suspects[1:])
        taken = [*(lease for lease in leases if lease not in suspects), *suspects[:1]]
        if not taken:
            return 0
        async with self._db.connection() as tx:
            loaded = await turns.load(tx, taken)
        for lease in taken:
            there = loaded.get(lease.conversation_id)
            if lease in suspects:
                self._alone = self._begin(self._take_alone(lease, there, tuple(self._thinking)))
            else:
                self._begin(self._take(lease, there))
        return len(taken)

    async def _put_off(self, suspects: Sequence[Lease]) -> None:
        """Untried: one of them thinks now, and the others come one after another."""
        now = self._clock()
        again_at = [now + (index + 1) * ALONE_APART for index in range(len(suspects))]
        async with self._db.transaction() as tx:
            await commit.put_off(tx, suspects, again_at)

    def _begin(self, taking: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(taking)
        self._thinking.add(task)
        task.add_done_callback(self._thinking.discard)
        return task

    async def _take_alone(self, lease: Lease, loaded: Loaded | None, others: Sequence[asyncio.Task[None]]) -> None:
        try:
            if others:
                await asyncio.wait(others)
            await self._take(lease, loaded)
        finally:
            self._alone = None

    async def drain(self) -> None:
        """Return when every turn that was begun is committed or let go."""
        while self._thinking:
            await asyncio.wait(self._thinking)
        await self._commits.drain()

    async def _take(self, lease: Lease, loaded: Loaded | None) -> None:
        """One turn, whole; whatever goes wrong is on the ticket, and another try comes."""
        try:
            if loaded is None:
                raise ConversationUnreadable
            if loaded.merged_into is not None:
                await self._forward(lease, loaded.merged_into)
                return
            case = await self._case(lease, loaded)
            started = time.perf_counter()
            case = await self._heard(case)
            model = self._model_for(case)  # its time begins now
            readings = await self._read_messages(case, model)
            read_ms = (time.perf_counter() - started) * 1000
            await self._decide_and_commit(case, readings, read_ms, model)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._let_go(lease, error)

    async def _case(self, lease: Lease, loaded: Loaded) -> Case:
        line = self._directory.line(loaded.conversation.line_id)
        now = self._clock()
        active = self._directory.active_version(line.flow_name)
        lead = loaded.lead
        if lead is not None:
            flow = await self._directory.flow(lead.flow_name, lead.flow_version)
            if not opens_next_lead(loaded.conversation, lead, loaded.earlier_replies, flow, now):
                return Case(lease, loaded, line, flow, lead.flow_version, now)
        return Case(lease, loaded, line, await self._directory.flow(line.flow_name, active), active, now)

    def _model_for(self, case: Case) -> "ModelTurn | None":
        """Its part in this turn; none in one that nobody waits for, nor in one that failed often and thinks alone."""
        if self._model is None or not case.loaded.messages or case.lease.attempts > TRIES_IN_COMPANY:
            return None
        return self._model.begin(case.line, case.now.astimezone(case.zone).date())

    async def _heard(self, case: Case) -> Case:
        """Voice notes have their words from here on; the customer sees that somebody is at it."""
        if case.lease.attempts > MOST_ATTEMPTS or not case.loaded.messages:
            return case
        self._see(case.line, case.loaded.messages[-1].wamid)
        messages = await self._listen(case.lease, case.line, case.loaded.messages)
        return replace(case, loaded=replace(case.loaded, messages=messages))

    async def _read_messages(self, case: Case, model: "ModelTurn | None") -> tuple[Reading, ...]:
        """Slow and foreign calls happen here, outside any transaction. What fails to read wipes nothing."""
        if case.lease.attempts > MOST_ATTEMPTS:
            return tuple(Reading(failure="not read: earlier tries failed") for _ in case.loaded.messages)
        loaded = case.loaded
        contexts: list[Context] = []
        readings: list[Reading] = []
        for message in loaded.messages:
            context = reading_context(
                loaded.conversation,
                loaded.lead,
                loaded.earlier_replies,
                case.flow,
                message.sent_at.astimezone(case.zone),
            )
            contexts.append(after_readings(context, readings))
            reading = await self._read(case.flow, message, contexts[-1])
            readings.append(replace(reading, facts=tuple(replace(f, message_id=message.id) for f in reading.facts)))
        if model is None:
            return tuple(readings)
        return await model.read(case.flow, contexts, loaded.messages, readings)

    async def _decide_and_commit(
        self, case: Case, readings: tuple[Reading, ...], read_ms: float, model: "ModelTurn | None"
    ) -> None:
        for _ in range(BEATEN_TRIES):
            decided = self._decide(case, readings, read_ms)
            if model is not None:
                decided = await self._worded(case, decided, model)
            outcome = await self._commits.put(decided)
            TURNS.labels(outcome.value).inc()
            if outcome is not Committed.BEATEN:
                self._tell(decided, outcome)
                return
            # A person acted, or a reply left, since we looked: decide again on the same facts, without reading again.
            async with self._db.connection() as tx:
                fresh = (await turns.load(tx, [case.lease])).get(case.lease.conversation_id)
            if fresh is None:
                raise ConversationUnreadable
            if fresh.merged_into is not None:
                await self._forward(case.lease, fresh.merged_into)
                return
            case = replace(case, loaded=replace(fresh, messages=case.loaded.messages), now=self._clock())
        raise TurnKeepsBeingBeaten

    def _decide(self, case: Case, readings: tuple[Reading, ...], read_ms: float) -> DecidedTurn:
        started = time.perf_counter()
        given = turn_input(case, readings, self._directory.service_type_ids(case.line.flow_name))
        turn = take_turn(given)
        timings = {
            "waited_ms": round((case.now - case.lease.due_at) / timedelta(milliseconds=1), 1),
            "read_ms": round(read_ms, 2),
            "decide_ms": round((time.perf_counter() - started) * 1000, 2),
        }
        return DecidedTurn(
            new_id(case.now),
            case.lease,
            case.loaded,
            turn,
            given.turn_cause,
            given.cause,
            to_json(readings),
            to_json(timings),
            case.now,
        )

    async def _worded(self, case: Case, decided: DecidedTurn, model: "ModelTurn") -> DecidedTurn:
        """The decided reply in better words, as far as they pass; between decision and commit, and outside of both."""
        turn = await model.word(case.flow, decided.turn, case.loaded.messages, case.loaded.earlier_replies)
        return replace(decided, turn=turn, model=None if model.record.is_empty else to_json(model.record))

    async def _commit(self, decided: Sequence[DecidedTurn]) -> Sequence[Committed]:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                async with self._db.transaction() as tx:
                    if self._commits.is_halving:
                        await wait_hardly_for_locks(tx)
                    return await commit.commit_turns(tx, decided)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == DEADLOCK_TRIES:
                    raise
            except COMMIT_IN_DOUBT:
                # Whether it committed is not known: the turns' own ids tell.
                return await self._read_back(decided)
        raise AssertionError("unreachable")

    async def _read_back(self, decided: Sequence[DecidedTurn]) -> list[Committed]:
        until = min(one.lease.until for one in decided)
        while True:
            try:
                async with self._db.connection() as tx:
                    there = await commit.committed_turns(tx, decided)
                return [Committed.YES if one.id in there else Committed.LOST_LEASE for one in decided]
            except (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError):
                if self._clock() >= until:
                    return [Committed.LOST_LEASE for _ in decided]
                await asyncio.sleep(READ_BACK_PAUSE_SECONDS)

    def _tell(self, decided: DecidedTurn, outcome: Committed) -> None:
        turn = decided.turn
        log.info(
            f"turn.{outcome.value}",
            conversation_id=str(decided.lease.conversation_id),
            turn_id=str(decided.id),
            messages=len(decided.loaded.messages),
            why=turn.why,
            silence=turn.silence.value if turn.silence else None,
        )
        if outcome is Committed.YES and turn.replies:
            REPLIES.labels("PENDING").inc(len(turn.replies))
            self._owed()

    async def _forward(self, lease: Lease, into_id: UUID) -> None:
        """The conversation became an alias of another while its ticket was there: the work moves over."""
        async with self._db.transaction() as tx:
            await forward(tx, lease.bucket, lease.conversation_id, into_id)

    async def _let_go(self, lease: Lease, error: Exception) -> None:
        delay = FIRST_RETRY * 2 ** min(lease.attempts - 1, 6)
        log.warning(
            "turn.failed",
            conversation_id=str(lease.conversation_id),
            attempt=lease.attempts,
            error=where_it_failed(error),
        )
        try:
            async with self._db.transaction() as tx:
                await commit.release(tx, lease, type(error).__name__, self._clock() + delay)
        except (*CONNECTION_LOST, asyncpg.PostgresError, NotReplicated, TimeoutError):
            return  # the lease ends by itself


class ConversationUnreadable(Exception):
    """A ticket names a conversation that is not there, or whose rows are odd."""


class TurnKeepsBeingBeaten(Exception):
    """The conversation's state changed under every one of several decisions."""
