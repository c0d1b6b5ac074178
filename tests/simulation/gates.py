"""Where everything that touches the outside waits until the seed lets it through: one operation at a time."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from types import FrameType
from typing import Any, Protocol

from simulation.loop import SetLoop

# Who does what is being done; tasks inherit it from who began them.
OWNER: ContextVar["Owner | None"] = ContextVar("OWNER", default=None)
STEP: ContextVar[str] = ContextVar("STEP", default="")

Work = Callable[[], Awaitable[Any]]


class Owner(Protocol):
    """A process of the business, or its people, as far as their operations depend on them."""

    name: str
    is_dead: bool
    is_stopped: bool
    tasks: "dict[asyncio.Task[Any], None]"  # in the order in which they began


# How an operation is done: well, or with a harm.
Way = Callable[["Operation", Work], Awaitable[Any]]


async def done_well(_: "Operation", work: Work) -> Any:
    return await work()


@dataclass(eq=False, slots=True)
class Operation:
    """Something that one awaits from outside: a statement, a reading, a connection. `place`: the function it is in."""

    number: int
    owner: Owner | None
    step: str
    place: str
    what: str
    on: Any = None  # the connection, where it is a statement
    is_outside: bool = False  # the database is asked, and its answer waited for
    purpose: str = ""  # the function that opened the transaction it is in
    not_before: float = 0.0
    way: Way = done_well
    let: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    told: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    began_at: float = 0.0
    is_held_back: bool = False  # by a lock of somebody else's

    @property
    def by(self) -> str:
        return self.owner.name if self.owner is not None else "-"

    def __str__(self) -> str:
        words = " ".join(self.what.split())
        return f"{self.step}, {self.place}: {words[:48]}{'…' if len(words) > 48 else ''}"


class Gates:
    """`waiting`: operations that may be let through; `running`: those the database works on, or holds back."""

    def __init__(self, loop: SetLoop) -> None:
        self._loop = loop
        self._numbers = count(1)
        self.waiting: list[Operation] = []
        self.running: list[Operation] = []
        self.done: list[Operation] = []
        self.may_have_let_go = False  # a transaction ended, and with it its locks
        self.open = True  # everything passes, as if there were no gates

    async def pass_through(
        self, what: str, work: Work, on: Any = None, *, place: str | None = None, is_outside: bool = True
    ) -> Any:
        """Wait, do the work in the way that was chosen meanwhile, and wait until the result may be told."""
        owner = OWNER.get()
        if self.open:
            return await work()
        if owner is not None and owner.is_dead:
            raise asyncio.CancelledError
        operation = Operation(next(self._numbers), owner, STEP.get(), place or _place(), what, on, is_outside)
        operation.purpose = _purpose(operation)
        self.waiting.append(operation)
        try:
            await operation.let
            return await self._run(operation, work)
        finally:
            for places in (self.waiting, self.running, self.done):
                if operation in places:
                    places.remove(operation)

    async def _run(self, operation: Operation, work: Work) -> Any:
        operation.began_at = self._loop.time()
        if operation.is_outside:
            self._loop.asks_outside()
        result, error = None, None
        try:
            result = await operation.way(operation, work)
        except Exception as raised:
            error = raised
        finally:
            if operation.is_outside and not operation.is_held_back:
                self._loop.heard_from_outside()
            operation.is_held_back = False
            if operation in self.running:
                self.running.remove(operation)
            if operation.on is not None:
                operation.on.idle_since = self._loop.time()
                # A transaction that failed holds no locks either.
                ended = error is not None or not operation.on.is_in_transaction()
                self.may_have_let_go = self.may_have_let_go or ended
        # Answers are told in one order, whichever came first.
        self.done.append(operation)
        await operation.told
        if error is not None:
            raise error
        return result

    def let_through(self, operation: Operation) -> None:
        self.waiting.remove(operation)
        self.running.append(operation)
        operation.let.set_result(None)

    def hold_back(self, numbers: set[int]) -> None:
        """These wait for somebody who waits at a gate: nobody need wait for them meanwhile."""
        for operation in self.running:
            if operation.number in numbers and not operation.is_held_back:
                operation.is_held_back = True
                self._loop.heard_from_outside()

    def look_again(self) -> None:
        """A lock was let go: who waited for it may go on."""
        self.may_have_let_go = False
        for operation in self.running:
            if operation.is_held_back:
                operation.is_held_back = False
                self._loop.asks_outside()

    def to_tell(self) -> list[Operation]:
        """What is done, in one order, and may be told to whoever asked."""
        return [one for one in sorted(self.done, key=lambda one: one.number) if not _is_stopped(one)]

    def tell(self, operation: Operation) -> None:
        self.done.remove(operation)
        operation.told.set_result(None)

    def may_pass(self) -> list[Operation]:
        """Those that wait, and need not wait for anybody else."""
        now = self._loop.time()
        return [one for one in self.waiting if not _is_stopped(one) and one.not_before <= now]

    def next_passes_in(self) -> float | None:
        """Seconds until one that was told to wait may pass."""
        held = [one.not_before for one in self.waiting if not _is_stopped(one)]
        return max(min(held) - self._loop.time(), 0.0) if held else None


def _is_stopped(operation: Operation) -> bool:
    return operation.owner is not None and operation.owner.is_stopped


def _purpose(operation: Operation) -> str:
    if operation.on is None:
        return operation.place
    if operation.what == "BEGIN;":
        operation.on.purpose = operation.place
    elif not operation.on.is_in_transaction():
        return operation.place
    return str(operation.on.purpose)


def _place() -> str:
    """The function of ours that asks, as the code names it."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("surereply.") and module != "surereply.store.database":
            return f"{module.rpartition('.')[2]}.{frame.f_code.co_name}"
        frame = frame.f_back
    return "?"
