"""What a trouble is: something that goes wrong at moments of its own, and is counted when it does."""

import asyncio
import random
from typing import TYPE_CHECKING, ClassVar

from simulation.gates import Operation
from simulation.network import Parcel
from simulation.trail import Change

if TYPE_CHECKING:
    from simulation.play import Play
    from simulation.process import Process

# The transactions of the steps, by the function that opens them.
KEEP, TURN, CLAIM, RESULT = "receiver._keep", "responder._commit", "dispatcher._claim", "dispatcher._write_down"
REPORTS = "reconciler.apply_reports_once"


class Trouble:
    """`faults` are numbers of `support.faults`; `struck` counts how often it came about."""

    name: ClassVar[str]
    faults: ClassVar[tuple[int, ...]]

    def __init__(self, play: "Play", *, insists: bool) -> None:
        """`insists`: it is what this simulation is about, and strikes as soon as it can."""
        self.play = play
        self.insists = insists
        self.chance = random.Random(f"{self.name}:{play.seed}")
        self.struck = 0
        self.is_over = False

    def set_up(self) -> None:
        """Before the first customer writes."""

    async def course(self) -> None:
        """What it does by the clock, from the beginning on."""

    def aims_at(self, operation: Operation) -> bool:
        """Whether it strikes this operation, which is about to be let through."""
        return False

    async def strike(self, operation: Operation) -> None:
        """Whoever dies or stops of it does not go on: the operation is let through only if it still may pass."""

    def aims_after(self, operation: Operation) -> bool:
        """Whether it strikes now that the operation is done, and before its result is told."""
        return False

    async def strike_after(self, operation: Operation) -> None:
        """See `aims_after`."""

    def aims_at_parcel(self, parcel: Parcel) -> bool:
        """Whether it strikes while these bytes are on their way between a process and the provider."""
        return False

    async def strike_parcel(self, parcel: Parcel) -> None:
        """See `aims_at_parcel`."""

    def sees(self, change: Change, owner: str) -> None:
        """Something was committed."""

    def on_delivery(self, body: bytes) -> Exception | None:
        """What keeps this delivery from arriving."""
        return None

    def on_answer(self, body: bytes) -> Exception | None:
        """What keeps the answer to this delivery from arriving."""
        return None

    def end(self) -> None:
        """The world calms down."""
        self.is_over = True

    def strikes(self, what: str, *about: str) -> None:
        self.struck += 1
        self.play.note("‼", f"{self.name}: {what}", *about)

    async def sleep(self, least_s: float, most_s: float) -> None:
        most_s = least_s + 0.2 * (most_s - least_s) if self.insists else most_s
        await asyncio.sleep(self.chance.uniform(least_s, most_s))

    def happens(self, share: float) -> bool:
        return self.chance.random() < (max(share, 0.5) if self.insists else share)


class Aimed(Trouble):
    """Strikes a few of the operations that fit, some of them left out between."""

    most: ClassVar[tuple[int, int]] = (1, 3)
    skips: ClassVar[tuple[int, int]] = (0, 12)
    after: ClassVar[bool] = False

    def __init__(self, play: "Play", *, insists: bool) -> None:
        super().__init__(play, insists=insists)
        self._left = self.chance.randint(*self.most)
        self._skip = 0 if insists else self.chance.randint(*self.skips)

    def fits(self, operation: Operation) -> bool:
        raise NotImplementedError

    def aims_at(self, operation: Operation) -> bool:
        return not self.after and self._takes(operation)

    def aims_after(self, operation: Operation) -> bool:
        return self.after and self._takes(operation)

    def _takes(self, operation: Operation) -> bool:
        if self.is_over or self._left == 0 or not self.fits(operation):
            return False
        if self._skip > 0:
            self._skip -= 1
            return False
        self._left -= 1
        self._skip = self.chance.randint(*self.skips)
        return True


def process_of(operation: Operation) -> "Process":
    from simulation.process import Process

    assert isinstance(operation.owner, Process)
    return operation.owner


def is_of_a_process(operation: Operation) -> bool:
    from simulation.process import Process

    return isinstance(operation.owner, Process) and operation.owner.is_ready
