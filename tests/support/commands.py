"""`surereply …` as a person calls it: in this process, with settings of the test alone, or as a process of its own."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from mutants.run import as_planted
from surereply import cli

TESTS = Path(__file__).resolve().parents[1]
FLOWS = TESTS.parent / "flows"
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
        pytest.raises(SystemExit) as ended,
    ):
        cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return Said(code, out.getvalue(), err.getvalue())


async def surereply_beside(*arguments: str, settings: Mapping[str, str] | None = None, stdin: str = "") -> Said:
    """The same beside a running loop: a command runs one of its own."""
    with ThreadPoolExecutor(1) as thread:
        call = asyncio.get_running_loop().run_in_executor(
            thread, lambda: surereply(*arguments, settings=settings, stdin=stdin)
        )
        return await call


class Running:
    """`surereply …` as a process of its own, to be sent signals; what it says is read as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._ready = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def ready(self) -> None:
        """Return when it serves. Raises AssertionError, with what it said, if it ends instead."""
        await self._ready.wait()
        assert self.process.returncode is None, self.lines

    async def end(self, number: int = signal.SIGTERM) -> int:
        """Send the signal and wait for the end; the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.ended()

    async def ended(self) -> int:
        code = await self.process.wait()
        await self._reading
        return code

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode().rstrip())
            if self.lines[-1].startswith("surereply serves at "):
                self._ready.set()
        await self.process.wait()
        self._ready.set()


@asynccontextmanager
async def running(
    *arguments: str, settings: Mapping[str, str] | None = None, program: Sequence[str] = ("surereply",)
) -> AsyncIterator[Running]:
    """Started now, and ended with the block if it did not end before. `program`: a module and its own arguments."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *as_planted(*program, *arguments),
        env=environment_of(settings or {}) | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    started = Running(process)
    try:
        yield started
    finally:
        await started.end()


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    return {**kept, "COLUMNS": "200", **{f"SUREREPLY_{name}": value for name, value in settings.items()}}
