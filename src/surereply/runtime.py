"""Puts a process together: database, steps, web; starts it, keeps it running, drains it."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg
import structlog
import uvicorn

from surereply.announcer import Announcer
from surereply.bookkeeper import Bookkeeper
from surereply.clock import DatabaseClock
from surereply.config import Settings
from surereply.dispatcher import Dispatcher
from surereply.domain.flow_file import parse_flow
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.filekeeper import FileKeeper
from surereply.fitting import fetcher, filekeeper, listener, listening_time
from surereply.hints import Hints
from surereply.outward import open_outward
from surereply.receiver import Receiver
from surereply.reconciler import Reconciler
from surereply.responder import LEASE, MOST_AT_ONCE, Responder
from surereply.seen import Seen
from surereply.store import flows, lines, partitions
from surereply.store.database import CONNECTION_LOST, Database, connect, database_now
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.store.migrate import require_schema
from surereply.store.secrets import Credentials
from surereply.understanding.reader import reader_for
from surereply.web.app import WebParts, create_app
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http
from surereply.whatsapp.media import FetchMedia
from surereply.worker import Wake, run_step

if TYPE_CHECKING:
    from surereply.models.language_model import LanguageModel

log = structlog.get_logger()

ROLES = frozenset({"web", "respond", "dispatch", "reconcile"})
STEP_CONNECTIONS = 4  # a step: acknowledgements never starve behind turns or sends
MODEL_CONNECTIONS = 2  # for the books of the language models
REFRESH_SECONDS = 5.0
CLOCK_SECONDS = 30.0
GRACE_SECONDS = 25.0  # from SIGTERM to the end: what is under way is settled, the rest is left for the next process


@dataclass(slots=True)
class Parts:
    """A process put together, not yet running."""

    settings: Settings
    url: str
    roles: frozenset[str]
    clock: DatabaseClock
    directory: Directory
    admin_db: Database
    hints: Hints
    receiver: Receiver | None
    responder: Responder | None
    dispatcher: Dispatcher | None
    reconciler: Reconciler | None
    bookkeeper: Bookkeeper | None = None
    filekeeper: FileKeeper | None = None
    announcer: Announcer | None = None
    fetch_media: FetchMedia | None = None
    media_folder: Folder | None = None
    told_more: Wake = field(default_factory=Wake)  # an endpoint may be told more


async def serve(
    settings: Settings,
    url: str,
    roles: frozenset[str] = ROLES,
    *,
    listen: socket.socket | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Run the roles until SIGTERM or SIGINT, then drain. `listen`: the bound socket of the web role.

    Raises `DatabaseUnreachable`, `WrongSchema`, `BrokenFlow`, `ModelUnusable` before anything is served.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with put_together(settings, url, roles) as parts:
        await run(parts, stopping, listen=listen, ready=ready)


@asynccontextmanager
async def put_together(settings: Settings, url: str, roles: frozenset[str]) -> AsyncIterator[Parts]:
    """Connections, caches and steps of a process; closed again at the end."""
    async with AsyncExitStack() as stack:

        async def database(name: str, most: int = STEP_CONNECTIONS, *, for_steps: bool = True) -> Database:
            db = await connect(url, name=name, most=most, for_steps=for_steps)
            stack.push_async_callback(_close, db)
            return db

        admin_db = await database("admin", for_steps=False)
        async with admin_db.connection() as tx:
            await require_schema(tx)
        clock = DatabaseClock()
        await follow_clock(admin_db, clock)
        environment = await put_first_line(admin_db, settings, clock())
        secret_key = settings.secret_key.get_secret_value() if settings.secret_key else None
        directory = Directory(admin_db, secret_key, environment)
        await directory.refresh()
        hints = Hints(roles)
        parts = Parts(settings, url, roles, clock, directory, admin_db, hints, None, None, None, None)
        if roles != {"reconcile"}:
            http = await stack.enter_async_context(open_http(connections=200))
        if roles & {"web", "respond", "reconcile"}:
            # Nothing is decompressed there: a few bytes of a file would unfold into many.
            for_files = await stack.enter_async_context(open_http(connections=16, decompress=False))
            parts.fetch_media = fetcher(settings, directory, for_files)
        if settings.media_folder is not None and roles & {"web", "reconcile"}:
            parts.media_folder = Folder(settings.media_folder)
            parts.media_folder.check()
        if "web" in roles:
            parts.receiver = _receiver(parts, await database("receive"))
        if "respond" in roles:
            seen = Seen(http, settings.whatsapp_api_url, directory)
            stack.push_async_callback(seen.close)
            respond_db = await database("respond")
            assert parts.fetch_media is not None
            model = await _language_model(settings, stack, database) if settings.llm_model is not None else None
            parts.responder = Responder(
                respond_db,
                directory,
                clock,
                listen=listener(settings, respond_db, clock, parts.fetch_media, http),
                model=model,
                see=seen,
                owed=lambda: hints.tell("dispatch"),
                lease_for=LEASE + listening_time(settings),
                most_at_once=max(MOST_AT_ONCE, 2 * settings.llm_at_once if model else 0),
            )
            for flow in directory.active_flows():
                reader_for(flow)  # its tables are made now, not at the first message
        if "dispatch" in roles:
            client = WhatsAppClient(settings.whatsapp_api_url, http, clock=clock.steady)
            parts.dispatcher = Dispatcher(
                await database("dispatch"),
                directory,
                clock,
                client,
                settled=hints.wake("dispatch"),
                steady=clock.steady,
            )
        if "reconcile" in roles:
            receiver = parts.receiver
            parts.reconciler = Reconciler(
                await database("reconcile", 2),
                directory,
                clock,
                owed=lambda: hints.tell("dispatch"),
                due=lambda: hints.tell("respond"),
                refused_at=lambda: receiver.refused_at if receiver else None,
            )
            parts.bookkeeper = Bookkeeper(await database("bookkeep", 1, for_steps=False), directory, clock)
            outward = await stack.enter_async_context(open_outward(private_allowed=settings.private_endpoints))
            parts.announcer = Announcer(await database("announce", 2), directory, clock, outward, freed=parts.told_more)
            assert parts.fetch_media is not None
            files_db = await database("files", 2, for_steps=False)
            parts.filekeeper = filekeeper(settings, files_db, directory, clock, parts.fetch_media, parts.media_folder)
        _tune_garbage_collection()
        yield parts


async def _language_model(
    settings: Settings, stack: AsyncExitStack, database: Callable[[str, int], Awaitable[Database]]
) -> "LanguageModel | None":
    from surereply.models.language_model import connect_models  # the extra, where a model is set

    model = connect_models(settings, await database("models", MODEL_CONNECTIONS))
    if model is not None:
        stack.push_async_callback(model.close)
    return model


def _tune_garbage_collection() -> None:
    """What lives as long as the process is never looked at again; the rest is, but not every 700 allocations: that
    took a twelfth of the pipeline's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _receiver(parts: Parts, db: Database) -> Receiver:
    settings, hints = parts.settings, parts.hints
    patience = Patience(timedelta(milliseconds=settings.debounce_ms), timedelta(milliseconds=settings.max_wait_ms))

    def kept(messages: int, reports: int) -> None:
        if messages:
            hints.tell("respond")
        if reports:
            hints.tell("reconcile")

    return Receiver(db, parts.directory, parts.clock, patience, kept)


