"""Runs a process that was put together: starts its steps and its web server, keeps it up to date, drains it."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable

import asyncpg
import structlog
import uvicorn

from surereply.assembly import ROLES, Parts, follow_clock, put_together
from surereply.config import Settings
from surereply.store.database import CONNECTION_LOST
from surereply.web.app import create_app
from surereply.web.parts import WebParts
from surereply.worker import Wake, run_step

log = structlog.get_logger()

REFRESH_SECONDS = 5.0
CLOCK_SECONDS = 30.0
GRACE_SECONDS = 25.0  # from SIGTERM to the end: what is under way is settled, the rest is left for the next process


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
    if steps:
        await asyncio.wait(steps, timeout=GRACE_SECONDS / 2)
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
