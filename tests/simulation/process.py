"""A process of the business: the four steps, a clock of its own, an empty memory; it can stop, and it can die."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import asyncpg

from simulation.business import SECRET_KEY, credentials
from simulation.gates import OWNER, STEP
from surereply.clock import DatabaseClock
from surereply.dispatcher import Dispatcher
from surereply.receiver import BadSignature, NotKept, Receiver
from surereply.reconciler import Reconciler
from surereply.responder import Responder
from surereply.store.database import CONNECTION_LOST, Database
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.thinking import Thinker
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

if TYPE_CHECKING:
    from simulation.play import Play

ROUNDS_TO_END = 5
FORESEEN = (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError, NotKept, BadSignature)


class Process:
    """One of several on the same database. What it knows besides is lost when it dies."""

    def __init__(self, play: "Play", name: str) -> None:
        self.name = name
        self.is_dead = False
        self.is_stopped = False
        self.is_ready = False
        self.tasks: dict[asyncio.Task[Any], None] = {}  # in the order in which they began
        self.busy: set[str] = set()  # steps that are being taken
        self.clock = DatabaseClock(play.loop.time)
        self._play = play
        self._chance = random.Random(f"process:{play.seed}:{name}")

    async def start(self) -> None:
        """Ready when its directory is read; fails as a real one would, while the database is away."""
        play = self._play
        self.follow_clock()
        self.http = open_http()
        self.db: Database = await play.server.database(self, self.name)
        self.directory = Directory(self.db, SECRET_KEY, dict(credentials(play.world.secrets)))
        await self.directory.refresh()
        self.receiver = Receiver(self.db, self.directory, self.clock, Patience())
        thinker = Thinker(self.directory, self.clock, read=play.reading.read)
        self.responder = Responder(self.db, self.directory, self.clock, thinker)
        self.client = WhatsAppClient(f"{play.world.api_url}/v23.0", self.http, clock=self.clock.steady)
        self.dispatcher = Dispatcher(
            self.db,
            self.directory,
            self.clock,
            self.client,
            steady=self.clock.steady,
            randomness=self._chance.random,
        )
        self.reconciler = Reconciler(self.db, self.directory, self.clock, refused_at=lambda: self.receiver.refused_at)
        self.is_ready = True

    def follow_clock(self, off_by_seconds: float = 0.0) -> None:
        """By what the database says, or a database whose clock is off."""
        now = self._play.loop.time()
        self.clock.follow(self._play.time_at(now + off_by_seconds), now, now)

    def step(self, name: str) -> Callable[[], Awaitable[Any]]:
        steps: dict[str, Callable[[], Awaitable[Any]]] = {
            "respond": self.responder.respond_once,
            "dispatch": self.dispatcher.dispatch_once,
            "reports": self.reconciler.apply_reports_once,
            "doubts": self.reconciler.settle_doubts_once,
            "unite": self.reconciler.unite_contacts_once,
            "maintain": self.reconciler.maintain_once,
        }
        return steps[name]

    def begin(self, step: str, work: Callable[[], Awaitable[Any]]) -> "asyncio.Task[Any]":
        """A task of this process, and of those that it begins."""
        before_owner, before_step = OWNER.set(self), STEP.set(step)
        try:
            task = asyncio.create_task(_awaited(work), name=f"{self.name} {step}")
        finally:
            OWNER.reset(before_owner)
            STEP.reset(before_step)
        task.add_done_callback(lambda task: self._look_at(step, task))
        return task

    def _look_at(self, step: str, task: "asyncio.Task[Any]") -> None:
        """A step that fails is taken again, whatever failed; but only some failures can be foreseen."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, FORESEEN):
            self._play.find(f"the step {step} raised {error!r}")

    async def drain(self) -> None:
        """As a process does that was told to end: no more webhooks, no more claims, then what is under way."""
        await self.receiver.drain()
        await self.responder.drain()
        await self.dispatcher.drain()

    async def die(self) -> None:
        """Where it stands: nothing of it runs on, nothing is tidied up."""
        self.is_dead, self.is_ready, self.is_stopped = True, False, False
        await self._play.server.break_off(self._play.server.of(self))
        # Again and again: in real life nobody gets to clean up, and here some would rather wait and try once more.
        while running := [task for task in self.tasks if not task.done()]:
            for task in running:
                task.cancel()
            for _ in range(ROUNDS_TO_END):
                await asyncio.sleep(0)
        if hasattr(self, "http"):
            await self.http.close()


async def _awaited(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
