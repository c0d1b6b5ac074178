"""A pgbouncer in transaction mode between the business and a node, killed and started again."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from failover.nodes import DATABASE, LOOK_SECONDS, PASSWORD, USER, Node
from support.ports import own_port

START_SECONDS = 10.0
ROLE_SETTINGS = "ALTER ROLE surereply SET "
RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
CONFIGURATION = """
[databases]
{database} = host=127.0.0.1 port={node_port} user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
server_login_retry = 0.1
logfile = {log}
"""


class PgBouncer:
    """`url` is the node's database as the business sees it."""

    def __init__(self, program: str, node: Node, folder: Path, servers: int) -> None:
        self._program = program
        self._node = node
        self._port = own_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = folder / "pgbouncer.ini"
        log = folder / "pgbouncer.log"
        log.touch()
        self._settings.write_text(
            CONFIGURATION.format(
                database=DATABASE,
                node_port=node.port,
                user=USER,
                password=PASSWORD,
                port=self._port,
                log=log,
                servers=servers,
            )
        )
        if account := node.programs.account:
            for path in (self._settings, log):
                os.chown(path, account.uid, account.gid)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self._port}/{DATABASE}?pgbouncer=true"

    async def start(self) -> None:
        self._process = subprocess.Popen(  # noqa: ASYNC220 - it outlives the loop's interest in it
            [self._program, "-q", str(self._settings)], stdin=subprocess.DEVNULL, **self._node.programs.as_account()
        )
        async with asyncio.timeout(START_SECONDS):
            while not await self._listens():
                assert self._process.poll() is None, "pgbouncer did not start"
                await asyncio.sleep(LOOK_SECONDS)

    async def end(self, how: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            await asyncio.to_thread(self._process.wait)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True


@asynccontextmanager
async def open_pgbouncer(node: Node, folder: Path, *, servers: int = 10) -> AsyncIterator[PgBouncer]:
    """Set up as the runbook says, role settings and all, with at most so many connections to the node.

    Skips, loudly, where pgbouncer is not installed.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed (Debian: apt-get install pgbouncer), so nothing was shown about it")
    asked = [line for line in RUNBOOK.read_text().splitlines() if line.startswith(ROLE_SETTINGS)]
    assert asked, "the runbook says no more what the role needs"
    async with node.connection(DATABASE) as connection:
        await connection.execute("\n".join(asked))
    made = PgBouncer(program, node, folder, servers)
    await made.start()
    try:
        yield made
    finally:
        await made.end(9)
