"""`surereply …` as a person calls it: in this process, with settings of the test alone, or as a process of its own."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from surereply import cli

FLOWS = Path(__file__).resolve().parents[2] / "flows"
SECRET_KEY = "a secret key of the tests"
ADMIN_TOKEN = "a-token-for-tests-0123456789"


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


def surereply(*arguments: str, settings: Mapping[str, str] | None = None, stdin: str = "") -> Said:
    """Run a command. `settings` are SUREREPLY_… without the prefix; those of the machine do not count."""
    out, err = io.StringIO(), io.StringIO()
    environment = environment_of(settings or {})
    with (
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["surereply", *arguments]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()))),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            assert isinstance(ended.code, int)
            return Said(ended.code, out.getvalue(), err.getvalue())
    raise AssertionError("a command always ends with an exit code")


async def surereply_beside(*arguments: str, settings: Mapping[str, str] | None = None, stdin: str = "") -> Said:
    """The same beside a running loop: a command runs one of its own."""
    with ThreadPoolExecutor(1) as thread:
        call = asyncio.get_running_loop().run_in_executor(
            thread, lambda: surereply(*arguments, settings=settings, stdin=stdin)
        )
        return await call


def start(*arguments: str, settings: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A process of its own, to be sent signals."""
    return subprocess.Popen(
        [sys.executable, "-m", "surereply", *arguments],
        env=environment_of(settings or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    return {**kept, "COLUMNS": "200", **{f"SUREREPLY_{name}": value for name, value in settings.items()}}
