"""`surereply demo`: it holds on what we build, says so when it does not, stays up, and leaves nothing behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from surereply.lab.demo.plan import Plan

PLANTED = Path(__file__).parents[1] / "support" / "planted.py"
COUNTERS = ("sent twice", "lost (on no phone and on no list)", "fields wiped", "questions over the limit")
BUGS = dict(zip(("sends_again", "swallows", "forgets", "asks_on"), COUNTERS, strict=True))
NEVER = (1000.0, 1000.0)
CALM = Plan(customers=9, pace_s=0.05, kills=0, held_after_s=NEVER, fault_share=1.0, patience_s=6.0)
PERFORM = """
import sys
from surereply.lab.demo.plan import Plan
from surereply.lab.demo.run import play
sys.exit(play({plan!r}, once={once}))
"""

pytestmark = pytest.mark.timeout(240)


def program(plan: Plan, server: str, folder: Path, *, once: bool = True) -> tuple[list[str], dict[str, str]]:
    """A demo as a process of its own, without a terminal, on a database server that has other databases."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    settings = {"SUREREPLY_DATABASE_URL": server, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    return [sys.executable, "-c", PERFORM.format(plan=plan, once=once)], environment | settings


def perform(plan: Plan, server: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command, environment = program(plan, server, folder)
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@asynccontextmanager
async def staying(plan: Plan, server: str, folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A demo that stays up, and what it said until then."""
    command, environment = program(plan, server, folder, once=False)
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = ""
    try:
        while "/api/admin/docs" not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
        yield process, said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def counter(name: str, out: str) -> int:
    found = re.search(rf"^{re.escape(name)} +(\d+) *$", out, re.MULTILINE)
    assert found is not None, out
    return int(found[1])


def address(name: str, out: str) -> str:
    found = re.search(rf"{re.escape(name)}.*?(http://\S+)", out)
    assert found is not None, out
    return found[1]


def test_customers_are_served_while_servers_die_and_nothing_is_left(postgres_server: str, tmp_path: Path) -> None:
    plan = Plan(customers=12, pace_s=0.1, kills=2, kill_gap_s=(0.5, 1.5), held_after_s=(1000.0, 1.0))

    performed = perform(plan, postgres_server, tmp_path)

    assert performed.returncode == 0, performed.stdout + performed.stderr
    assert performed.stderr == ""
    assert "between send and answer" in performed.stdout
    assert [counter(name, performed.stdout) for name in COUNTERS] == [0, 0, 0, 0]
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_fails_and_lies_spoils_nothing_and_the_table_says_what_it_proposed(
    postgres_server: str, tmp_path: Path
) -> None:
    performed = perform(replace(CALM, customers=12, fault_share=0.0, with_model=True), postgres_server, tmp_path)

    assert performed.returncode == 0, performed.stdout + performed.stderr
    assert [counter(name, performed.stdout) for name in COUNTERS] == [0, 0, 0, 0]
    table = " ".join(performed.stdout.split())
    calls, answered = counted("model calls, answered", table)
    proposed, sent, refused = counted("rewordings proposed, sent, refused", table)
    assert calls >= answered > 0
    assert proposed == sent + refused
    assert sent > 0
    assert refused > 0
    assert list(tmp_path.iterdir()) == []


def counted(row: str, table: str) -> list[int]:
    found = re.search(rf"{re.escape(row)} ([\d, ]+\d)", table)
    assert found is not None, table
    return [int(number) for number in found[1].split(",")]


@pytest.mark.parametrize(("bug", "name"), BUGS.items(), ids=BUGS)
def test_a_planted_bug_shows_in_its_counter(bug: str, name: str, postgres_server: str, tmp_path: Path) -> None:
    performed = perform(replace(CALM, serve=(sys.executable, str(PLANTED), bug)), postgres_server, tmp_path)

    assert performed.returncode == 1, performed.stdout + performed.stderr
    assert counter(name, performed.stdout) > 0, performed.stdout
    assert list(tmp_path.glob("surereply-demo-*/logs/server-1.log")), "the logs are kept where something failed"


def test_servers_that_do_not_come_up_are_told_in_a_line(postgres_server: str, tmp_path: Path) -> None:
    performed = perform(replace(CALM, serve=(sys.executable, "-c", "raise SystemExit(3)")), postgres_server, tmp_path)

    assert performed.returncode == 2
    assert performed.stdout.splitlines()[-1].startswith("surereply: server 1 did not come up; its log is ")


async def test_it_stays_up_with_a_phone_to_talk_to_until_it_is_told_to_end(
    postgres_server: str, tmp_path: Path
) -> None:
    async with staying(replace(CALM, customers=3), postgres_server, tmp_path) as (process, said):
        page = urlsplit(address("phone: Harbour Dental Clinic", said))
        phone = f"{page.scheme}://{page.netloc}/lab/phones/{page.path.rpartition('/')[2]}"
        async with aiohttp.ClientSession() as http:
            async with http.get(page.geturl()) as shown:
                assert shown.status == 200
            hello = {"type": "text", "text": "hello"}
            async with http.post(f"{phone}/messages?{page.query}", json=hello) as sent:
                assert sent.status == 201
            async with http.get(f"{phone}/stream?{page.query}") as screens:
                while b'"mine":false' not in await screens.content.readuntil(b"\n\n"):
                    pass
        process.send_signal(signal.SIGINT)
        code = await process.wait()

    assert code == 0
    assert os.listdir(tmp_path) == []


async def test_its_servers_end_with_it_when_it_is_killed(postgres_server: str, tmp_path: Path) -> None:
    async with staying(replace(CALM, customers=1), postgres_server, tmp_path) as (process, said):
        server = urlsplit(address("the API, described", said))
        reader, writer = await asyncio.open_connection(server.hostname, server.port)
        process.kill()

        assert await reader.read() == b""
        writer.close()
