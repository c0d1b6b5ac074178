"""A real PostgreSQL of our own: the wheel's programs in SUREREPLY_HOME, started and ended with their owner.

A home holds `lock`, `data/`, `socket/` and `postgres.log`. The server listens on its socket alone, in a
folder that only its user may enter. It is a child of a watchdog (`watchdog.py`), which stops it when we end,
in whatever way.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

from surereply.store import watchdog as watchdog_script
from surereply.store.embedded_cluster import (
    ENVIRONMENT,
    USER,
    failure_in,
    find_binaries,
    make_cluster,
)
from surereply.store.embedded_home import (
    POLL_S,
    Account,
    EmbeddedPostgresError,
    HomeUnusable,
    choose_account,
    clear_pid_file,
    closed_folder,
    make_home,
    own_folder,
    record_owner,
    server_state,
    take_lock,
)

PORT = 5432  # a part of the socket's name, no more
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 100  # the kernel's sockaddr_un holds 104 on macOS and 108 on Linux
READY_S = 600.0  # replaying a long log after a crash takes its time
LOG_BYTES = 10_000_000

SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_error_verbosity": "terse",  # details of an error hold what customers wrote,
    "log_min_error_statement": "panic",  # and so may its statement
    "autovacuum_naptime": "10s",  # ticket tables turn over many times an hour
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
}


class ServerFailed(EmbeddedPostgresError):
    """PostgreSQL did not start in {home} ({reason}): see {log}, or set SUREREPLY_HOME to another folder."""


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server. `stop` ends it, and so does the end of its owner, in whatever way."""

    home: Path
    sockets: Path
    dsn: str
    pid: int
    watchdog: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        return self.watchdog.poll() is None

    def stop(self) -> None:
        """Roll back what is open, close down, and wait for the end. A second call does nothing."""
        end(self.watchdog)


def start_embedded(
    home: Path, extra_settings: Mapping[str, str] | None = None, *, sockets: Path | None = None
) -> EmbeddedPostgres:
    """Start the server of this home, making it first where it is missing (about 1 s once, then 0.1 s).

    Blocks: a coroutine calls it by `asyncio.to_thread`, and the server outlives that thread. `extra_settings`
    are parameters of PostgreSQL that win over ours; `sockets` is where an earlier server of the home listened, so that
    this one has its DSN. Raises EmbeddedPostgresError: one line for the user.
    """
    home = home.expanduser().resolve()
    try:
        account = choose_account(home)
        make_home(home, account)
        lock = take_lock(home)
        try:
            binaries = find_binaries(home, account)
            data = make_cluster(home, account, binaries, lock)
            clear_pid_file(home)
            listening = make_socket_folder(home, account, sockets)
            settings = SETTINGS | {"unix_socket_directories": f'"{listening}"'} | dict(extra_settings or {})
            server = launch(home, account, [str(binaries / "postgres"), "-D", str(data)], settings, listening, lock)
            record_owner(lock, server.dsn)
            return server
        finally:
            os.close(lock)  # The watchdog and the server have it now, for as long as they live.
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
        raise HomeUnusable(home=home, reason=reason) from error


def make_socket_folder(home: Path, account: Account | None, again: Path | None = None) -> Path:
    """`socket/` of the home, or a temporary folder where the kernel takes no path that long; `again`: that one."""
    folder = home / "socket"
    if again not in (None, folder):
        assert again is not None
        again.mkdir(mode=0o700)  # it went with its server: a folder that is there by now is somebody else's
        folder = again
    elif path_is_too_long(folder):
        folder = Path(tempfile.mkdtemp(prefix="surereply-", dir=short_base(home, account)))
    own_folder(folder, account)
    for stale in (folder / SOCKET, folder / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)
    return folder


def path_is_too_long(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) > SOCKET_PATH_BYTES


def short_base(home: Path, account: Account | None) -> Path:
    named = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108 - mkdtemp goes in it
    for base in (Path(name) for name in named if name):
        is_open = account is None or closed_folder(base, account) is None
        if is_open and os.access(base, os.W_OK) and not path_is_too_long(base / "surereply-12345678"):
            return base
    raise HomeUnusable(home=home, reason="its path is too long for a socket, as are all temporary folders' paths")


def launch(
    home: Path,
    account: Account | None,
    program: list[str],
    settings: Mapping[str, str],
    sockets: Path,
    lock: int,
) -> EmbeddedPostgres:
    temporary = [sockets / SOCKET, sockets / f"{SOCKET}.lock", sockets] if sockets.parent != home else []
    order: watchdog_script.Order = {
        "owner": os.getpid(),
        "lock": lock,
        "user": account.uid if account else None,
        "group": account.gid if account else None,
        "command": [*program, *(f"--{name}={value}" for name, value in settings.items())],
        "environment": ENVIRONMENT,
        "temporary": [str(path) for path in temporary],
    }
    log_path = home / "postgres.log"
    with open_log(log_path) as log:
        already_logged = log.tell()
        watchdog = subprocess.Popen(  # noqa: S603 - this Python and a script of our own
            [sys.executable, "-I", "-S", watchdog_script.__file__, json.dumps(order)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(lock,),
            start_new_session=True,  # Ctrl-C in our terminal must not end the database before us.
            cwd="/",
        )
    try:
        pid = wait_until_ready(watchdog, home / "data")
    except BaseException:
        end(watchdog)
        raise
    if pid is None:
        end(watchdog)
        said = log_path.read_bytes()[already_logged:].decode(errors="replace")
        raise ServerFailed(home=home, reason=failure_in(said), log=log_path)
    place = urlencode({"host": str(sockets), "port": PORT}, quote_via=quote, safe="/")
    return EmbeddedPostgres(home, sockets, f"postgresql://{USER}@/postgres?{place}", pid, watchdog)


def open_log(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def wait_until_ready(watchdog: subprocess.Popen[bytes], data: Path) -> int | None:
    """The server's pid once it takes connections; None when it ended, or took too long, instead."""
    assert watchdog.stdout is not None
    pid = int(watchdog.stdout.readline() or 0)
    deadline = time.monotonic() + READY_S
    while watchdog.poll() is None and time.monotonic() < deadline:
        if server_state(data) == (pid, "ready"):
            return pid
        time.sleep(POLL_S)
    return None


def end(watchdog: subprocess.Popen[bytes]) -> None:
    assert watchdog.stdin is not None
    assert watchdog.stdout is not None
    if not watchdog.stdin.closed:
        with suppress(BrokenPipeError):
            watchdog.stdin.write(b"stop")  # A fork of ours can hold the pipe open: closing it says nothing then.
        watchdog.stdin.close()
        watchdog.stdout.close()
    watchdog.wait()