async def run(
    parts: Parts, stopping: asyncio.Event, *, listen: socket.socket | None, ready: Callable[[], None]
) -> None:
    """Run the steps until `stopping`; then drain, within the grace."""
    background = [
        asyncio.create_task(parts.hints.run(parts.url), name="hints"),
        asyncio.create_task(_keep_up_to_date(parts), name="directory"),
    ]
    steps, wakes = _start_steps(parts, stopping)
    server = _web_server(parts, stopping) if listen is not None else None
    serving = asyncio.create_task(server.serve([listen]), name="web") if server and listen else None
    try:
        if server is not None and serving is not None:
            while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells by a flag alone
                await asyncio.sleep(0.01)
        ready()
        await stopping.wait()
        log.info("process.draining", pid=os.getpid())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await _drain(parts, server, serving, steps, wakes)
        log.info("process.drained", pid=os.getpid())
    finally:
        stopping.set()
        for task in (*background, *steps, *([serving] if serving else [])):
            task.cancel()
        await asyncio.gather(*background, *steps, *([serving] if serving else []), return_exceptions=True)


def _start_steps(parts: Parts, stopping: asyncio.Event) -> tuple[list[asyncio.Task[None]], list[Wake]]:
    """Every step in the one loop. Timers are slow: the work itself wakes the step after it."""
    wake = parts.hints.wake
    steps: list[asyncio.Task[None]] = []
    wakes: list[Wake] = []

    def start(name: str, once: Callable[[], Awaitable[int]], wake: Wake, idle_seconds: float) -> None:
        step = run_step(name, once, wake, stopping, idle_seconds=idle_seconds)
        steps.append(asyncio.create_task(step, name=name))
        wakes.append(wake)

    if parts.responder is not None:
        start("respond", parts.responder.run_once, wake("respond"), 0.25)
    if parts.dispatcher is not None:
        start("dispatch", parts.dispatcher.run_once, wake("dispatch"), 0.25)
    if parts.reconciler is not None:
        start("apply_reports", parts.reconciler.apply_reports_once, wake("reconcile"), 0.5)
        start("unite_contacts", parts.reconciler.unite_contacts_once, Wake(), 0.5)
        start("settle_doubts", parts.reconciler.settle_doubts_once, Wake(), 2.0)
        start("maintain", parts.reconciler.maintain_once, Wake(), 60.0)
    if parts.bookkeeper is not None:
        start("fill_cards", parts.bookkeeper.fill_cards_once, Wake(), 0.5)
        start("count_tallies", parts.bookkeeper.count_once, Wake(), 15.0)
        start("remove_words", parts.bookkeeper.remove_words_once, Wake(), 30.0)
    if parts.announcer is not None:
        start("announce", parts.announcer.announce_once, parts.told_more, 1.0)
    if parts.filekeeper is not None:
        start("keep_files", parts.filekeeper.keep_files_once, Wake(), 1.0)
    return steps, wakes


