"""The parent: opens the database and the port once, runs one process or several, and keeps them running."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvloop

from surereply.assembly import ROLES, put_together
from surereply.config import Settings
from surereply.runtime import GRACE_SECONDS, serve
from surereply.store.database import connect
from surereply.store.embedded_home import find_home
from surereply.store.embedded_kept import kept_embedded
from surereply.store.migrate import Standing, migrate, schema_state

log = structlog.get_logger()

CHILD = "SUREREPLY_INTERNAL_CHILD"  # "<parent's pid> <file number of the bound socket or -> <roles>": the parent's
RESTART_PAUSE_SECONDS = 1.0
KILL_AFTER_SECONDS = GRACE_SECONDS + 5.0
PR_SET_PDEATHSIG = 1
LOOK_EVERY_SECONDS = 0.1  # whether a process ended, or we are told to stop


class PortInUse(Exception):
    """Another program listens there; stop it, or set SUREREPLY_PORT to another port."""


@contextmanager
def open_database(settings: Settings) -> Iterator[str]:
    """The URL of the database: the one that is set, else a PostgreSQL of our own, made and migrated if it is new.

    Raises what `kept_embedded` raises.
    """
    if settings.database_url is not None:
        yield settings.database_url
        return
    with kept_embedded(find_home(settings.home)) as url:
        asyncio.run(_make_schema(url))
        yield url


async def _make_schema(url: str) -> None:
    """A database that is new has no schema to lose. One of another version is migrated by a person alone."""
    db = await connect(url, name="start", most=1)
    try:
        async with db.connection() as tx:
            state = await schema_state(tx)
    finally:
        await db.close()
    if state.standing is Standing.MISSING:
        await migrate(url)


def serve_all(
    settings: Settings,
    processes: int = 1,
    roles: frozenset[str] = ROLES,
    ready: Callable[[str], None] = lambda address: None,
) -> int:
    """Serve until SIGTERM or SIGINT; 0 when drained.

    Raises `PortInUse`, `DatabaseUnreachable`, `WrongSchema`, `BrokenFlow` and what the embedded database raises, before
    anything is served. `ready` is called with the address once the port is open ("" without the web role).
    """
    listening = bind(settings.host, settings.port, processes) if "web" in roles else []
    address = _address(listening[0]) if listening else ""
    try:
        with open_database(settings) as url:
            if processes == 1:
                uvloop.run(
                    serve(
                        settings, url, roles, listen=listening[0] if listening else None, ready=lambda: ready(address)
                    )
                )
                return 0
            return _keep_running(settings, url, processes, roles, listening, lambda: ready(address))
    finally:
        for one in listening:
            one.close()


def bind(host: str, port: int, processes: int = 1) -> list[socket.socket]:
    """The web role's sockets, one a process, bound before anything else starts. Raises `PortInUse`.

    Each process has a queue of its own, and the kernel spreads connections over them: on one shared queue the process
    that woke up first would take nearly all. The queue of a process that died is taken over by its successor.
    """
    first = _bound(host, port, shared=False)  # alone: refused wherever another program listens
    if processes == 1:
        return [_listening(first)]
    first.close()
    return [_listening(_bound(host, port, shared=True)) for _ in range(processes)]


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise PortInUse(f"{host}:{port}: {error.strerror}. {PortInUse.__doc__}") from None
    return made


def _listening(made: socket.socket) -> socket.socket:
    made.listen(4096)
    made.setblocking(False)
    made.set_inheritable(True)
    return made


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def serve_as_child(settings: Settings) -> int:
    """What a process that the parent started runs."""
    parent, number, roles = os.environ[CHILD].split(" ")
    _end_with(int(parent))
    listening = socket.socket(fileno=int(number)) if number != "-" else None
    if listening is not None:
        listening.setblocking(False)
    assert settings.database_url is not None
    uvloop.run(serve(settings, settings.database_url, frozenset(roles.split(",")), listen=listening))
    return 0


def _keep_running(
    settings: Settings,
    url: str,
    processes: int,
    roles: frozenset[str],
    listening: list[socket.socket],
    ready: Callable[[], None],
) -> int:
    """Start so many processes; whichever ends by itself is started again, until we are told to stop."""
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: stopping.append(received))
    # The first one checks schema, flow and line for all: a mistake ends us at once, with its one line.
    asyncio.run(_check(settings, url, roles))

    def start(index: int) -> subprocess.Popen[bytes]:
        return _start(url, roles, listening[index] if listening else None)

    children = [start(index) for index in range(processes)]
    ready()
    while not stopping:
        time.sleep(LOOK_EVERY_SECONDS)
        for index, child in enumerate(children):
            if child.poll() is not None and not stopping:
                log.error("process.ended", pid=child.pid, status=child.returncode)
                time.sleep(RESTART_PAUSE_SECONDS)
                children[index] = start(index)
    return _stop(children)


async def _check(settings: Settings, url: str, roles: frozenset[str]) -> None:
    async with put_together(settings, url, roles):
        pass


def _start(url: str, roles: frozenset[str], listening: socket.socket | None) -> subprocess.Popen[bytes]:
    number = str(listening.fileno()) if listening is not None else "-"
    child = f"{os.getpid()} {number} {','.join(sorted(roles))}"
    environment = {**os.environ, "SUREREPLY_DATABASE_URL": url, CHILD: child}
    return subprocess.Popen(
        [sys.executable, "-m", "surereply", "serve"],
        env=environment,
        pass_fds=(listening.fileno(),) if listening is not None else (),
        start_new_session=True,  # Ctrl-C reaches us alone; we tell them in order
    )


def _end_with(parent: int) -> None:
    """A child does not outlive a parent that was killed. The child itself asks for it: beside the thread that keeps our
    database, the parent may run nothing between fork and exec."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)


def _stop(children: list[subprocess.Popen[bytes]]) -> int:
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGTERM)
    last = time.monotonic() + KILL_AFTER_SECONDS
    for child in children:
        try:
            child.wait(max(last - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 0
