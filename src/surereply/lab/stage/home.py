"""Where a demo or a torture lives: a temporary folder, a PostgreSQL or a database of its own; all gone at the end."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from surereply.store.embedded import start_embedded
from surereply.store.scratch import create_scratch, drop_scratch


@dataclass(slots=True)
class Home:
    """`keep_logs`: something failed, and somebody will want to know why."""

    path: Path
    name: str
    keep_logs: bool = False

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def database(self) -> Path:
        return self.path / "postgres"


@contextmanager
def temporary_home(name: str) -> Iterator[Home]:
    home = Home(Path(tempfile.mkdtemp(prefix=f"surereply-{name}-")), name)
    home.path.chmod(0o711)  # the user whom PostgreSQL runs as, where we are root, passes through
    home.logs.mkdir(mode=0o700)
    try:
        yield home
    finally:
        shutil.rmtree(home.database if home.keep_logs else home.path, ignore_errors=True)


@contextmanager
def quiet(home: Home) -> Iterator[None]:
    """What this process itself would log goes to a file: the terminal is for the story."""
    with (home.logs / f"{home.name}.log").open("a", encoding="utf-8") as file:
        structlog.configure(
            processors=[structlog.processors.TimeStamper(fmt="iso"), structlog.processors.JSONRenderer()],
            logger_factory=structlog.WriteLoggerFactory(file),
        )
        into_file = logging.StreamHandler(file)
        logging.getLogger().addHandler(into_file)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(into_file)
            structlog.reset_defaults()


@contextmanager
def database_for(home: Home, server: str | None) -> Iterator[str]:
    """The URL of an empty database: on the server that is set, else on a PostgreSQL in this home.

    Raises `EmbeddedPostgresError`, `DatabaseUnreachable`, `asyncpg.PostgresError` where we may not create one.
    """
    if server is not None:
        url = asyncio.run(create_scratch(server))
        try:
            yield url
        finally:
            asyncio.run(drop_scratch(server, url))
        return
    postgres = start_embedded(home.database)
    try:
        yield postgres.dsn
    finally:
        postgres.stop()
