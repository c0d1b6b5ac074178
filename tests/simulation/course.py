"""How a simulation goes on: one thing at a time, chosen by the seed; time moves when nobody can go on."""

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulation.gates import Operation
from simulation.network import Parcel
from simulation.process import Process
from simulation.work import Due, look_for_work

if TYPE_CHECKING:
    from simulation.play import Play

MOST_STEPS = 25_000
LOOK_EVERY = 60  # changes of rows
FIRST_POLL_SECONDS = 0.25
LONGEST_POLL_SECONDS = 600.0
PACES = (0.05, 0.3, 1.0, 1.0, 3.0)  # how readily somebody is let through, against others
BEGINS_SHARE = 0.12
MOMENTS_SECONDS = (0.0, 0.0, 0.001, 0.003)


class NeverRests(Exception):
    """The business goes on and on without anything to do."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """A step of a process that may begin."""

    process: Process
    step: str


class Course:
    def __init__(self, play: "Play") -> None:
        self.play = play
        self.chance = random.Random(f"course:{play.seed}")
        self.mistake: BaseException | None = None  # of the simulation itself
        self._paces: dict[tuple[str, str], float] = {}
        self._fruitless: dict[tuple[str, str], tuple[int, int]] = {}
        self._due = Due(frozenset(), None)
        self._looked_at = (-1, -1)
        self._passes = 0
        self._poll_s = FIRST_POLL_SECONDS
        self._steps = 0

    async def go_on(self) -> None:
        """Until nothing is left to do, now or later. Raises `NeverRests`."""
        while self._steps < MOST_STEPS:
            self._steps += 1
            await self._come_to_rest()
            if self.mistake is not None:
                raise self.mistake
            if self.play.changes - self.play.looked_at >= LOOK_EVERY:
                await self.play.look_at_everything()
            if not await self._one_step() and not await self._pass_time():
                return
        raise NeverRests

    async def _come_to_rest(self) -> None:
        """Until everybody waits: at a gate, for a lock of somebody who does, or for time to pass."""
        gates, server = self.play.gates, self.play.server
        while True:
            if not await self.play.loop.comes_to_rest():
                asked = [one for one in gates.running if one.is_outside and not one.is_held_back]
                held = await server.held_back(asked)
                if server.is_asked or {one.number for one in asked} - held:
                    continue  # the database is only slow
                gates.hold_back(held)
            if gates.may_have_let_go:
                # Who waited for a lock may be done, too: only then is it known who is told, and in which order.
                gates.look_again()
                continue
            told = gates.to_tell()
            if not told:
                return
            for operation in told:
                await self._tell(operation)

    async def _tell(self, operation: Operation) -> None:
        """What it changed is seen first; then somebody may die of it, or whoever asked is told."""
        play = self.play
        if operation.on is not None and not operation.on.is_in_transaction():
            await play.see_changes(operation)
        for trouble in play.troubles:
            if operation in play.gates.done and trouble.aims_after(operation):
                await trouble.strike_after(operation)
        if operation in play.gates.to_tell():
            play.gates.tell(operation)

    async def _one_step(self) -> bool:
        """One thing goes on; False where nothing can until time passes."""
        choices: list[Any] = [*self.play.gates.may_pass(), *self.play.loop.network.may_arrive()]
        if not choices or self.chance.random() < BEGINS_SHARE:
            choices += await self._beginnings()
        if not choices:
            return False
        chosen = self.chance.choices(choices, [self._pace(one) for one in choices])[0]
        match chosen:
            case Operation():
                await self._let_through(chosen)
            case Parcel():
                await self._let_arrive(chosen)
            case Beginning(process, step):
                self._begin(process, step)
        self.play.loop.advance(self.chance.choice(MOMENTS_SECONDS))
        return True

    def _pace(self, choice: Any) -> float:
        """Some go fast and some slowly, for a while: races need somebody who is late."""
        if not isinstance(choice, Operation):
            return 1.0
        key = (choice.by, choice.step)
        if key not in self._paces or self.chance.random() < 0.01:
            self._paces[key] = self.chance.choice(PACES)
        return self._paces[key]

    async def _let_through(self, operation: Operation) -> None:
        for trouble in self.play.troubles:
            if trouble.aims_at(operation):
                await trouble.strike(operation)
            if operation not in self.play.gates.may_pass():
                return
        self.play.gates.let_through(operation)

    async def _let_arrive(self, parcel: Parcel) -> None:
        for trouble in self.play.troubles:
            if trouble.aims_at_parcel(parcel):
                await trouble.strike_parcel(parcel)
        if parcel in self.play.loop.network.may_arrive():
            self.play.loop.network.let_arrive(parcel)

    def _begin(self, process: Process, step: str) -> None:
        process.busy.add(step)
        task = process.begin(step, process.step(step))
        task.add_done_callback(lambda task: self._ended(process, step, task))

    def _ended(self, process: Process, step: str, task: "asyncio.Task[Any]") -> None:
        process.busy.discard(step)
        if task.cancelled() or task.exception() is not None or not task.result():
            self._fruitless[process.name, step] = (self.play.changes, self._passes)

    async def _beginnings(self) -> list[Beginning]:
        """Steps that would find work. One that found none is tried again when something changed, or time passed."""
        play = self.play
        moment = (play.changes, self._passes)
        if moment != self._looked_at:
            self._due, self._looked_at = await look_for_work(play.server.fetchrow, play.now()), moment
        return [
            Beginning(process, step)
            for process in play.fleet.running
            for step in sorted(self._due.steps)
            if step not in process.busy and self._fruitless.get((process.name, step)) != moment
        ]

    def progress(self) -> None:
        self._poll_s = FIRST_POLL_SECONDS

    async def _pass_time(self) -> bool:
        """Until something is due, or a timer ends; False where nothing ever will be."""
        play = self.play
        await self._beginnings()
        if play.server.is_asked or play.gates.may_pass() or play.loop.network.may_arrive():
            return True  # while the database was asked for what is due, somebody went on
        waits = [play.loop.next_timer_in, play.gates.next_passes_in(), play.server.next_time_out()]
        if self._due.next_at is not None:
            waits.append((self._due.next_at - play.now()).total_seconds())
        if self._due.steps or play.gates.running or play.loop.network.parcels:
            waits.append(self._poll_s)
            self._poll_s = min(self._poll_s * 2, LONGEST_POLL_SECONDS)
        some = [wait for wait in waits if wait is not None]
        if not some:
            return False
        play.loop.advance(max(min(some), 0.0))
        self._passes += 1
        await play.server.time_out()
        return True
