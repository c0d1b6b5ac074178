"""Server processes side by side, as `surereply serve` starts them: killed, started again, ended with us."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PR_SET_PDEATHSIG = 1
READY_WITHIN_S = 60.0
STOP_WITHIN_S = 15.0
LOOK_EVERY_S = 0.1


class ServerFailed(Exception):
    """A server did not come up; the log says why."""


class Server:
    """One process, on a port of its own. Started from the main thread alone: it dies with the thread that did."""

    def __init__(self, number: int, port: int, command: Sequence[str], environment: Mapping[str, str], home: Path):
        self.number = number
        self.port = port
        self.log = home / f"server-{number}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.ready = False
        self.ended_by_itself = 0
        self._command = list(command)
        self._environment = {**environment, "SUREREPLY_PORT": str(port)}
        self._home = home

    @property
    def name(self) -> str:
        return f"server {self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.ready = False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                env=self._environment,
                cwd=self._home,  # a `.env` of the user's is none of the demo's business
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches us alone
                preexec_fn=_die_with(os.getpid()),
            )

    def kill(self) -> int:
        """`kill -9`; the pid that is no more."""
        assert self.process is not None
        self.ready = False
        self.process.kill()
        self.process.wait()
        return self.process.pid

    def tell_to_stop(self) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None


def _die_with(parent: int) -> Callable[[], None]:
    """A server does not outlive a demo that was itself killed."""

    def ask() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return ask


class Servers:
    """All of them. `watch` notes who is ready, and starts again who ended by itself."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.all = tuple(servers)

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
                await self._look(http)
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
                await self._look(http)
                for server in self.all:
                    if server.has_ended():
                        server.ended_by_itself += 1
                        server.start()
                await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self, http: aiohttp.ClientSession) -> None:
        for server in self.all:
            if server.ready:
                continue
            asked = server.process
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with http.get(f"{server.url}/readyz", timeout=aiohttp.ClientTimeout(total=2)) as answer:
                    # Killed meanwhile: that answer was its last word.
                    server.ready = answer.status == 200 and server.process is asked

    async def stop(self) -> None:
        """Drained if they can be, within the time there is."""
        for server in self.all:
            server.tell_to_stop()
        last = time.monotonic() + STOP_WITHIN_S
        while not all(server.has_ended() for server in self.all) and time.monotonic() < last:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY_S)
        for server in self.all:
            if not server.has_ended():
                server.kill()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
