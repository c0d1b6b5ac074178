"""One simulation, by its seed: the businesses, their customers and people, the troubles, and what held at the end."""

import asyncio
import random
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

from simulation.business import businesses, set_policy
from simulation.callers import Caller
from simulation.course import Course, NeverRests
from simulation.database import Server
from simulation.fleet import Fleet
from simulation.gates import OWNER, Gates, Operation
from simulation.history import History
from simulation.judge import invariants_broken, judge
from simulation.loop import SetLoop
from simulation.of_people import ClockAnHourOff
from simulation.of_sends import SlowProvider
from simulation.office import Office
from simulation.provider import WatchedFaults
from simulation.reading import SimulatedReading
from simulation.trouble import Trouble
from simulation.troubles import TROUBLES, begins_at, chosen, home_trouble
from simulation.watch import Watch
from support.invariants import Look, look, moved_back
from surereply.lab.ledger import Entry
from surereply.lab.world import World
from surereply.receiver import BadSignature, NotKept

CUSTOMERS = (2, 4)
PROCESSES = 2
POLICY_SHARE = 0.4  # of simulations: one of the lines sends again by policy what stayed silent
META_WAITS_SECONDS = 20.0
LOOKS_AT_THE_END = 6
# Where a request is judged long after it was written, or is given up by a wrong clock, it is late by no fault of ours.
LATE_RIGHTLY = {SlowProvider.name, ClockAnHourOff.name}


