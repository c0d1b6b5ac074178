"""2 · Inbox to outbox: one turn of one conversation."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from surereply.case import TRIES_IN_COMPANY
from surereply.clock import Clock
from surereply.domain.announcements import TOLD_BY_TURNS
from surereply.store import commit, turns
from surereply.store.commit import Committed
from surereply.store.database import (
    COMMIT_IN_DOUBT,
    CONNECTION_LOST,
    Database,
    NotReplicated,
    is_of_one_item,
    wait_hardly_for_locks,
)
from surereply.store.directory import Directory
from surereply.store.looking_back import LookBack
from surereply.store.moving import forward
from surereply.store.turn_rows import DecidedTurn
from surereply.store.turns import Lease, Loaded
from surereply.telemetry import COLLISIONS, REPLIES, TURNS, where_it_failed
from surereply.thinking import Thinker, Understood
from surereply.worker import Batcher

log = structlog.get_logger()

LEASE = timedelta(seconds=15)  # longer than any reading and wording may take; who dies is followed after so long
MOST_AT_ONCE = 256  # conversations that one process thinks about at the same time
GATHER_SECONDS = 0.06  # at most so long does a claim wait for the turns before it
MOST_COMMITS = 128  # turns in one transaction
FIRST_RETRY = timedelta(seconds=1)
ALONE_APART = timedelta(seconds=0.1)  # between the turns that wait to think alone
BEATEN_TRIES = 8
DEADLOCK_TRIES = 3
READ_BACK_PAUSE_SECONDS = 0.2


class Responder:
    """Takes turns of conversations, many at the same time, each conversation one at a time."""

    def __init__(
        self,
        db: Database,
        directory: Directory,
        clock: Clock,
        thinker: Thinker,
        *,
        owed: Callable[[], None] = lambda: None,
        lease_for: timedelta = LEASE,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        """`owed` is called when replies were written down."""
        self._db = db
        self._directory = directory
        self._clock = clock
        self._thinker = thinker
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
            case = await self._thinker.case_of(lease, loaded)
            await self._decide_and_commit(await self._thinker.understand(case))
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._let_go(lease, error)

    async def _decide_and_commit(self, understood: Understood) -> None:
        lease = understood.case.lease
        for _ in range(BEATEN_TRIES):
            decided = await self._thinker.decide(understood)
            outcome = await self._commits.put(decided)
            TURNS.labels(outcome.value).inc()
            if outcome is not Committed.BEATEN:
                self._tell(decided, outcome)
                return
            # A person acted, or a reply left, since we looked: decide again on the same facts, without reading again.
            async with self._db.connection() as tx:
                fresh = (await turns.load(tx, [lease])).get(lease.conversation_id)
            if fresh is None:
                raise ConversationUnreadable
            if fresh.merged_into is not None:
                await self._forward(lease, fresh.merged_into)
                return
            understood = understood.on(fresh, self._clock())
        raise TurnKeepsBeingBeaten

    async def _commit(self, decided: Sequence[DecidedTurn]) -> Sequence[Committed]:
        for attempt in range(1, DEADLOCK_TRIES + 1):
            try:
                async with self._db.transaction() as tx:
                    if self._commits.is_halving:
                        await wait_hardly_for_locks(tx)
                    return await commit.commit_turns(tx, decided, tell=self._directory.somebody_wants(*TOLD_BY_TURNS))
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
        tell = log.error if outcome is Committed.COLLIDED else log.info
        tell(
            f"turn.{outcome.value}",
            conversation_id=str(decided.lease.conversation_id),
            turn_id=str(decided.id),
            messages=len(decided.loaded.messages),
            why=turn.why,
            silence=turn.silence.value if turn.silence else None,
        )
        if outcome is Committed.COLLIDED:
            COLLISIONS.inc()
        if outcome in (Committed.YES, Committed.COLLIDED) and turn.replies:
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
