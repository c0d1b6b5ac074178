"""One PostgreSQL node: made, started, frozen, resumed, crashed, destroyed, promoted, told whom to follow.

A node listens on a TCP port of this machine and keeps it through all its lives, as a machine keeps its address. What it
writes goes through the page cache, which outlives a process: so `fsync` is off, and `kill -9` of every process is the
whole of a crash here. (A machine that loses power is not tested: that is PostgreSQL's own `fsync`.)
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg

from support.ports import own_port
from surereply.store.embedded_cluster import ENVIRONMENT, failure_in, give_to
from surereply.store.embedded_home import Account, own_folder, server_state
from surereply.store.watchdog import end_with_parent

USER = "surereply"
PASSWORD = "of-the-tests-alone"
DATABASE = "surereply"
LOOK_SECONDS = 0.01
START_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "100",
    "shared_buffers": "16MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: what is killed leaves nothing behind in /dev/shm
    "min_wal_size": "16MB",
    "max_wal_size": "128MB",
    "wal_keep_size": "64MB",
    "wal_log_hints": "on",  # pg_rewind wants it
    "max_wal_senders": "8",
    "hot_standby": "on",
    "wal_retrieve_retry_interval": "'50ms'",
    "wal_receiver_status_interval": "'1s'",
    "synchronous_commit": "on",
    "fsync": "off",
    "jit": "off",
    "max_parallel_workers": "0",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %a '",
}


class NodeFailed(Exception):
    """PostgreSQL did not do what it was told; the message is its own."""


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's programs, and the user they run as (None: as us)."""

    folder: Path
    account: Account | None

    async def run(self, name: str, *arguments: str, **environment: str) -> str:
        """A program to its end; what it wrote. Raises `NodeFailed`."""
        process = await asyncio.create_subprocess_exec(
            str(self.folder / name), *arguments,
            env=ENVIRONMENT | {"PGPASSWORD": PASSWORD} | environment, cwd="/",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.as_account(),
        )  # fmt: skip
        written, _ = await process.communicate()
        if process.returncode != 0:
            raise NodeFailed(f"{name}: {failure_in(written.decode())}")
        return written.decode()

    def as_account(self) -> dict[str, Any]:
        if self.account is None:
            return {}
        return {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True)
class Role:
    """How a node is set: whom it follows (None: nobody), and whose word a commit of its own waits for."""

    follows: int | None = None  # the port of its primary
    standbys: tuple[str, ...] = ()  # a commit waits for any one of these


