"""Puts a process together: its connections and caches, and the steps of its roles."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp

from surereply.announcer import Announcer
from surereply.bookkeeper import Bookkeeper
from surereply.clock import DatabaseClock
from surereply.config import Settings
from surereply.dispatcher import Dispatcher
from surereply.filekeeper import FileKeeper
from surereply.first_line import put_first_line
from surereply.fitting import fetcher, filekeeper, listener, listening_time
from surereply.hints import Hints
from surereply.outward import open_outward
from surereply.receiver import Receiver
from surereply.reconciler import Reconciler
from surereply.responder import LEASE, MOST_AT_ONCE, Responder
from surereply.seen import Seen
from surereply.store.database import Database, connect, database_now
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.store.folder import Folder
from surereply.store.migrate import require_schema
from surereply.thinking import Thinker
from surereply.understanding.reader import reader_for
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http
from surereply.whatsapp.media import FetchMedia
from surereply.worker import Wake

if TYPE_CHECKING:
    from surereply.models.language_model import LanguageModel

ROLES = frozenset({"web", "respond", "dispatch", "reconcile"})
STEP_CONNECTIONS = 4  # a step: acknowledgements never starve behind turns or sends
MODEL_CONNECTIONS = 2  # for the books of the language models
CLOSE_SECONDS = 2.0


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
    receiver: Receiver | None = None
    responder: Responder | None = None
    dispatcher: Dispatcher | None = None
    reconciler: Reconciler | None = None
    bookkeeper: Bookkeeper | None = None
    filekeeper: FileKeeper | None = None
    announcer: Announcer | None = None
    fetch_media: FetchMedia | None = None
    media_folder: Folder | None = None
    told_more: Wake = field(default_factory=Wake)  # an endpoint may be told more


@asynccontextmanager
async def put_together(settings: Settings, url: str, roles: frozenset[str]) -> AsyncIterator[Parts]:
    """Connections, caches and steps of a process; closed again at the end."""
    async with AsyncExitStack() as stack:
        parts = await _without_steps(stack, settings, url, roles)
        if roles != {"reconcile"}:
            http = await stack.enter_async_context(open_http(connections=200))
        if roles & {"web", "respond", "reconcile"}:
            # Nothing is decompressed there: a few bytes of a file would unfold into many.
            for_files = await stack.enter_async_context(open_http(connections=16, decompress=False))
            parts.fetch_media = fetcher(settings, parts.directory, for_files)
        if settings.media_folder is not None and roles & {"web", "reconcile"}:
            parts.media_folder = Folder(settings.media_folder)
            parts.media_folder.check()
        if "web" in roles:
            parts.receiver = _receiver(parts, await _database(stack, url, "receive"))
        if "respond" in roles:
            parts.responder = await _responder(parts, stack, http)
        if "dispatch" in roles:
            parts.dispatcher = _dispatcher(parts, await _database(stack, url, "dispatch"), http)
        if "reconcile" in roles:
            parts.reconciler = _reconciler(parts, await _database(stack, url, "reconcile", 2))
            await _put_beside(parts, stack)
        _tune_garbage_collection()
        yield parts


async def _without_steps(stack: AsyncExitStack, settings: Settings, url: str, roles: frozenset[str]) -> Parts:
    """What every process has, whatever its roles."""
    admin_db = await _database(stack, url, "admin", for_steps=False)
    async with admin_db.connection() as tx:
        await require_schema(tx)
    clock = DatabaseClock()
    await follow_clock(admin_db, clock)
    environment = await put_first_line(admin_db, settings, clock())
    secret_key = settings.secret_key.get_secret_value() if settings.secret_key else None
    directory = Directory(admin_db, secret_key, environment)
    await directory.refresh()
    return Parts(settings, url, roles, clock, directory, admin_db, Hints(roles))


async def _database(
    stack: AsyncExitStack, url: str, name: str, most: int = STEP_CONNECTIONS, *, for_steps: bool = True
) -> Database:
    """A pool of at most so many connections, a step each; closed with the stack."""
    db = await connect(url, name=name, most=most, for_steps=for_steps)
    stack.push_async_callback(_close, db)
    return db


async def _close(db: Database) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await db.close()
    except TimeoutError:
        db.terminate()


async def follow_clock(db: Database, clock: DatabaseClock) -> None:
    asked = clock.steady()
    async with db.connection() as tx:
        now = await database_now(tx)
    clock.follow(now, asked, clock.steady())


def _receiver(parts: Parts, db: Database) -> Receiver:
    settings, hints = parts.settings, parts.hints
    patience = Patience(timedelta(milliseconds=settings.debounce_ms), timedelta(milliseconds=settings.max_wait_ms))

    def kept(messages: int, reports: int) -> None:
        if messages:
            hints.tell("respond")
        if reports:
            hints.tell("reconcile")

    return Receiver(db, parts.directory, parts.clock, patience, kept)


async def _responder(parts: Parts, stack: AsyncExitStack, http: aiohttp.ClientSession) -> Responder:
    settings, hints = parts.settings, parts.hints
    seen = Seen(http, settings.whatsapp_api_url, parts.directory)
    stack.push_async_callback(seen.close)
    db = await _database(stack, parts.url, "respond")
    model = await _language_model(parts, stack) if settings.llm_model is not None else None
    assert parts.fetch_media is not None
    for flow in parts.directory.active_flows():
        reader_for(flow)  # its tables are made now, not at the first message
    listen = listener(settings, db, parts.clock, parts.fetch_media, http)
    return Responder(
        db,
        parts.directory,
        parts.clock,
        Thinker(parts.directory, parts.clock, listen=listen, model=model, see=seen),
        owed=lambda: hints.tell("dispatch"),
        lease_for=LEASE + listening_time(settings),
        most_at_once=max(MOST_AT_ONCE, 2 * settings.llm_at_once if model else 0),
    )


async def _language_model(parts: Parts, stack: AsyncExitStack) -> "LanguageModel | None":
    from surereply.models.language_model import connect_models  # the extra, where a model is set

    model = connect_models(parts.settings, await _database(stack, parts.url, "models", MODEL_CONNECTIONS))
    if model is not None:
        stack.push_async_callback(model.close)
    return model


def _dispatcher(parts: Parts, db: Database, http: aiohttp.ClientSession) -> Dispatcher:
    steady = parts.clock.steady
    client = WhatsAppClient(parts.settings.whatsapp_api_url, http, clock=steady)
    settled = parts.hints.wake("dispatch")
    return Dispatcher(db, parts.directory, parts.clock, client, settled=settled, steady=steady)


def _reconciler(parts: Parts, db: Database) -> Reconciler:
    receiver, hints = parts.receiver, parts.hints
    return Reconciler(
        db,
        parts.directory,
        parts.clock,
        owed=lambda: hints.tell("dispatch"),
        due=lambda: hints.tell("respond"),
        refused_at=lambda: receiver.refused_at if receiver else None,
    )


async def _put_beside(parts: Parts, stack: AsyncExitStack) -> None:
    """Those beside the four steps: nobody who writes to us waits for them."""
    settings, url, directory, clock = parts.settings, parts.url, parts.directory, parts.clock
    parts.bookkeeper = Bookkeeper(await _database(stack, url, "bookkeep", 1, for_steps=False), directory, clock)
    outward = await stack.enter_async_context(open_outward(private_allowed=settings.private_endpoints))
    announce_db = await _database(stack, url, "announce", 2)
    parts.announcer = Announcer(announce_db, directory, clock, outward, freed=parts.told_more)
    assert parts.fetch_media is not None
    files_db = await _database(stack, url, "files", 2, for_steps=False)
    parts.filekeeper = filekeeper(settings, files_db, directory, clock, parts.fetch_media, parts.media_folder)


def _tune_garbage_collection() -> None:
    """What lives as long as the process is never looked at again; the rest is, but not every 700 allocations: that
    took a twelfth of the pipeline's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
