"""Customers in parallel, new ones as others end: personas who talk to the end, and some who make it harder."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime

from surereply.domain.flow import SERVICE_FIELD
from surereply.lab.customers import Customer, make_customer
from surereply.lab.phones import Phone
from surereply.lab.reading import Sense, understand
from surereply.lab.stage.business import Business
from surereply.lab.torture.plan import Crowding
from surereply.lab.world import World

RIGHT_AT_FIRST = frozenset({Sense.QUESTION, Sense.CONFIRMATION})
STOPS = 0.5  # of the callers
QUICK_S = (0.0, 0.12)  # between the words of somebody who does not wait
MOST_WORDS = 7


class Caller(Customer):
    """Says one thing, and perhaps STOP then; to each of its messages there is exactly one right answer."""

    @property
    def done(self) -> bool:
        return self.answers >= self.questions

    @property
    def questions(self) -> int:
        return 2 if self._chance_of_stop < STOPS else 1

    @property
    def _chance_of_stop(self) -> float:
        return random.Random(f"stop:{self.phone.address}").random()

    def opens(self) -> None:
        wish = self.persona.truths[SERVICE_FIELD]
        self.phone.says(self.persona.phrase("want").format(words=self._tell(SERVICE_FIELD, wish)))

    def reacts(self) -> bool:
        bubbles = self.phone.receives
        if self.done or len(bubbles) <= self.answers:
            return False
        self.answers += 1
        if not self.done:
            self.phone.says(self.persona.phrase("stop"))
        return True

    def wrong(self) -> list[str]:
        """What is on the phone, and not the one right answer to what was said; who waits is looked for elsewhere."""
        if len(self.phone.said) > self.questions:
            return []  # a trouble had it say more
        senses = [understand(bubble, self.flow).sense for bubble in self.phone.receives]
        right = (RIGHT_AT_FIRST, frozenset({Sense.STOPPED}))[: self.questions]
        if len(senses) > len(right):
            return [f"{self.phone.address} said {len(right)} things and got {len(senses)} answers"]
        return [
            f"{self.phone.address} got the wrong answer, a {sense}, to message {number}"
            for number, (sense, allowed) in enumerate(zip(senses, right, strict=False), start=1)
            if sense not in allowed
        ]


class Impatient(Customer):
    """Writes on and on, a word here, a word there, also while the bot thinks; then answers like everybody."""

    def opens(self) -> None:
        self.phone.says(self.persona.phrase("hello"))

    def words(self) -> list[Callable[[], object]]:
        """What it says next, one after the other, without waiting."""
        wish = self.persona.truths[SERVICE_FIELD]
        needed = [name for name in self.flow.needed_fields(self.persona.service) if name != SERVICE_FIELD]
        said: list[Callable[[], object]] = [
            lambda: self.phone.says(self.persona.phrase("want").format(words=self._tell(SERVICE_FIELD, wish)))
        ]
        said += [lambda name=name: self._say_field(name) for name in needed[: MOST_WORDS - 2]]  # type: ignore[misc]
        return said

    def _say_field(self, name: str) -> None:
        self.phone.says(f"{self._label(name)}: {self._tell(name, self.persona.truths[name])}")


class Crowd:
    """`customers` holds everybody who ever came; `is_quiet`: nobody comes, and nobody says anything any more."""

    def __init__(self, world: World, businesses: list[Business], crowding: Crowding, seed: int) -> None:
        self.customers: list[Customer] = []
        self.waiting: set[Customer] = set()
        self.is_quiet = False
        self.held_back = 0  # how often nobody new came, since too many waited
        self._world = world
        self._businesses = businesses
        self._crowding = crowding
        self._seed = seed
        self._chance = random.Random(f"crowd:{seed}")
        self._by_phone: dict[Phone, Customer] = {}
        self._changed: asyncio.Queue[Phone] = asyncio.Queue()
        self._talking: set[asyncio.Task[None]] = set()
        world.change_listeners.append(self._changed.put_nowait)

    @property
    def all_came(self) -> bool:
        return self._crowding.most is not None and len(self.customers) >= self._crowding.most

    @property
    def all_done(self) -> bool:
        return self.all_came and not self._talking and all(one.done for one in self.customers) and not self.waiting

    async def run(self) -> None:
        """Let customers come and talk until cancelled."""
        coming = asyncio.create_task(self._come())
        try:
            while True:
                self._react(await self._changed.get())
        finally:
            for task in (coming, *self._talking):
                task.cancel()
            await asyncio.gather(coming, *self._talking, return_exceptions=True)

    async def _come(self) -> None:
        while not self.all_came:
            await asyncio.sleep(self._chance.expovariate(self._crowding.per_s))
            if self.is_quiet:
                return
            if len(self.waiting) >= self._crowding.most_waiting:
                self.held_back += 1
            else:
                self.come(self._kind())

    def come(self, kind: type[Customer] = Customer) -> Customer:
        """Somebody new, who says the first words."""
        number = len(self.customers)
        at = self._businesses[number % len(self._businesses)]
        customer = make_customer(
            self._world,
            at.line,
            at.flow,
            number,
            number // len(self._businesses),
            seed=self._seed,
            today=datetime.now(UTC).date(),
            kind=kind,
        )
        self.customers.append(customer)
        self._by_phone[customer.phone] = customer
        customer.opens()
        if isinstance(customer, Impatient):
            task = asyncio.create_task(self._write_on(customer))
            self._talking.add(task)
            task.add_done_callback(self._talking.discard)
        return customer

    async def _write_on(self, customer: Impatient) -> None:
        for say in customer.words():
            await asyncio.sleep(self._chance.uniform(*QUICK_S))
            if self.is_quiet:
                return
            say()

    def _kind(self) -> type[Customer]:
        drawn = self._chance.random()
        if drawn < self._crowding.callers:
            return Caller
        return Impatient if drawn < self._crowding.callers + self._crowding.impatient else Customer

    def _react(self, phone: Phone) -> None:
        customer = self._by_phone.get(phone)
        if customer is None:
            return
        if not self.is_quiet:
            customer.reacts()
        last = customer.phone.said[-1].number if customer.phone.said else 0
        answered = max((bubble.number for bubble in customer.phone.receives), default=0)
        (self.waiting.add if last > answered and customer.ended is None else self.waiting.discard)(customer)

    def wrong(self) -> list[str]:
        """Answers that callers got and that were not the right ones."""
        return [line for one in self.customers if isinstance(one, Caller) for line in one.wrong()]
