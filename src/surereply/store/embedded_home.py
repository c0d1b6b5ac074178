"""The folder that holds our own PostgreSQL: where it is, who holds it, and which user its data belongs to."""

import fcntl
import os
import pwd
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

OWNER_END_S = 1.0  # for one that is being killed while its successor starts
ORPHAN_STOP_S = 75.0  # longer than a watchdog takes at most
POLL_S = 0.01


class EmbeddedPostgresError(Exception):
    """PostgreSQL cannot run in {home}."""

    def __init__(self, **facts: object) -> None:
        super().__init__(" ".join((self.__doc__ or type(self).__name__).split()).format(**facts))


class HomeInUse(EmbeddedPostgresError):
    """{home} is in use by process {pid}: stop that one, or set SUREREPLY_HOME to another folder."""


class HomeUnusable(EmbeddedPostgresError):
    """{home} cannot hold the database ({reason}): repair that, or set SUREREPLY_HOME to another folder."""


class HomeClosed(EmbeddedPostgresError):
    """{home} lies in {closed}, closed to the user {user} that PostgreSQL runs as when started by root:
    set SUREREPLY_HOME to a folder outside of it, such as /var/lib/surereply."""


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user PostgreSQL runs as when we are root, as whom it refuses to run."""

    uid: int
    gid: int
    name: str


def find_home(settings_home: Path | None) -> Path:
    """The folder that is set, or else the platform's data folder (XDG base directories; Apple's)."""
    if settings_home is not None:
        return settings_home.expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "surereply"
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "surereply"
    account = choose_account(home)
    if account and closed_folder(home, account):  # as root's own folders are
        return Path("/var/lib/surereply")
    return home


def choose_account(home: Path) -> Account | None:
    """As root, the user whom the data belongs to, or else `nobody`; None when not root: it runs as us."""
    if os.geteuid() != 0:
        return None
    for folder in (home / "data", home):
        with suppress(OSError, KeyError):
            owner = folder.stat()
            if owner.st_uid != 0:
                return Account(owner.st_uid, owner.st_gid, pwd.getpwuid(owner.st_uid).pw_name)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid, nobody.pw_name)


def make_home(home: Path, account: Account | None) -> None:
    closed = closed_folder(home, account) if account else None
    if account and closed:
        raise HomeClosed(home=home, closed=closed, user=account.name)
    missing = [folder for folder in (home, *home.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711 if account else 0o700)  # Only what we just made; the account must pass through it.


def closed_folder(path: Path, account: Account) -> Path | None:
    """The first existing folder on the way to `path`, itself included, that the account may not enter."""
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            return None
        entry = folder.stat()
        if entry.st_uid == account.uid:
            may_enter = entry.st_mode & 0o100
        elif entry.st_gid == account.gid:
            may_enter = entry.st_mode & 0o010
        else:
            may_enter = entry.st_mode & 0o001
        if not may_enter:
            return folder
    return None


def own_folder(folder: Path, account: Account | None) -> None:
    """A private folder of the user PostgreSQL runs as."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def take_lock(home: Path) -> int:
    """A descriptor that holds the home, to be handed down to every process of its server.

    So a free lock promises that none of them lives; a held one whose owner is dead, that they are ending.
    """
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        began = time.monotonic()
        while not try_lock(lock):
            owner = recorded_owner(lock)
            if time.monotonic() - began > (OWNER_END_S if process_lives(owner) else ORPHAN_STOP_S):
                raise HomeInUse(home=home, pid=owner)
            if not process_lives(owner):
                stop_orphan(home / "data")
            time.sleep(POLL_S)
        record_owner(lock)
    except BaseException:
        os.close(lock)
        raise
    return lock


def try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def recorded_owner(lock: int) -> int:
    """0 for the moment in which another program holds the lock and has not yet written who it is."""
    written = os.pread(lock, 4096, 0).partition(b"\n")[0]
    return int(written) if written.isdigit() else 0


def record_owner(lock: int, dsn: str = "") -> None:
    written = f"{os.getpid()}\n{dsn}\n".encode()
    # Never empty in between: a rival that reads no living owner there would take our server for an orphan.
    os.pwrite(lock, written, 0)
    os.ftruncate(lock, len(written))


def running_dsn(home: Path) -> str | None:
    """Where the server that another program runs in this home takes connections; None while there is none."""
    with suppress(FileNotFoundError), (home / "lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read().partition("\n")[2].strip() or None
    return None


def stop_orphan(data: Path) -> None:
    """A server outlives a watchdog that was killed where the kernel does not tie the two (macOS)."""
    pid, _ = server_state(data)
    if serves(pid, data):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)


def clear_pid_file(home: Path) -> None:
    """Remove a pid file whose pid belongs to something else by now; a dead one's PostgreSQL judges by itself.

    For the holder of the lock only: it knows that no process of our earlier server is left.
    """
    pid, _ = server_state(home / "data")
    if serves(pid, home / "data"):
        raise HomeInUse(home=home, pid=pid)
    if process_lives(pid):
        (home / "data" / "postmaster.pid").unlink()


def server_state(data: Path) -> tuple[int, str]:
    """(pid, status) of the server's pid file, (0, "") without one; the status is `ready` once it serves."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return 0, ""
    pid = int(lines[0]) if lines and lines[0].isdecimal() else 0
    return pid, lines[7].strip() if len(lines) > 7 else ""


def serves(pid: int, data: Path) -> bool:
    """Whether a process is a PostgreSQL on this very folder, and not something else with its old pid."""
    if not process_lives(pid):
        return False
    if not Path("/proc/self").exists():
        command = ["ps", "-p", str(pid), "-o", "command="]
        shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
        return "postgres" in shown and f"-D {data}" in shown
    process = Path("/proc") / str(pid)
    try:
        program = Path(os.readlink(process / "exe").removesuffix(" (deleted)"))
        return program.name == "postgres" and (process / "cwd").samefile(data)
    except OSError:  # ended meanwhile, or another user's, who could not open our data
        return False


def process_lives(pid: int) -> bool:
    """A killed process that its parent has not yet waited for (a zombie) counts as dead where we can tell."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with suppress(OSError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return True