class Node:
    """A machine with PostgreSQL on it."""

    def __init__(self, programs: Programs, home: Path, name: str, port: int) -> None:
        self.programs = programs
        self.name = name
        self.port = port
        self.data = home / name
        self.log = home / f"{name}.log"
        self.role = Role()
        self.frozen = False
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return url_of(self.port)

    @property
    def runs(self) -> bool:
        return self._server is not None and self._server.poll() is None

    async def make(self) -> None:
        """A new, empty cluster of databases."""
        own_folder(self.data, self.programs.account)
        secret = self.data.with_suffix(".secret")
        secret.write_text(PASSWORD)
        give_to(secret, self.programs.account) if self.programs.account else None
        await self.programs.run(
            "initdb", "-D", str(self.data), f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--locale=C", "--wal-segsize=1", "--no-sync",
        )  # fmt: skip

    async def copy(self, source: Path) -> None:
        """The data of a node that was shut down: what it is the primary or a standby of is for `role` to say."""
        await asyncio.to_thread(shutil.copytree, source, self.data, symlinks=True)
        self.data.chmod(0o700)
        if self.programs.account:
            give_to(self.data, self.programs.account)

    async def copy_running(self, primary: "Node", *, follow: bool = True) -> None:
        """A base backup of a node that serves; to `follow` it, or to restore it."""
        shutil.rmtree(self.data, ignore_errors=True)
        own_folder(self.data, self.programs.account)
        await self.programs.run(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", USER, "-D", str(self.data),
            "--checkpoint=fast", "--wal-method=stream", "--no-sync",
        )  # fmt: skip
        if follow:
            self.role = replace(self.role, follows=primary.port)

    async def rewind(self, primary: "Node") -> None:
        """Undo what this node, shut down, has and its successor has not; then it may follow that one."""
        source = f"host=127.0.0.1 port={primary.port} user={USER} dbname=postgres"
        await self.programs.run("pg_rewind", "-D", str(self.data), f"--source-server={source}", "--no-sync")
        self.role = replace(self.role, follows=primary.port)

    async def start(self) -> None:
        """Return when it takes connections."""
        self._write_settings()
        signal_file = self.data / "standby.signal"
        if self.role.follows is not None:
            signal_file.touch()
            self._own(signal_file)
        else:
            signal_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(  # noqa: ASYNC220 - it outlives the loop's interest in it
                [str(self.programs.folder / "postgres"), "-D", str(self.data)],
                env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=end_with_parent() if sys.platform == "linux" else None, **self.programs.as_account(),
            )  # fmt: skip
        async with asyncio.timeout(START_SECONDS):
            while server_state(self.data) != (self._server.pid, "ready"):
                if not self.runs:
                    raise NodeFailed(f"{self.name} did not start: {failure_in(self.log.read_text())}")
                await asyncio.sleep(LOOK_SECONDS)

    async def apply(self, role: Role) -> None:
        """Follow somebody else, or wait for other standbys, from now on."""
        self.role = role
        self._write_settings()
        if self.runs and self._server is not None:
            self._server.send_signal(signal.SIGHUP)

    async def refuse_standbys(self) -> None:
        """No standby may connect any more; those that are connected stay."""
        access = self.data / "pg_hba.conf"
        access.write_text(f"host replication all all reject\n{access.read_text()}")
        loaded_at = await self.value("SELECT pg_conf_load_time()")
        await self.apply(self.role)
        async with asyncio.timeout(START_SECONDS):
            while await self.value("SELECT pg_conf_load_time()") == loaded_at:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(LOOK_SECONDS)

    async def promote(self) -> None:
        """Return when it is a primary."""
        async with self.connection() as node:
            await node.fetchval("SELECT pg_promote(true)")
        self.role = replace(self.role, follows=None)

    async def stop(self, how: int = signal.SIGINT) -> None:
        """SIGINT: fast, with a checkpoint that standbys get; SIGQUIT: at once, as after a crash."""
        if self._server is None or not self.runs:
            return
        self.resume()
        self._server.send_signal(how)
        await asyncio.to_thread(self._server.wait, START_SECONDS)

    async def crash(self) -> None:
        """Every process is killed where it stands: first all stand still, so that none answers for another."""
        if self._server is None or not self.runs:
            return
        self.freeze()
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(self._server.wait)
        self.frozen = False

    async def destroy(self) -> None:
        """The machine is gone with its disk."""
        await self.crash()
        self._free_shared_memory()
        await asyncio.to_thread(shutil.rmtree, self.data, True)

    def freeze(self) -> None:
        """Every process stands still; its connections stay open, and nobody answers on them."""
        if self._server is not None:
            os.kill(self._server.pid, signal.SIGSTOP)  # first, lest it starts another one meanwhile
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        self.frozen = True

    def resume(self) -> None:
        if self.frozen:
            for pid in reversed(self._processes()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        self.frozen = False

    @asynccontextmanager
    async def connection(self, database: str = "postgres") -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A connection of the controller's own, that waits for no standby."""
        connection = await asyncpg.connect(
            url_of(self.port, database=database), timeout=10, ssl=False, server_settings={"synchronous_commit": "local"}
        )
        try:
            yield connection
        finally:
            connection.terminate()

    async def value(self, sql: str, *args: Any) -> Any:
        async with self.connection(DATABASE) as node:
            return await node.fetchval(sql, *args)

    def _processes(self) -> list[int]:
        """The server's, the parent of all first. Each is a session of its own, so no group holds them together."""
        assert self._server is not None
        return [self._server.pid, *children_of(self._server.pid)]

    def _free_shared_memory(self) -> None:
        """A killed server's segment lives on until the next start on its folder, and there will be none."""
        with suppress(OSError, IndexError):
            segment = (self.data / "postmaster.pid").read_text().splitlines()[6].split()[1]
            subprocess.run(["ipcrm", "-m", segment], stderr=subprocess.DEVNULL, check=False)

    def _write_settings(self) -> None:
        settings = SETTINGS | {"port": str(self.port), "cluster_name": f"'{self.name}'"}
        if self.role.standbys:
            settings["synchronous_standby_names"] = f"'ANY 1 ({', '.join(self.role.standbys)})'"
        if self.role.follows is not None:
            named = f"user={USER} password={PASSWORD} application_name={self.name}"
            settings["primary_conninfo"] = f"'host=127.0.0.1 port={self.role.follows} {named}'"
        path = self.data / "postgresql.conf"
        path.write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._own(path)

    def _own(self, path: Path) -> None:
        if self.programs.account:
            os.chown(path, self.programs.account.uid, self.programs.account.gid)


@asynccontextmanager
async def open_node(programs: Programs, home: Path, source: Path) -> AsyncIterator[Node]:
    """A node of its own, that waits for nobody, from the data of one that was shut down."""
    node = Node(programs, home, "oak", own_port())
    await node.copy(source)
    await node.start()
    try:
        yield node
    finally:
        await node.destroy()


def url_of(*ports: int, database: str = DATABASE) -> str:
    """As an owner writes it into SUREREPLY_DATABASE_URL; of several nodes, whichever is the primary."""
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    several = "?target_session_attrs=primary" if len(ports) > 1 else ""
    return f"postgresql://{USER}:{PASSWORD}@{hosts}/{database}{several}"


def children_of(parent: int) -> list[int]:
    if not Path("/proc/self").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = (line.split() for line in listed.splitlines())
        return [int(pid) for pid, ppid in pairs if int(ppid) == parent]
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _parent(entry) == parent]


def _parent(process: Path) -> int:
    with suppress(OSError):  # it ended meanwhile
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return 0