class Play:
    def __init__(self, loop: SetLoop, seed: int, url: str) -> None:
        self.loop = loop
        self.seed = seed
        self.names = chosen(seed)
        self.start = begins_at(seed, self.names)
        self.chance = random.Random(f"play:{seed}")
        self.gates = Gates(loop)
        self.server = Server(url, self.gates, loop)
        self.course = Course(self)
        self.fleet = Fleet(self)
        self.history = History()
        self.watch = Watch()
        self.reading = SimulatedReading(self)
        self.office = Office(self)
        self.callers: list[Caller] = []
        self.troubles: list[Trouble] = []
        self.findings: list[str] = []
        self.changes = 0
        self.looked_at = 0  # so many changes had been seen at the last look at everything
        self.is_calm = False
        self._seen: Look | None = None
        self._spawned: set[asyncio.Task[Any]] = set()

    def time_at(self, seconds: float) -> datetime:
        return self.start + timedelta(seconds=seconds)

    def now(self) -> datetime:
        return self.time_at(self.loop.time())

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            await self._set_up(stack)
            try:
                await self._perform()
                for finding in await judge(self):
                    self.find(finding)
            except NeverRests as error:
                self.find(f"the backlog drains: {error.__doc__}")
            finally:
                await self._tear_down()

    async def _set_up(self, stack: AsyncExitStack) -> None:
        self.loop.network.owner_now = OWNER.get
        self.loop.set_task_factory(_owned_task)
        # Ids hold randomness: the seed's.
        stack.enter_context(mock.patch("os.urandom", random.Random(f"ids:{self.seed}").randbytes))
        await self.server.open()
        stack.push_async_callback(self.server.monitor.close)
        lines = [one.line for one in businesses()]
        if self.chance.random() < POLICY_SHARE:
            await set_policy(self.server.monitor, self.chance.choice(lines).phone_number_id)
        self.world = await stack.enter_async_context(
            World(deliver=self.deliver, lines=lines, clock=self.now, seed=self.seed)
        )
        self.faults = WatchedFaults(self.seed)
        self.world.graph.faults = self.faults
        self.world.graph.ledger.listeners.append(self._on_entry)
        await self.office.open()
        self.callers = [Caller(self, number) for number in range(self.chance.randint(*CUSTOMERS))]
        home = home_trouble(self.seed)
        self.troubles = [TROUBLES[name](self, insists=name == home) for name in self.names]

    async def _perform(self) -> None:
        for _ in range(PROCESSES):
            self.fleet.start_one()
        for trouble in self.troubles:
            trouble.set_up()
            self.spawn(trouble.course())
        for caller in self.callers:
            self.spawn(caller.talk())
        self.spawn(self.office.work())
        self.gates.open = False
        await self.course.go_on()
        self._calm_down()
        await self.course.go_on()
        for _ in range(LOOKS_AT_THE_END):
            resent = self.spawn(self.office.look_at_the_lists())
            await self.course.go_on()
            if not resent.result():
                return

    def _calm_down(self) -> None:
        """No more troubles: from here on everything works, long enough."""
        self.is_calm = True
        self.note("—", "the world calms down")
        for trouble in self.troubles:
            trouble.end()
        self.faults.clear()
        self.fleet.calm_down()
        self.spawn(self.office.begin(self.office.resume_lines))

    async def _tear_down(self) -> None:
        self.gates.open = True
        self.loop.let_time_pass_by_itself()
        await self.fleet.end()
        for task in self._spawned:
            task.cancel()

    def spawn(self, work: "Coroutine[Any, Any, Any] | asyncio.Task[Any]") -> "asyncio.Task[Any]":
        """Something that goes on by itself, and belongs to no process."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._on_spawned_done)
        return task

    def _on_spawned_done(self, task: "asyncio.Task[Any]") -> None:
        self._spawned.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.course.mistake = error

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        """A webhook on its way: to one of the processes, as a load balancer would have it."""
        for trouble in self.troubles:
            if (harm := trouble.on_delivery(body)) is not None:
                raise harm
        if not self.fleet.ready:
            raise ConnectionRefusedError("no process listens")
        process = self.chance.choice(self.fleet.ready)
        signature = headers.get("X-Hub-Signature-256")
        receiving = process.begin("receive", lambda: process.receiver.receive(body, signature))
        done, _ = await asyncio.wait({receiving}, timeout=META_WAITS_SECONDS)
        if not done:
            raise TimeoutError
        if receiving.cancelled():
            raise ConnectionResetError("no answer")
        for trouble in self.troubles:
            if (harm := trouble.on_answer(body)) is not None:
                raise harm
        match receiving.exception():
            case None:
                return 200
            case BadSignature():
                return 401
            case NotKept():
                return 503
            case _:
                return 500

    async def see_changes(self, operation: Operation) -> None:
        """What a transaction changed, right after its commit and before anybody is told."""
        changes = await self.server.changes()
        if not changes:
            return
        self.changes += len(changes)
        self.course.progress()
        if operation.step == "maintain":
            self.note(f"{operation.by} maintain", "looks after the tables; rows move to the partitions of their month")
            return
        for change in changes:
            self.history.note_change(self.now(), f"{operation.by} {operation.step}", change)
            for trouble in self.troubles:
                trouble.sees(change, operation.by)
        for finding in self.watch.see(changes, operation.by):
            self.find(finding)

    async def look_at_everything(self) -> None:
        """What must hold at every moment, whatever is under way."""
        self.looked_at = self.changes
        for finding in await invariants_broken(self):
            self.find(finding)
        seen = await look(self.server.fetch)
        for finding in moved_back(self._seen, seen) if self._seen is not None else ():
            self.find(finding)
        self._seen = seen

    def _on_entry(self, entry: Entry) -> None:
        taken = "accepted" if entry.accepted else "not accepted"
        self.note("WhatsApp", f"is asked to send attempt {entry.attempt}: {entry.answer}, {taken}", entry.recipient)
        if entry.reply_id is not None and entry.attempt is not None and not LATE_RIGHTLY & set(self.names):
            for finding in self.watch.leaves(UUID(entry.reply_id), entry.attempt):
                self.find(finding)

    def note(self, who: str, what: str, *about: str) -> None:
        self.history.note(self.now(), who, what, *about)

    def find(self, finding: str) -> None:
        if finding not in self.findings:
            self.note("FINDING", finding)
            self.findings.append(finding)

    def caller_of(self, name: str | None) -> Caller | None:
        """By a message's wamid, or by the conversation."""
        for caller in self.callers:
            wamids = {said.wamid for said in caller.phone.said}
            if name in wamids or name in {self.watch.conversation_of_wamid.get(wamid, "") for wamid in wamids}:
                return caller
        return None


def _owned_task(loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> "asyncio.Task[Any]":
    """Tasks know whose they are, so that they end with their process."""
    task = asyncio.Task(coro, loop=loop, **more)
    owner: Any = OWNER.get()
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(owner.tasks.pop)
    return task
