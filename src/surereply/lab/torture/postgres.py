"""A PostgreSQL of our own that is stopped at once, under load, and comes back with what was on disk."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

from surereply.lab.stage.servers import children_of
from surereply.store.embedded import EmbeddedPostgres, start_embedded

# Durable as any (`fsync` and all are on), and unlucky: what is written relaxed is lost at a crash, not saved because
# somebody else wrote in time. Checkpoints are frequent, so that recovery is short.
SETTINGS: Mapping[str, str] = {
    "wal_writer_delay": "10s",
    "checkpoint_timeout": "30s",
    "max_wal_size": "256MB",
    "log_checkpoints": "off",
    # What lies there after a crash is synced at once, and not file by file: half a second in place of two.
    **({"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}),
}


class Stop(Enum):
    """How a server ends at once."""

    IMMEDIATE = "stopped immediately"  # as `pg_ctl stop -m immediate` does
    KILLED = "its first process killed"  # the others notice, and end
    ALL_KILLED = "all its processes killed"  # as if the machine had died


class Postgres:
    """`url` stays the same over all its lives."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._server: EmbeddedPostgres | None = None
        self.stops = 0
        self._is_running = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def url(self) -> str:
        assert self._server is not None
        return self._server.dsn

    def is_running(self) -> bool:
        return self._is_running

    def start(self) -> None:
        """Blocks. Raises EmbeddedPostgresError."""
        self._server = start_embedded(self._home, SETTINGS)
        self._is_running = True

    def stop_at_once(self, how: Stop) -> None:
        """Not a moment is lost: whoever calls this at the right moment stops it at that very moment."""
        if self._server is None or not self._is_running:
            return
        self._is_running = False
        self.stops += 1
        pid = self._server.pid
        if how is Stop.IMMEDIATE:
            _signal(pid, signal.SIGQUIT)
            return
        # Its children are looked for while it stands still: it can neither start new ones nor tell them anything.
        _signal(pid, signal.SIGSTOP)
        others = children_of(pid) if how is Stop.ALL_KILLED else []
        for one in (*others, pid):
            _signal(one, signal.SIGKILL)

    async def start_again(self) -> None:
        """After `stop_at_once`; does nothing where it runs."""
        async with self._one_at_a_time:
            if not self._is_running and self._server is not None:
                await asyncio.to_thread(self._server.stop)  # gathers up what is left of it
                await asyncio.to_thread(self.start)

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
