"""Our own PostgreSQL for as long as we need it: one that ended by itself is started again, in the same place."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from surereply.store.embedded import EmbeddedPostgres, start_embedded
from surereply.store.embedded_home import EmbeddedPostgresError

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0  # a full disk may be full for hours; what is free again is used at once
# We alone start it again: PostgreSQL 18 that restarts itself after a crash, and finds its disk full while it recovers,
# may stand still for good, neither recovering nor ended.
SETTINGS = {"restart_after_crash": "off"}


@contextmanager
def kept_embedded(home: Path) -> Iterator[str]:
    """The DSN of the home's server, which runs whenever it can until the block ends.

    A server that was killed, or gave up because its disk was full, would otherwise leave us without a database until
    somebody starts us again. Raises EmbeddedPostgresError for the first start alone.
    """
    server = start_embedded(home, SETTINGS)
    stopping = threading.Event()
    thread = threading.Thread(target=_keep, args=(server, stopping), name="embedded database", daemon=True)
    thread.start()
    try:
        yield server.dsn
    finally:
        stopping.set()
        thread.join()


def _keep(server: EmbeddedPostgres, stopping: threading.Event) -> None:
    running: EmbeddedPostgres | None = server
    while running is not None:
        if stopping.wait(LOOK_EVERY_SECONDS):
            running.stop()
            return
        if not running.is_running():
            log.error("database.ended", home=str(running.home))
            running = _start_again(running, stopping)


def _start_again(ended: EmbeddedPostgres, stopping: threading.Event) -> EmbeddedPostgres | None:
    """The server once it runs again; None where we were told to stop before that."""
    pause = FIRST_PAUSE_SECONDS
    while not stopping.wait(pause):
        try:
            started = start_embedded(ended.home, SETTINGS, sockets=ended.sockets)
        except EmbeddedPostgresError as error:
            log.error("database.not_started", home=str(ended.home), error=type(error).__name__)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        else:
            log.info("database.started_again", home=str(ended.home))
            return started
    return None
