"""Meta's webhook side: signed, at least once, in any order and any batches, again and again until a 200."""

import asyncio
import contextlib
import heapq
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from surereply.lab.envelope import Update, body_of, signature_of
from surereply.lab.lines import AppSecrets
from surereply.lab.wire import NO_ANSWER, Deliver

MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Redelivery:
    """When an unanswered delivery comes again: at once, then less and less, for 7 days. `pace` scales all."""

    first_s: float = 0.0
    then_s: float = 1.0
    growth: float = 2.0
    at_most_s: float = 3600.0
    give_up_s: float = 7 * 86_400.0
    pace: float = 1.0

    def wait_s(self, attempts: int) -> float:
        if attempts <= 1:
            return self.first_s * self.pace
        return min(self.then_s * self.growth ** (attempts - 2), self.at_most_s) * self.pace


@dataclass(frozen=True, slots=True)
class Habits:
    """How deliveries are made. Shares are of the deliveries, drawn from the seed."""

    batch: tuple[int, int] = (1, 1)  # updates in one POST: at least, at most
    shuffled: bool = False
    repeated: float = 0.0  # acknowledged, and sent again all the same
    copies_at_once: int = 1  # the same body, at the same instant
    hang_up: float = 0.0  # the connection is dropped before the answer
    escaped: bool = True
    in_flight: int = 64
    gather_s: float = 0.0  # what becomes due within so long goes out together
    redelivery: Redelivery = field(default_factory=Redelivery)


class Meta:
    """Delivers updates. `book` holds every update ever made, with what became of it."""

    def __init__(
        self,
        deliver: Deliver,
        secrets: AppSecrets,
        *,
        clock: Callable[[], datetime],
        seed: int = 0,
        habits: Habits | None = None,
    ) -> None:
        self._deliver = deliver
        self._secrets = secrets
        self._clock = clock
        self._chance = random.Random(f"meta:{seed}")
        self.habits = habits or Habits()
        self.book: list[Update] = []
        self.deliveries = 0
        self._due: list[tuple[datetime, int, Update]] = []
        self._numbers = count()
        self._wake = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    def tell(self, update: Update, *, after_s: float = 0.0) -> Update:
        """Put an update into the book and on its way."""
        update.made_at = self._clock()
        self.book.append(update)
        self._put(update, after_s)
        return update

    def again(self, update: Update, *, after_s: float = 0.0) -> None:
        """Deliver something once more, acknowledged or not."""
        self._put(update, after_s)

    def unacknowledged(self) -> list[Update]:
        return [update for update in self.book if update.acknowledged_at is None]

    async def deliver_once(self) -> int:
        """Deliver everything that is due now, once; failed ones are due later. Returns how many went out."""
        batches = self._take_due()
        await asyncio.gather(*(self._post(batch) for batch in batches))
        return sum(len(batch) for batch in batches)

    async def deliver_all(self) -> None:
        """Deliver until nothing is due now and nothing is under way (for clocks that stand still)."""
        for _ in range(MOST_ROUNDS):
            if self._under_way:
                await asyncio.gather(*self._under_way, return_exceptions=True)
            elif not await self.deliver_once():
                return
        raise RuntimeError(f"deliveries did not come to rest in {MOST_ROUNDS} rounds")

    async def deliver_now(self, updates: Sequence[Update]) -> None:
        """One POST of exactly these updates, ahead of everything else."""
        for update in updates:
            update.made_at = self._clock()
            self.book.append(update)
        await self._post(list(updates))

    async def post_raw(self, body: bytes, signature: str | None = "") -> int | None:
        """POST bytes as they are: rightly signed (""), with the signature given, or without one (None)."""
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature or signature_of(body, self._secrets.app_secret)
        self.deliveries += 1
        try:
            return await self._deliver(body, headers)
        except NO_ANSWER:
            return None

    async def run(self) -> None:
        """Deliver what becomes due until cancelled; slow answers hold up nobody else."""
        slots = asyncio.Semaphore(self.habits.in_flight)
        try:
            while True:
                for batch in self._take_due():
                    await slots.acquire()
                    task = asyncio.create_task(self._post(batch))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
                    task.add_done_callback(lambda _: slots.release())
                await self._wait_for_due()
                if self.habits.gather_s:
                    await asyncio.sleep(self.habits.gather_s)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _wait_for_due(self) -> None:
        self._wake.clear()
        timeout = (self._due[0][0] - self._clock()).total_seconds() if self._due else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)

    def _put(self, update: Update, after_s: float) -> None:
        due = self._clock() + timedelta(seconds=after_s)
        heapq.heappush(self._due, (due, next(self._numbers), update))
        self._wake.set()

    def _take_due(self) -> list[list[Update]]:
        now = self._clock()
        taken: list[Update] = []
        while self._due and self._due[0][0] <= now:
            taken.append(heapq.heappop(self._due)[2])
        if self.habits.shuffled:
            self._chance.shuffle(taken)
        return list(self._batches(taken))

    def _batches(self, updates: list[Update]) -> Iterable[list[Update]]:
        start = 0
        while start < len(updates):
            size = self._chance.randint(*self.habits.batch)
            yield updates[start : start + size]
            start += size

    async def _post(self, batch: list[Update]) -> None:
        """One delivery, with the copies thrown beside it; what got no 200 is put back."""
        body = body_of(batch, self._chance, escaped=self.habits.escaped)
        for update in batch:
            update.attempts += 1
        hang_up = self.habits.hang_up > 0 and self._chance.random() < self.habits.hang_up
        copies = [self._post_bytes(body, hang_up) for _ in range(self.habits.copies_at_once)]
        try:
            answers = await asyncio.gather(*copies)
        except asyncio.CancelledError:  # whoever waited for it is gone; Meta is not
            for update in batch:
                self._enter(update, None)
            raise
        answer = 200 if 200 in answers else answers[0]
        for update in batch:
            self._enter(update, answer)

    async def _post_bytes(self, body: bytes, hang_up: bool) -> int | None:
        if not hang_up:
            return await self.post_raw(body)
        task = asyncio.create_task(self.post_raw(body))
        # The body is on its way, and we are gone before the answer: the other side may or may not keep it.
        await asyncio.wait({task}, timeout=0.002)
        if task.done():
            return None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return None

    def _enter(self, update: Update, answer: int | None) -> None:
        update.answers.append(answer)
        if answer == 200:
            update.acknowledgements += 1
            update.acknowledged_at = update.acknowledged_at or self._clock()
            if self.habits.repeated and self._chance.random() < self.habits.repeated:
                self._put(update, self.habits.redelivery.wait_s(2))
            return
        redelivery = self.habits.redelivery
        assert update.made_at is not None
        waited = (self._clock() - update.made_at).total_seconds()
        if waited < redelivery.give_up_s * redelivery.pace:
            self._put(update, redelivery.wait_s(update.attempts))
