"""A business in real `surereply serve` processes, and customers who write to it all the while, whatever happens."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from support.commands import Running, running
from support.ports import own_port
from support.servers import WORDS, settings_of, webhook_of
from support.shop import Process, Shop
from surereply.lab.clock import StandingClock
from surereply.lab.envelope import MESSAGES
from surereply.lab.graph import Manners
from surereply.lab.ledger import Ledger
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.lab.wire import HttpWire
from surereply.lab.world import World
from surereply.store.database import connect
from surereply.store.delivered import Patience
from surereply.thinking import read_with_rules
from surereply.whatsapp.http import open_http

AT_ONCE = 10  # customers who write at the same time
WAITS_SECONDS = 1.0  # so long does a customer wait for an answer, then writes the next message all the same
PATIENCE_SECONDS = 60.0
EVERY_LEASE = timedelta(seconds=61)  # has ended after so long
ALL_ROLES = "web,respond,dispatch,reconcile"
# Meta tries again soon, and never gives up within a test.
INSISTENT = Redelivery(first_s=0.02, then_s=0.1, growth=1.5, at_most_s=1.0)


@dataclass
class Business:
    """Servers side by side on one database, and the world they serve."""

    world: World
    servers: list[Running] = field(default_factory=list)
    talking: bool = True
    customers: int = 0
    _in_process: Process | None = None

    @property
    def acknowledged(self) -> list[datetime]:
        """When Meta was told that a message is kept, one by one, in order."""
        return sorted(
            update.acknowledged_at
            for update in self.world.meta.book
            if update.part == MESSAGES and update.acknowledged_at is not None
        )

    @property
    def ledger(self) -> Ledger:
        return self.world.graph.ledger

    async def more(self, messages: int) -> None:
        """Return when so many messages more than now were acknowledged."""
        wanted = len(self.acknowledged) + messages
        await until(lambda: len(self.acknowledged) >= wanted, "messages are not acknowledged any more")

    async def more_sent(self, replies: int) -> None:
        wanted = len(self.ledger.accepted) + replies
        await until(lambda: len(self.ledger.accepted) >= wanted, "replies are not sent any more")

    async def end_well(self) -> list[int]:
        """The customers say no more, Meta gets rid of everything, the servers are told to stop: their exit codes."""
        self.talking = False
        await until(lambda: not self.world.meta.unacknowledged(), "Meta cannot get rid of everything")
        return list(await asyncio.gather(*(server.end() for server in self.servers)))

    async def work_off(self, url: str) -> None:
        """What is left when the servers ended: the real steps, in this process, at a time when every lease has ended,
        until they find nothing more to do."""
        clock = StandingClock(datetime.now(UTC) + EVERY_LEASE)
        shop = Shop(url, self.world, clock, Patience())
        db = await connect(url, name="work off", most=4, for_steps=True)
        try:
            async with open_http() as http:
                process = Process(shop, db, http, http, read_with_rules)
                await process.directory.refresh()
                self._in_process = process
                did = 1
                while did or self.world.meta.unacknowledged():
                    clock.advance(seconds=5)
                    await process.reconcile()
                    did = await process.respond() + await process.dispatch()
                    await asyncio.sleep(0.05)  # Meta's deliveries have a loop of their own
                await process.reconcile()
        finally:
            self._in_process = None
            await db.close()

    async def deliver(self, wire: HttpWire, body: bytes, headers: Mapping[str, str]) -> int:
        if self._in_process is not None:
            await self._in_process.receiver.receive(body, headers["X-Hub-Signature-256"])
            return 200
        return await wire.deliver(body, headers)


async def until(happened: Callable[[], bool], complaint: str) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not happened():  # noqa: ASYNC110 - other processes do it
                await asyncio.sleep(0.01)
            return
    raise AssertionError(complaint)


@asynccontextmanager
async def open_business(
    url: str,
    *,
    seed: int = 0,
    roles: Sequence[str] = (ALL_ROLES, ALL_ROLES),
    at_once: int = AT_ONCE,
) -> AsyncIterator[Business]:
    """A server for each of `roles` (webhooks go to those that have the role `web`), and customers who write."""
    ports = [own_port() for _ in roles]
    addresses = [webhook_of(port) for port, role in zip(ports, roles, strict=True) if "web" in role]
    wire = HttpWire(addresses, random.Random(f"wire:{seed}"))
    habits = Habits(batch=(1, 4), shuffled=True, repeated=0.3, redelivery=INSISTENT)
    manners = Manners(reporting=Reporting(delay_s=0.05))
    business: Business

    async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
        return await business.deliver(wire, body, headers)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(wire)
        world = await stack.enter_async_context(World(deliver=deliver, habits=habits, manners=manners, seed=seed))
        business = Business(world)
        for port, role in zip(ports, roles, strict=True):
            started = serving(world, url, port, role)
            business.servers.append(await stack.enter_async_context(started))
        crowd = asyncio.create_task(write_all_the_while(business, seed, at_once))
        try:
            yield business
        finally:
            business.talking = False
            crowd.cancel()
            await asyncio.gather(crowd, return_exceptions=True)


@asynccontextmanager
async def serving(world: World, url: str, port: int, roles: str) -> AsyncIterator[Running]:
    """A `surereply serve` of its own; killed at the end if it did not end before."""
    settings = settings_of(world, port, DATABASE_URL=url)
    async with running("serve", "--only", roles, settings=settings) as server:
        try:
            if "web" in roles:
                await server.ready()
            yield server
        finally:
            await server.end(signal.SIGKILL)


async def write_all_the_while(business: Business, seed: int, at_once: int) -> None:
    """One customer after the other, so many at a time, until nobody is to write any more."""

    async def one_after_the_other() -> None:
        while business.talking:
            business.customers += 1
            phone = business.world.phone(f"9715{business.customers:08d}")
            await converse(phone)

    async def converse(phone: Phone) -> None:
        for number, words in enumerate(WORDS, start=1):
            if not business.talking:
                return
            phone.says(words)
            with suppress(TimeoutError):
                async with asyncio.timeout(WAITS_SECONDS):
                    while len(phone.texts) < number:  # noqa: ASYNC110 - other processes do it
                        await asyncio.sleep(0.02)

    await asyncio.gather(*(one_after_the_other() for _ in range(at_once)))
