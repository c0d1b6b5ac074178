"""A PostgreSQL of our own on a disk so small that a test can fill it, and make room again."""

import asyncio
import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from support.postgres import on_connection
from surereply.store.embedded_kept import kept_embedded

DISK_BYTES = 256 << 20
BALLAST_BYTES = 1 << 20
DETACH = 2  # MNT_DETACH of umount2(2)
PATIENCE_SECONDS = 30

# The next byte of the log goes to a file that is there; a checkpoint leaves some for later use.
LOG_HAS_ROOM = """
    SELECT EXISTS (SELECT FROM pg_ls_waldir() WHERE name = pg_walfile_name(pg_current_wal_insert_lsn()))
"""


@dataclass
class SmallDisk:
    """The home of a server that is kept running; `dsn` stays the same through all its ends."""

    folder: Path
    dsn: str
    template: str = ""  # a database with the schema, to be copied

    def fill(self) -> None:
        """Not one byte is left."""
        with (self.folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while ballast.write(bytes(BALLAST_BYTES)):
                pass
        assert shutil.disk_usage(self.folder).free == 0

    async def fill_before_the_log(self) -> None:
        """Nor is there room in the log: the next commit finds none, and the whole server gives up (PANIC)."""
        self.fill()

        async def use_up_the_log(connection: "asyncpg.Connection[object]") -> None:
            while await connection.fetchval(LOG_HAS_ROOM):
                await connection.execute("SELECT pg_logical_emit_message(true, '', '')")
                await connection.execute("SELECT pg_switch_wal()")

        await on_connection(self.dsn, use_up_the_log)

    def make_room(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)

    async def gave_up(self) -> None:
        """Return when the server takes no connections any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._takes_connections():  # noqa: ASYNC110 - another process ends
                await asyncio.sleep(0.02)

    async def answers(self) -> None:
        """Return when the server takes connections again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._takes_connections():  # noqa: ASYNC110 - another process starts
                await asyncio.sleep(0.02)

    async def _takes_connections(self) -> bool:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await (await asyncpg.connect(self.dsn)).close()
            return True
        return False


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Skips where nothing may be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="surereply-small-"))
    with mounted(folder), kept_embedded(folder / "home") as dsn:
        yield SmallDisk(folder, dsn)


@contextmanager
def mounted(folder: Path, size_bytes: int = DISK_BYTES) -> Iterator[None]:
    """A file system in memory of that size, there until the block ends."""
    kernel = ctypes.CDLL(None, use_errno=True)
    wanted = f"size={size_bytes},mode=0711".encode()
    if not hasattr(kernel, "mount") or kernel.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, wanted) != 0:
        folder.rmdir()
        why = os.strerror(ctypes.get_errno())
        pytest.skip(f"a disk that can be filled needs the right to mount a tmpfs (root, CAP_SYS_ADMIN): {why}")
    try:
        yield
    finally:
        kernel.umount2(bytes(folder), DETACH)
        folder.rmdir()
