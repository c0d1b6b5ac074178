"""The one loop that runs every step, and the one way to write together what arrives together."""

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from surereply.telemetry import where_it_failed

Item = TypeVar("Item")
Result = TypeVar("Result")

log = structlog.get_logger()


class Overloaded(Exception):
    """More is waiting than may wait; try again later."""


class Batcher(Generic[Item, Result]):
    """Writes together what arrives together.

    One write is in flight; the next batch is whatever came meanwhile, so there is no timer and no wait when idle: as
    many items as come to `most` together, by their `size`, and one at least. A batch that fails for one bad item
    (`is_poison`) is halved until that item stands alone and fails alone.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        most: int,
        waiting_limit: int = 10_000,
        is_poison: Callable[[Exception], bool] = lambda _: False,
        size: Callable[[Item], int] = lambda _: 1,
    ) -> None:
        self._write = write
        self._size = size
        self._most = most
        self._waiting_limit = waiting_limit
        self._is_poison = is_poison
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writing: asyncio.Task[None] | None = None
        self.is_halving = False  # while what failed together is written in parts

    async def put(self, item: Item) -> Result:
        """The result of writing the item. Raises `Overloaded`, or what the write raised for it."""
        if len(self._waiting) >= self._waiting_limit:
            raise Overloaded
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await future

    async def drain(self) -> None:
        """Return when nothing waits and nothing is being written."""
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                count = self._next_count()
                batch, self._waiting = self._waiting[:count], self._waiting[count:]
                # Whoever gave up waiting puts it again, if it must be written.
                if batch := [one for one in batch if not one[1].done()]:
                    await self._write_batch(batch)
        finally:
            self._writing = None
            if self._waiting:  # only when the loop above was cancelled
                for _, future in self._waiting:
                    future.cancel()
                self._waiting = []

    def _next_count(self) -> int:
        """How many of those who wait go together now."""
        together = 0
        for count, (item, _) in enumerate(self._waiting):
            together += self._size(item)
            if together > self._most:
                return max(count, 1)
        return len(self._waiting)

    async def _write_batch(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and self._is_poison(error):
                half = len(batch) // 2
                was_halving, self.is_halving = self.is_halving, True
                await self._write_batch(batch[:half])
                await self._write_batch(batch[half:])
                self.is_halving = was_halving
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)


class Wake:
    """A hint that a step has work: set by the step before it, or by a notification from another process."""

    def __init__(self) -> None:
        self._set = asyncio.Event()

    def __call__(self) -> None:
        self._set.set()

    async def wait(self, most_seconds: float) -> None:
        """Return when woken, or after `most_seconds`: a lost hint costs time, never a message."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_seconds):
                await self._set.wait()
        self._set.clear()


# A failing step tries again after 0.1 s, then less and less often, at most every 5 s.
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0


async def run_step(
    name: str,
    once: Callable[[], Awaitable[int | float | None]],
    wake: Wake,
    stopping: asyncio.Event,
    *,
    idle_seconds: float = 0.5,
) -> None:
    """Run `once` until `stopping`: again at once while it finds work, else when woken or after a while.

    `once` says whether it should run again at once, or how much it did. A failure is logged and tried again with a
    growing pause; nothing is lost by it, since every step takes its work from a table.
    """
    failures = 0
    while not stopping.is_set():
        try:
            did = await once()
            failures = 0
        except asyncio.CancelledError:
            raise
        except Exception as error:
            failures += 1
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * math.pow(2, failures - 1))
            log.warning("step.failed", step=name, error=where_it_failed(error), failures=failures)
            await wake.wait(pause * random.uniform(0.5, 1.0))
            continue
        if not did:
            await wake.wait(idle_seconds)
