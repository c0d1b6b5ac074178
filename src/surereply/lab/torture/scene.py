"""Everything that runs in a torture, for those who strike it and those who look at it."""

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg

from surereply.domain.flow import Flow
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.phones import Phone
from surereply.lab.reading import Sense
from surereply.lab.stage.business import Business, make_businesses, open_businesses
from surereply.lab.stage.home import Home
from surereply.lab.stage.office import AdminApi, Operator
from surereply.lab.stage.servers import Server, Servers, free_ports, server_environment
from surereply.lab.torture.plan import Plan, Post
from surereply.lab.torture.points import Statements
from surereply.lab.torture.postgres import Postgres
from surereply.lab.wires import Place, Wire, place_of_database, through
from surereply.lab.witness import on_a_phone
from surereply.lab.world import World
from surereply.store.audit import phones_of_conversations
from surereply.store.database import Tx, connection_settings
from surereply.store.disturb import OWN

API_VERSION = "v23.0"
WEBHOOKS = "/webhooks/whatsapp"
WEBHOOK_TIMEOUT_S = 5.0  # how long this Meta waits for a 200
RESTART_PAUSE_S = 1.0  # after the last start, before whoever ended by itself is started again
HABITS = Habits(
    batch=(1, 40),
    shuffled=True,
    repeated=0.1,
    hang_up=0.02,
    in_flight=600,
    gather_s=0.08,
    redelivery=Redelivery(first_s=0.1, then_s=0.5, growth=1.7, at_most_s=6.0),
)
CALM_HABITS = Habits(
    batch=(1, 50), in_flight=600, gather_s=0.08, redelivery=Redelivery(first_s=0.1, then_s=0.3, at_most_s=2.0)
)


@dataclass(slots=True)
class Happening:
    """One strike of a trouble; seconds since the first customer."""

    trouble: str
    kind: str
    said: str
    at_s: float
    until_s: float | None = None


@dataclass(slots=True)
class Stranger:
    """Somebody who writes because of a strike, and reads what comes."""

    phone: Phone
    flow: Flow
    ended: Sense | None = None


@dataclass(slots=True)
class Stand:
    """A server in its place, with its wires to the database and the provider, and Meta's wire to it."""

    post: Post
    server: Server
    database: Wire
    provider: Wire
    webhook: Wire | None

    @property
    def wires(self) -> tuple[Wire, ...]:
        return tuple(wire for wire in (self.database, self.provider, self.webhook) if wire is not None)


