"""The business under load: a durable PostgreSQL, fifty lines, and the server's own processes."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import aiohttp

from bench.pipeline.load import APP_SECRET
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line, LineSettings
from surereply.store import flows, lines
from surereply.store.database import connect
from surereply.store.embedded import EmbeddedPostgres, start_embedded
from surereply.store.migrate import migrate
from surereply.store.secrets import Credentials, seal

FLOW = Path(__file__).parents[2] / "flows" / "business-services.yaml"
SECRET_KEY = "bench-secret-key"
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Group:
    """Processes that run some of the roles."""

    name: str
    roles: str
    processes: int


@contextmanager
def database() -> Iterator[EmbeddedPostgres]:
    """PostgreSQL as it runs for users: fsync on, synchronous commits, default settings."""
    home = Path(mkdtemp(prefix="surereply-bench-", dir="/var/tmp"))
    home.chmod(0o711)
    server = start_embedded(home / "home")
    try:
        yield server
    finally:
        server.stop()
        subprocess.run(["rm", "-rf", str(home)], check=False)


@contextmanager
def kept_database(folder: Path) -> Iterator[EmbeddedPostgres]:
    """The same in a folder of yours, which stays: what takes long to fill is filled once."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    server = start_embedded(folder / "home")
    try:
        yield server
    finally:
        server.stop()


async def open_shop(url: str, count: int, *, messages_per_second: float, read_marks: bool) -> list[str]:
    """The schema, the mission's flow, and so many lines with their rate limits on; their phone number ids."""
    await migrate(url)
    now = datetime.now(UTC)
    db = await connect(url, name="bench", most=1)
    settings = LineSettings(messages_per_second=messages_per_second, read_marks=read_marks)
    secrets = seal(Credentials("bench-token", APP_SECRET, "bench-verify"), SECRET_KEY)
    numbers = [str(106_540_000_000_000 + index) for index in range(count)]
    async with db.transaction() as tx:
        await flows.put_flow(tx, "business-services", FLOW.read_text(), "bench", now)
        for number in numbers:
            line = Line(bucket_of(number), new_id(now), number, number, "business-services", settings)
            await lines.put_line(tx, line, secrets, now)
    await db.close()
    return numbers


@asynccontextmanager
async def serving(
    url: str,
    api_port: int,
    port: int,
    groups: list[Group],
    settings: Mapping[str, str] | None = None,
    source: Path | None = None,
) -> AsyncIterator[dict[str, int]]:
    """The server as users start it; process ids by group. Ends with SIGTERM. `settings`: without their prefix;
    `source`: another tree's `src`."""
    environment = {
        **os.environ,
        "SUREREPLY_DATABASE_URL": url,
        "SUREREPLY_PORT": str(port),
        "SUREREPLY_SECRET_KEY": SECRET_KEY,
        "SUREREPLY_ADMIN_TOKEN": "bench-admin-token",
        "SUREREPLY_WHATSAPP_API_URL": f"http://127.0.0.1:{api_port}/v23.0",
        "SUREREPLY_DEBOUNCE_MS": "0",
        "SUREREPLY_MAX_WAIT_MS": "0",
        **({"PYTHONPATH": str(source)} if source else {}),
        **{f"SUREREPLY_{name}": value for name, value in (settings or {}).items()},
    }
    started = {
        group.name: subprocess.Popen(
            [sys.executable, "-m", "surereply", "serve", "--processes", str(group.processes), "--only", group.roles],
            env=environment,
            stderr=subprocess.DEVNULL,  # a line for every turn and reply is written all the same
        )
        for group in groups
    }
    try:
        await _wait_until_ready(port)
        yield {name: process.pid for name, process in started.items()}
    finally:
        for process in started.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in started.values():
            await asyncio.to_thread(process.wait)


async def _wait_until_ready(port: int) -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(READY_SECONDS):
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with http.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        port: int = probing.getsockname()[1]
        return port
