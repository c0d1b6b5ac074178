"""Server processes side by side, as `surereply serve` starts them: killed, frozen, started again, ended with us."""

import asyncio
import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import aiohttp

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
LOOK_EVERY_S = 0.1
WORKS = b"surereply works, without a port"  # what `serve` says where nobody can ask /readyz
# Below the ports that systems hand out to whoever connects: nobody takes one while its server is away.
PORTS = range(20_000, 32_000)


class ServerFailed(Exception):
    """A server did not come up; the log says why."""


class Server:
    """One `surereply serve`, on a port of its own or, without the role web, on none.

    Started from the main thread alone: it dies with the thread that did.
    """

    def __init__(
        self, name: str, port: int | None, command: Sequence[str], environment: Mapping[str, str], home: Path
    ) -> None:
        self.name = name
        self.port = port
        self.log = home / f"{name.replace(' ', '-')}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.frozen = False
        self.retired = False  # ended on purpose, and not started again
        self.ended_by_itself = 0
        self.crashes: list[int] = []  # of these, the exit statuses of those that had been ready
        self._started_at = 0.0
        self._log_begins = 0
        self._command = list(command)
        self._keeps_workers = "--processes" in command
        self._environment = {**environment, **({"SUREREPLY_PORT": str(port)} if port else {})}
        self._home = home

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def takes_webhooks(self) -> bool:
        return self.port is not None

    def start(self) -> None:
        self.ready = self.frozen = False
        self._started_at = time.monotonic()
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                env=self._environment,
                cwd=self._home,  # a `.env` of the user's is none of ours
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone
                preexec_fn=_die_with(os.getpid()),
            )

    def kill(self) -> int:
        """`kill -9`, to it and to the processes that it keeps running; the pid that is no more."""
        assert self.process is not None
        self.ready = self.frozen = False
        workers = self.workers() if self._keeps_workers else []
        self.process.kill()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return self.process.pid

    def freeze(self) -> None:
        """SIGSTOP, to it and to the processes that it keeps running."""
        self.frozen = True
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self.frozen = False
        self._signal_all(signal.SIGCONT)

    def workers(self) -> list[int]:
        """The pids of the processes that it keeps running (`--processes`)."""
        if self.process is None or self.has_ended() or not self._keeps_workers:
            return []
        return children_of(self.process.pid)

    def tell_to_stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    async def is_ready(self, http: aiohttp.ClientSession) -> bool:
        asked = self.process
        if not self.takes_webhooks:
            return not self.has_ended() and WORKS in self._said_since_start()
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with http.get(f"{self.url}/readyz", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                # Killed meanwhile: that answer was its last word.
                return answer.status == 200 and self.process is asked
        return False

    def note_end(self) -> None:
        """Once an end: what happened to a process that nobody told to."""
        if self.process is not None:
            self.ended_by_itself += 1
            if self.ready:
                self.crashes.append(self.process.returncode)
            self.process, self.ready = None, False

    def fall(self) -> None:
        """It was killed, and is started again by whoever watches."""
        self.process = None

    def rests(self, pause_s: float) -> bool:
        """Whether it is too early to start it again."""
        return time.monotonic() - self._started_at < pause_s

    def _said_since_start(self) -> bytes:
        with self.log.open("rb") as log:
            log.seek(self._log_begins)
            return log.read(65_536)

    def _signal_all(self, number: int) -> None:
        for pid in (*self.workers(), *([] if self.process is None else [self.process.pid])):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _die_with(parent: int) -> Callable[[], None]:
    """A server does not outlive a lab that was itself killed."""

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return ask


class Servers:
    """All of them. `watch` notes who is ready, and starts again who ended by itself, `pause_s` after its last start and
    as soon as it `may_start`."""

    def __init__(
        self, servers: Iterable[Server], pause_s: float = 0.0, may_start: Callable[[], bool] = lambda: True
    ) -> None:
        self.all = list(servers)
        self._pause_s = pause_s
        self._may_start = may_start
        self._looking: dict[Server, asyncio.Task[None]] = {}

    @property
    def ready(self) -> list[Server]:
        return [server for server in self.all if server.ready]

    async def start(self) -> None:
        """Raises `ServerFailed`."""
        for server in self.all:
            server.start()
        last = time.monotonic() + READY_WITHIN_S
        async with aiohttp.ClientSession() as http:
            while len(self.ready) < len(self.all):
                self._look(http)
                for server in self.all:
                    if server.has_ended() or time.monotonic() > last:
                        raise ServerFailed(f"{server.name} did not come up; its log is {server.log}")
                await asyncio.sleep(LOOK_EVERY_S)

    async def until_ready(self) -> None:
        """Until at least one serves; `watch` finds that out."""
        while not self.ready:  # noqa: ASYNC110 - processes tell nobody, they are asked
            await asyncio.sleep(LOOK_EVERY_S)

    async def watch(self) -> None:
        async with aiohttp.ClientSession() as http:
            while True:
                self._look(http)
                for server in self.all:
                    if server.has_ended() and not server.retired:
                        server.note_end()
                        if not server.rests(self._pause_s) and self._may_start():
                            server.start()
                await asyncio.sleep(LOOK_EVERY_S)

    def _look(self, http: aiohttp.ClientSession) -> None:
        """Ask those who are not ready yet, each on its own: one that does not answer holds up nobody."""

        async def look(server: Server) -> None:
            asked = server.process
            is_ready = await server.is_ready(http)
            server.ready = server.ready or (is_ready and server.process is asked)

        for server in self.all:
            task = self._looking.get(server)
            if not server.ready and not server.frozen and (task is None or task.done()):
                self._looking[server] = asyncio.create_task(look(server))

    async def stop(self) -> None:
        """Drained if they can be, within the time there is."""
        for server in self.all:
            if server.frozen:
                server.thaw()
            server.tell_to_stop()
        last = time.monotonic() + STOP_WITHIN_S
        while not all(server.has_ended() for server in self.all) and time.monotonic() < last:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)
        for server in self.all:
            if not server.has_ended():
                server.kill()


def server_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, with these settings (without their prefix): nothing of the user's own settings reaches a lab's servers."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    return own | {f"SUREREPLY_{name}": value for name, value in settings.items()}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        taken: list[int] = []
        for port in random.sample(PORTS, len(PORTS)):
            probe = stack.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                taken.append(port)
            if len(taken) == count:
                return taken
    raise OSError("no port is free")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started, and that live."""
    return [child for child, parent in _parents() if parent == pid]


def _parents() -> Iterator[tuple[int, int]]:
    """Every process with its parent."""
    if Path("/proc/self/stat").exists():
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    # The name stands in brackets and may hold anything; the state and the parent follow.
                    yield int(entry.name), int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        return
    shown = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout  # noqa: S607
    for line in shown.splitlines():
        child, parent = line.split()
        yield int(child), int(parent)