async def _drain(
    parts: Parts,
    server: uvicorn.Server | None,
    serving: asyncio.Task[None] | None,
    steps: list[asyncio.Task[None]],
    wakes: list[Wake],
) -> None:
    """First no new webhooks, then no new claims, then what is under way."""
    if server is not None and serving is not None:
        server.should_exit = True
        await serving
    if parts.receiver is not None:
        await parts.receiver.drain()
    for wake in wakes:
        wake()  # each step sees that we stop, also one that would sleep for a minute
    await asyncio.wait(steps, timeout=GRACE_SECONDS / 2) if steps else None
    if parts.responder is not None:
        await parts.responder.drain()
    if parts.dispatcher is not None:
        await parts.dispatcher.drain()
    if parts.announcer is not None:
        await parts.announcer.drain()


def _web_server(parts: Parts, stopping: asyncio.Event) -> uvicorn.Server:
    token, hints = parts.settings.admin_token, parts.hints
    assert parts.receiver is not None
    app = create_app(
        WebParts(
            receiver=parts.receiver,
            db=parts.admin_db,
            directory=parts.directory,
            clock=parts.clock,
            admin_token=token.get_secret_value() if token else None,
            owed=lambda: hints.tell("dispatch"),
            due=lambda: hints.tell("respond"),
            stopping=stopping,
            private_endpoints=parts.settings.private_endpoints,
            fetch_media=parts.fetch_media,
            is_lab=parts.settings.is_lab,
            media_folder=parts.media_folder,
        )
    )
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=4096,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    return server


async def follow_clock(db: Database, clock: DatabaseClock) -> None:
    asked = clock.steady()
    async with db.connection() as tx:
        now = await database_now(tx)
    clock.follow(now, asked, clock.steady())


async def put_first_line(db: Database, settings: Settings, now: datetime) -> dict[str, Credentials]:
    """The line that the settings describe, with its flow; its credentials stay in the environment."""
    number = settings.whatsapp_phone_number_id
    if number is None:
        return {}
    assert settings.flow is not None
    source = settings.flow.read_text(encoding="utf-8")
    flow = parse_flow(source, str(settings.flow))
    await partitions.make_ahead(db, now)
    async with db.transaction() as tx:
        loaded = await flows.load_flow(tx, flow.name, source, now)
        known = next((one.line for one in await lines.all_lines(tx) if one.line.phone_number_id == number), None)
        line = known or Line(bucket_of(number), new_id(now), number, number, flow.name)
        wanted = replace(
            line, flow_name=flow.name, settings=replace(line.settings, unknown_policy=settings.unknown_policy)
        )
        if wanted != known:
            await lines.put_line(tx, wanted, None, now)
    if loaded.active != loaded.version:
        log.info(
            "flow.kept",
            flow=flow.name,
            active=loaded.active,
            file=loaded.version,
            why=f"the file is as it was at the last start, and version {loaded.active} was chosen since; "
            "change the file, or choose its version in the panel",
        )
    secret = (settings.whatsapp_access_token, settings.whatsapp_app_secret, settings.whatsapp_verify_token)
    return {number: Credentials(*(one.get_secret_value() if one else "" for one in secret))}


async def _keep_up_to_date(parts: Parts) -> None:
    """Lines, flows and the clock, as the database has them."""
    followed_at = time.monotonic()
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        try:
            await parts.directory.refresh()
            if time.monotonic() - followed_at >= CLOCK_SECONDS:
                await follow_clock(parts.admin_db, parts.clock)
                followed_at = time.monotonic()
        except (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError) as error:
            log.info("directory.not_refreshed", error=type(error).__name__)


async def _close(db: Database) -> None:
    try:
        async with asyncio.timeout(2):
            await db.close()
    except TimeoutError:
        db.terminate()
