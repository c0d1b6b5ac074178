"""The processes of the business: started, stopped, killed, and replaced by new ones that know nothing."""

import asyncio
import random
from itertools import count
from typing import TYPE_CHECKING, Any

from simulation.process import Process

if TYPE_CHECKING:
    from simulation.play import Play

BACK_AFTER_SECONDS = (0.5, 5.0)


class Fleet:
    """`processes`: those that are alive, in the order in which they were started; A, B, C …"""

    def __init__(self, play: "Play") -> None:
        self.processes: list[Process] = []
        self._play = play
        self._chance = random.Random(f"fleet:{play.seed}")
        self._letters = count()

    @property
    def ready(self) -> list[Process]:
        return [process for process in self.processes if process.is_ready]

    @property
    def running(self) -> list[Process]:
        return [process for process in self.ready if not process.is_stopped]

    def start_one(self) -> None:
        process = Process(self._play, _name(next(self._letters)))
        self.processes.append(process)
        process.begin("start", process.start).add_done_callback(lambda task: self._on_started(process, task))

    def _on_started(self, process: Process, task: "asyncio.Task[Any]") -> None:
        if process.is_ready:
            self._play.note(process.name, "is ready")
        elif not process.is_dead:
            # It could not start: whoever starts processes tries again.
            self._play.spawn(self.kill(process))

    async def kill(self, process: Process) -> None:
        """It ends where it stands, and another one is started in its place."""
        if process not in self.processes:
            return
        self.processes.remove(process)
        self._play.note(process.name, "ends")
        await process.die()
        self._play.loop.call_later(self._chance.uniform(*BACK_AFTER_SECONDS), self.start_one)

    def stop(self, process: Process, seconds: float) -> None:
        """SIGSTOP; SIGCONT after so long, unless somebody lets it go on before."""
        process.is_stopped = True
        self._play.loop.call_later(seconds, self.go_on, process)

    def go_on(self, process: Process) -> None:
        if process.is_stopped:
            process.is_stopped = False
            self._play.note(process.name, "goes on")

    def calm_down(self) -> None:
        """Everybody goes on, by the right clock, and looks after the tables."""
        for process in self.processes:
            process.is_stopped = False
            process.follow_clock()
        for process in self.ready:
            process.begin("maintain", process.reconciler.maintain_once)

    async def end(self) -> None:
        for process in self.processes:
            await process.die()


def _name(number: int) -> str:
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else f"{letter}{number // 26}"
