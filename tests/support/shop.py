"""A business under test: the real steps on a real database, against the lab's WhatsApp, on a clock one sets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from surereply.bookkeeper import Bookkeeper
from surereply.config import Settings, read_settings
from surereply.dispatcher import Dispatcher
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line, LineSettings
from surereply.fitting import fetcher, filekeeper, listener, listening_time
from surereply.lab.clock import StandingClock
from surereply.lab.lines import LabLine
from surereply.lab.phones import Phone
from surereply.lab.world import World
from surereply.models.language_model import connect_models
from surereply.receiver import BadSignature, NotKept, Receiver
from surereply.reconciler import Reconciler
from surereply.responder import LEASE, Responder
from surereply.store import flows, lines, partitions
from surereply.store.database import Database, connect
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.store.secrets import Credentials
from surereply.thinking import Read, Thinker, read_with_rules
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

FLOWS = Path(__file__).resolve().parents[2] / "flows"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Process:
    """One process of the business: the four steps on connections of their own."""

    def __init__(
        self, shop: "Shop", db: Database, http: Any, for_files: Any, read: Read, model: Settings | None = None
    ) -> None:
        self.db = db
        credentials = {
            line.phone_number_id: Credentials(
                line.access_token, shop.world.secrets.app_secret, shop.world.secrets.verify_token
            )
            for line in shop.world.lines
        }
        self.directory = Directory(db, None, credentials)
        self.receiver = Receiver(db, self.directory, shop.clock, shop.patience)
        settings = shop.settings
        self.folder = Folder(settings.media_folder) if settings.media_folder is not None else None
        self.fetch = fetcher(settings, self.directory, for_files)
        self.filekeeper = filekeeper(settings, db, self.directory, shop.clock, self.fetch, self.folder)
        self.model = connect_models(model, db) if model is not None else None
        listen = listener(settings, db, shop.clock, self.fetch, http)
        self.responder = Responder(
            db,
            self.directory,
            shop.clock,
            Thinker(self.directory, shop.clock, read=read, listen=listen, model=self.model),
            owed=self._note_owed,
            lease_for=LEASE + listening_time(settings),
        )
        self.client = WhatsAppClient(shop.world.api_url + "/v23.0", http, total_seconds=1.0)
        self.dispatcher = Dispatcher(
            db, self.directory, shop.clock, self.client, steady=self.client.clock, randomness=lambda: 0.5
        )
        self.reconciler = Reconciler(db, self.directory, shop.clock, refused_at=lambda: self.receiver.refused_at)
        self.bookkeeper = Bookkeeper(db, self.directory, shop.clock)
        self.told_owed = 0  # how often the responder said that replies are owed

    def _note_owed(self) -> None:
        self.told_owed += 1

    async def respond(self) -> int:
        """Take every turn that is due, to its end."""
        taken = 0
        while count := await self.responder.respond_once():
            taken += count
            await self.responder.drain()
        return taken

    async def dispatch(self) -> int:
        """Send whatever may leave now, and write down what became of it."""
        sent = 0
        while count := await self.dispatcher.dispatch_once():
            sent += count
            await self.dispatcher.drain()
        return sent

    async def keep_files(self) -> int:
        """Fetch, keep and remove whatever is due."""
        settled = 0
        while count := await self.filekeeper.keep_files_once():
            settled += count
        return settled

    async def reconcile(self) -> None:
        while await self.reconciler.unite_contacts_once():
            pass
        while await self.reconciler.apply_reports_once():
            pass
        await self.reconciler.settle_doubts_once()


class Shop:
    """The business, its customers, and the steps in the order in which a quiet world takes them."""

    def __init__(
        self,
        url: str,
        world: World,
        clock: StandingClock,
        patience: Patience,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.url = url
        self.world = world
        self.clock = clock
        self.patience = patience
        self.settings = read_settings(whatsapp_api_url=world.api_url + "/v23.0", **(settings or {}))
        self.processes: list[Process] = []
        self.start: Callable[[], Awaitable[Process]]  # one more process, with an empty memory
        self._next = 0

    @property
    def process(self) -> Process:
        return self.processes[0]

    @property
    def bucket(self) -> int:
        return bucket_of(self.world.lines[0].phone_number_id)

    def phone(self, number: str | None = "971501234567", **more: Any) -> Phone:
        return self.world.phone(number, **more)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> int:
        """A webhook, taken by the processes in turn, as behind a load balancer."""
        process = self.processes[self._next % len(self.processes)]
        self._next += 1
        try:
            await process.receiver.receive(body, headers.get("X-Hub-Signature-256"))
        except BadSignature:
            return 401
        except NotKept:
            return 503
        return 200

    async def restart(self) -> None:
        """All processes are killed where they stand, and one new one starts: what it knows is what is on disk."""
        for process in self.processes:
            process.db.terminate()
        self.processes.clear()
        await self.start()

    async def settle(self, *, wait: timedelta = timedelta(seconds=10)) -> None:
        """Deliver, wait out the debounce, take turns, send, and fold the reports, until nothing is left to do."""
        await self.world.deliver()
        self.clock.advance(seconds=wait.total_seconds())
        for _ in range(20):
            await self.process.reconcile()
            did = await self.process.respond() + await self.process.dispatch()
            await self.world.deliver()
            await self.process.reconcile()
            if not did:
                return
        raise AssertionError("the business does not come to rest")

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        async with self.process.db.connection() as tx:
            return list(await tx.fetch(sql, *args))

    async def value(self, sql: str, *args: Any) -> Any:
        async with self.process.db.connection() as tx:
            return await tx.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> None:
        async with self.process.db.transaction() as tx:
            await tx.execute(sql, *args)

    async def conversation_of(self, phone: Phone) -> Any:
        rows = await self.fetch(
            """
            SELECT c.* FROM identifier i
              JOIN line l         ON l.bucket = i.bucket AND l.id = i.line_id
              JOIN conversation c ON c.bucket = i.bucket AND c.id = i.conversation_id
             WHERE i.value = ANY($1::text[]) AND l.phone_number_id = $2
             ORDER BY c.merged_into IS NOT NULL, c.id
            """,
            list(phone.names),
            phone.line.phone_number_id,
        )
        return rows[0] if rows else None

    async def replies_of(self, conversation_id: UUID) -> list[Any]:
        return await self.fetch("SELECT * FROM reply WHERE conversation_id = $1 ORDER BY id", conversation_id)


@asynccontextmanager
async def open_shop(
    url: str,
    *,
    flow: str = "business-services",
    flow_source: str | None = None,
    settings: LineSettings | None = None,
    lab_lines: tuple[LabLine, ...] = (LabLine(),),
    processes: int = 1,
    read: Read = read_with_rules,
    model: Settings | None = None,
    patience: Patience | None = None,
    seed: int = 0,
    environment: Mapping[str, object] | None = None,
) -> AsyncIterator[Shop]:
    """A shop on a fresh database, its flow and lines put in. `model`: settings that name its language models;
    `environment`: other settings of its processes, by name."""
    clock = StandingClock(START)
    async with AsyncExitStack() as stack:
        shop: Shop

        async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
            return await shop.post(body, headers)

        world = await stack.enter_async_context(
            World(deliver=deliver, lines=lab_lines, clock=clock, seed=seed, by_hand=True)
        )
        shop = Shop(url, world, clock, patience or Patience(), environment)
        http = await stack.enter_async_context(open_http())
        for_files = await stack.enter_async_context(open_http(decompress=False))

        async def start() -> Process:
            db = await connect(url, name="test", most=8, for_steps=True)
            stack.push_async_callback(_close, db)
            process = Process(shop, db, http, for_files, read, model)
            if process.model is not None:
                stack.push_async_callback(process.model.close)
            await process.directory.refresh()
            shop.processes.append(process)
            return process

        shop.start = start
        for _ in range(processes):
            await start()
        source = flow_source or (FLOWS / f"{flow}.yaml").read_text()
        async with shop.process.db.transaction() as tx:
            await partitions.ensure_partitions(tx, START)
            await flows.put_flow(tx, flow, source, "test", START)
            for lab_line in lab_lines:
                number = lab_line.phone_number_id
                line = Line(bucket_of(number), new_id(START), number, lab_line.name, flow, settings or LineSettings())
                await lines.put_line(tx, line, None, START)
        for process in shop.processes:
            await process.directory.refresh()
        yield shop


async def _close(db: Database) -> None:
    """Politely, but not for ever: a test may leave a transaction behind that waits for a lock."""
    try:
        async with asyncio.timeout(2):
            await db.close()
    except TimeoutError:
        db.terminate()