@dataclass(slots=True)
class Scene:
    """`size` is asked by troubles that are played alone; `findings` are what a trouble itself found amiss."""

    plan: Plan
    home: Home
    postgres: Postgres
    world: World
    businesses: list[Business]
    stands: list[Stand]
    servers: Servers
    api: AdminApi
    operator: Operator
    environment: dict[str, str]
    tell: Callable[[str], None]
    began: float = field(default_factory=time.monotonic)
    happenings: list[Happening] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    kills: int = 0
    deploys: int = 0
    size: int | None = None
    strangers: list["Stranger"] = field(default_factory=list)
    replaced: list[Server] = field(default_factory=list)  # by deploys

    def at_s(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_up(self) -> bool:
        """The database runs, and more than half of the servers are ready."""
        return self.postgres.is_running() and 2 * len(self.ready()) > len(self.stands)

    def ready(self, role: str | None = None, *, alone: bool = False) -> list[Stand]:
        """Stands whose server is ready and thawed and has the role; `alone`: that is one process."""
        return [
            stand
            for stand in self.stands
            if stand.server.ready
            and not (stand.server.frozen or stand.server.retired)
            and (role is None or stand.post.does(role))
            and not (alone and stand.post.processes > 1)
        ]

    def kill(self, stand: Stand) -> None:
        """`kill -9`, at this moment, and a new one in its place, unless it was told to end anyway."""
        if stand.server.process is None:
            return  # it fell a moment ago
        stand.server.kill()
        self.kills += 1
        if stand.server.retired:
            return
        if self.postgres.is_running():
            stand.server.start()
        else:
            stand.server.fall()

    def new_server(self, post: Post, database: Wire, provider: Wire) -> Server:
        port = free_ports(1)[0] if post.takes_webhooks else None
        environment = self.environment | server_environment(
            {
                "DATABASE_URL": through(database, self.postgres.url),
                "WHATSAPP_API_URL": f"http://127.0.0.1:{provider.port}/{API_VERSION}",
            }
        )
        command = (*self.plan.serve, *post.arguments)
        return Server(post.name, port, command, environment, self.home.logs)

    async def until(self, happened: Callable[[], Any], within_s: float) -> bool:
        """Whether it happened in time. What others do is looked for, since they tell nobody."""
        last = time.monotonic() + within_s
        while not happened():
            if time.monotonic() > last:
                return False
            await asyncio.sleep(0.01)
        return True

    async def connect(self) -> Tx:
        """A connection past all wires, of those who look on."""
        settings = connection_settings(self.postgres.url, "torture")
        settings["server_settings"]["application_name"] = OWN
        return await asyncpg.connect(**settings)

    async def conversations(self) -> dict[UUID, Phone]:
        """Whose phone a conversation is with."""
        connection = await self.connect()
        try:
            known = await phones_of_conversations(connection)
        finally:
            await connection.close()
        numbers = self.world.graph.lines
        return {one: self.world.phone(phone, line=numbers[number]) for one, (number, phone) in known.items()}

    def stranger(self, business: Business) -> "Stranger":
        """A customer who is nobody else's, at this business."""
        phone = self.world.phone(f"9716{len(self.strangers):08}", name="Stranger", line=business.line)
        self.strangers.append(Stranger(phone, business.flow))
        return self.strangers[-1]

    def line_of(self, chance: random.Random) -> LabLine:
        return chance.choice(self.world.lines)


async def set_up(stack: AsyncExitStack, plan: Plan, home: Home, tell: Callable[[str], None]) -> Scene:
    """Businesses in a database of their own, a WhatsApp, wires, and servers that are ready.

    Raises `ServerFailed`, EmbeddedPostgresError.
    """
    postgres = Postgres(home.database)
    stack.callback(postgres.stop)
    await asyncio.to_thread(postgres.start)
    businesses = make_businesses(plan.lines_each)
    secrets = AppSecrets(app_secret=token_hex(16), verify_token=token_hex(16))
    secret_key, token = token_hex(32), token_hex(16)
    await open_businesses(postgres.url, businesses, secrets, secret_key, datetime.now(UTC))
    wires = [await _wires_of(stack, post, postgres) for post in plan.posts]
    world = World(
        webhook_url=[f"http://127.0.0.1:{webhook.port}{WEBHOOKS}" for *_, webhook in wires if webhook is not None],
        webhook_timeout_s=WEBHOOK_TIMEOUT_S,
        lines=[business.line for business in businesses],
        secrets=secrets,
        seed=plan.seed,
        habits=HABITS,
    )
    await stack.enter_async_context(world)
    http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)))
    # Who supervises them waits for the database: it would be in vain, and cost a second of the machine's time.
    servers = Servers((), RESTART_PAUSE_S, postgres.is_running)
    api = AdminApi(http, servers.all, token)
    scene = Scene(
        plan=plan,
        home=home,
        postgres=postgres,
        world=world,
        businesses=businesses,
        stands=[],
        servers=servers,
        api=api,
        operator=Operator(
            api, plan.operator_waits_s, lambda name: on_a_phone(world, name), lambda _: None, only="UNKNOWN"
        ),
        environment=server_environment(
            {
                "ADMIN_TOKEN": token,
                "SECRET_KEY": secret_key,
                "DEBOUNCE_MS": str(plan.debounce_ms),
                "MAX_WAIT_MS": str(plan.max_wait_ms),
            }
        ),
        tell=tell,
    )
    for post, (database, provider, webhook) in zip(plan.posts, wires, strict=True):
        provider.place = Place(port=world.server.port)
        server = scene.new_server(post, database, provider)
        if webhook is not None and server.port is not None:
            webhook.place = Place(port=server.port)
        scene.stands.append(Stand(post, server, database, provider, webhook))
        servers.all.append(server)
    stack.push_async_callback(servers.stop)
    await servers.start()
    watching = asyncio.create_task(servers.watch())
    stack.callback(watching.cancel)
    return scene


async def _wires_of(stack: AsyncExitStack, post: Post, postgres: Postgres) -> tuple[Wire, Wire, Wire | None]:
    ports = free_ports(3)
    database = Wire(f"{post.name} to PostgreSQL", ports[0], place_of_database(postgres.url))
    database.reads = Statements()
    provider = Wire(f"{post.name} to WhatsApp", ports[1], Place())
    webhook = Wire(f"Meta to {post.name}", ports[2], Place()) if post.takes_webhooks else None
    for wire in (database, provider, webhook):
        if wire is not None:
            await wire.listen()
            stack.callback(wire.close)
    return database, provider, webhook
