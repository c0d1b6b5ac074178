"""One simulation, by its seed: the businesses, their customers and people, the troubles, and what held at the end."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from unittest import mock
from uuid import UUID

from simulation import troubles
from simulation.business import businesses, set_policy
from simulation.callers import Caller
from simulation.course import Course, NeverRests
from simulation.database import Server
from simulation.gates import OWNER, Gates, Operation
from simulation.history import History
from simulation.judge import invariants_broken, judge
from simulation.loop import SetLoop
from simulation.office import Office
from simulation.process import Process
from simulation.provider import WatchedFaults
from simulation.reading import SimulatedReading
from simulation.watch import Watch
from support.invariants import Look, look, moved_back
from surereply.lab.world import World
from surereply.receiver import BadSignature, NotKept

CUSTOMERS = (2, 4)
PROCESSES = 2
POLICY_SHARE = 0.4  # of simulations: one of the lines sends again by policy what stayed silent
META_WAITS_SECONDS = 20.0
BACK_AFTER_SECONDS = (0.5, 5.0)
LOOKS_AT_THE_END = 6


class Play:
    def __init__(self, loop: SetLoop, seed: int, url: str) -> None:
        self.loop = loop
        self.seed = seed
        self.names = troubles.chosen(seed)
        self.start = troubles.begins_at(seed, self.names)
        self.chance = random.Random(f"play:{seed}")
        self.gates = Gates(loop)
        self.server = Server(url, self.gates, loop)
        self.course = Course(self)
        self.history = History()
        self.watch = Watch()
        self.reading = SimulatedReading(self)
        self.office = Office(self)
        self.processes: list[Process] = []
        self.callers: list[Caller] = []
        self.troubles: list[troubles.Trouble] = []
        self.findings: list[str] = []
        self.changes = 0
        self._looked_at_change = 0
        self._seen: Look | None = None
        self.is_calm = False
        self._letters = count()
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
        self.faults = self.world.graph.faults = WatchedFaults(self.seed)
        self.world.graph.ledger.listeners.append(self._on_entry)
        await self.office.open()
        self.callers = [Caller(self, number) for number in range(self.chance.randint(*CUSTOMERS))]
        home = troubles.home_trouble(self.seed)
        self.troubles = [troubles.TROUBLES[name](self, insists=name == home) for name in self.names]

    async def _perform(self) -> None:
        for _ in range(PROCESSES):
            self.start_process()
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
        for process in self.processes:
            process.is_stopped = False
            process.follow_clock()
        self.spawn(self.office.begin(self.office.resume_lines))
        reported = {update.key.partition(" ")[0] for update in self.world.meta.book}
        for entry in self.world.graph.ledger.accepted:
            if entry.wamid not in reported:
                self.world.tell_report(entry, "sent")
        for process in self.processes:
            if process.is_ready:
                process.begin("maintain", process.reconciler.maintain_once)

    async def _tear_down(self) -> None:
        self.gates.open = True
        self.loop.let_time_pass_by_itself()
        for process in self.processes:
            await process.die()
        for task in self._spawned:
            task.cancel()

    def spawn(self, work: "Coroutine[Any, Any, Any] | asyncio.Task[Any]") -> "asyncio.Task[Any]":
        """Something that goes on by itself, and belongs to no process."""
        task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
        self._spawned.add(task)
        task.add_done_callback(self._spawned_ended)
        return task

    def _spawned_ended(self, task: "asyncio.Task[Any]") -> None:
        self._spawned.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error  # a mistake of the simulation

    def start_process(self) -> None:
        process = Process(self, chr(ord("A") + next(self._letters)))
        self.processes.append(process)
        process.begin("start", process.start).add_done_callback(lambda task: self._on_started(process, task))

    def _on_started(self, process: Process, task: "asyncio.Task[Any]") -> None:
        if process.is_ready:
            self.note(process.name, "is ready")
        elif not process.is_dead:
            self.spawn(self.kill(process))  # it could not start: whoever starts processes tries again

    async def kill(self, process: Process) -> None:
        """It ends where it stands, and another one is started in its place."""
        if process not in self.processes:
            return
        self.processes.remove(process)
        self.note(process.name, "ends")
        await process.die()
        self.loop.call_later(self.chance.uniform(*BACK_AFTER_SECONDS), self.start_process)

    def stop(self, process: Process, seconds: float) -> None:
        process.is_stopped = True
        self.loop.call_later(seconds, self.go_on, process)

    def go_on(self, process: Process) -> None:
        if process.is_stopped:
            process.is_stopped = False
            self.note(process.name, "goes on")

    async def restart_database(self, down_seconds: float) -> None:
        self.note("database", f"goes down for {down_seconds:.1f} s")
        self.server.is_down = True
        await self.server.break_off(list(self.server.connections))
        self.loop.call_later(down_seconds, self._database_is_back)

    def _database_is_back(self) -> None:
        self.server.is_down = False
        self.note("database", "is back")

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        """A webhook on its way: to one of the processes, as a load balancer would have it."""
        for trouble in self.troubles:
            if (harm := trouble.on_delivery(body)) is not None:
                raise harm
        ready = [process for process in self.processes if process.is_ready]
        if not ready:
            raise ConnectionRefusedError("no process listens")
        process = self.chance.choice(ready)
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
        changes = await self.server.changes()
        if not changes:
            return
        self.changes += len(changes)
        self.course.progress()
        owner = operation.owner.name if operation.owner else "-"
        if operation.step == "maintain":
            self.note(f"{owner} maintain", "moves rows to the partitions of their month")
            return
        for change in changes:
            self.history.note_change(self.now(), f"{owner} {operation.step}", change)
            for trouble in self.troubles:
                trouble.sees(change, owner)
        for finding in self.watch.see(changes, owner, self.now()):
            self.find(finding)

    async def look_at_everything(self) -> None:
        """What must hold at every moment, whatever is under way."""
        self._looked_at_change = self.changes
        for finding in await invariants_broken(self):
            self.find(finding)
        seen = await look(self.server.fetch)
        for finding in moved_back(self._seen, seen) if self._seen is not None else ():
            self.find(finding)
        self._seen = seen

    def _on_entry(self, entry: Any) -> None:
        self.note("WhatsApp", f"is asked to send attempt {entry.attempt}: {entry.answer}, "
                  f"{'accepted' if entry.accepted else 'not accepted'}", entry.recipient)  # fmt: skip

    def note(self, who: str, what: str, *about: str) -> None:
        self.history.note(self.now(), who, what, *about)

    def find(self, finding: str) -> None:
        if finding not in self.findings:
            self.note("FINDING", finding)
            self.findings.append(finding)

    @property
    def changes_since_look(self) -> int:
        return self.changes - self._looked_at_change

    @property
    def leases(self) -> Mapping[str, str]:
        return self.watch.leases

    def caller_of(self, name: str | None) -> Caller | None:
        """By a message's wamid, or by the conversation."""
        if name is None:
            return None
        for caller in self.callers:
            wamids = {said.wamid for said in caller.phone.said}
            if name in wamids or any(self.watch.conversation_of_wamid.get(wamid) == name for wamid in wamids):
                return caller
        return None

    def key_of(self, conversation: str) -> tuple[int, UUID]:
        return self.watch.key_of(conversation)

    async def rows_in_default_partitions(self) -> int:
        tables = ("message", "turn", "reply", "report", "delivery")
        counts = [await self.server.fetch(f"SELECT count(*) FROM {table}_default") for table in tables]
        return sum(rows[0][0] for rows in counts)

    async def follow_ups_since(self, since: datetime) -> int:
        rows = await self.server.fetch(
            "SELECT count(*) FROM reply WHERE reply_type = 'follow_up' AND created_at >= $1", since
        )
        return int(rows[0][0])


def _owned_task(loop: asyncio.AbstractEventLoop, coro: Any, **more: Any) -> "asyncio.Task[Any]":
    """Tasks know whose they are, so that they end with their process."""
    task = asyncio.Task(coro, loop=loop, **more)
    owner: Any = OWNER.get()
    if owner is not None:
        owner.tasks[task] = None
        task.add_done_callback(owner.tasks.pop)
    return task
