"""Failures that were to be expected, each as a line: what, where, what to do."""

from collections.abc import Iterator

import asyncpg

from surereply.config import WrongSettings
from surereply.domain.flow_file import BrokenFlow
from surereply.store.database import CONNECTION_LOST, DatabaseUnreachable
from surereply.store.embedded_home import EmbeddedPostgresError
from surereply.store.folder import FolderUnusable
from surereply.store.migrate import MigrationFailed, WrongSchema
from surereply.store.secrets import SecretsUnreadable


class WrongUse(Exception):
    """The command cannot be done as it was called; the message says what to do instead."""


def told(error: BaseException) -> Iterator[str]:
    """The failure's lines; none if it is a mistake of ours, which deserves its traceback."""
    match error:
        case WrongSettings():
            yield from error.problems
        case BrokenFlow():
            yield from (str(problem) for problem in error.problems)
        case DatabaseUnreachable():
            yield f"the database cannot be reached: {error}; start it, or correct SUREREPLY_DATABASE_URL"
        case WrongSchema() | MigrationFailed() | EmbeddedPostgresError() | FolderUnusable() | WrongUse():
            yield str(error)
        case SecretsUnreadable():
            yield _one_line(error.__doc__)
        case asyncpg.PostgresError():
            yield f"the database refused: {_one_line(str(error))} (see `surereply doctor`)"
        case OSError() if error.filename is not None:
            yield f"{error.filename}: {error.strerror}"
        case _ if type(error).__name__ == "ModelUnusable":  # of models, which only a set model imports
            yield str(error)
        case _ if type(error).__name__ == "PortInUse":  # of processes, which only `serve` imports
            yield _one_line(str(error))
        case _ if isinstance(error, CONNECTION_LOST):
            yield "the connection to the database was lost; try again when it is back"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
