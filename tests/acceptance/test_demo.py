"""`surereply demo`: it holds on what we build, and says so when it does not."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from surereply.lab.demo import Plan

PLANTED = Path(__file__).parents[1] / "support" / "planted.py"
SMALL = Plan(customers=9, pace_s=0.05, kills=0, held_after_s=(1000.0, 1000.0), fault_share=1.0)
COUNTERS = ("sent twice", "lost (on no phone and on no list)", "fields wiped", "questions over the limit")
PERFORM = "import sys; from surereply.lab.demo import Plan, play; sys.exit(play({plan!r}, once=True))"


def perform(plan: Plan, server: str) -> subprocess.CompletedProcess[str]:
    """A demo as a process of its own, without a terminal, on a database server that has others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    return subprocess.run(
        [sys.executable, "-c", PERFORM.format(plan=plan)],
        env=environment | {"SUREREPLY_DATABASE_URL": server},
        capture_output=True,
        text=True,
        check=False,
    )


def counter(name: str, out: str) -> int:
    found = re.search(rf"^{re.escape(name)} +(\d+) *$", out, re.MULTILINE)
    assert found is not None, out
    return int(found[1])


async def databases(server: str) -> set[str]:
    connection = await asyncpg.connect(server)
    try:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


@pytest.mark.timeout(180)
def test_customers_are_served_while_servers_die_and_nothing_of_the_demo_is_left(postgres_server: str) -> None:
    plan = Plan(customers=12, pace_s=0.1, kills=2, kill_gap_s=(0.5, 1.5), held_after_s=(1000.0, 1.5), kill_until_s=8.0)

    performed = perform(plan, postgres_server)

    assert performed.returncode == 0, performed.stdout + performed.stderr
    assert performed.stderr == ""
    assert "kill -9" in performed.stdout
    assert [counter(name, performed.stdout) for name in COUNTERS] == [0, 0, 0, 0]
    assert not [name for name in asyncio.run(databases(postgres_server)) if name.startswith("surereply_demo_")]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("bug", "name"), list(zip(("sends_again", "swallows", "forgets", "asks_on"), COUNTERS, strict=True))
)
def test_a_planted_bug_shows_in_its_counter(bug: str, name: str, postgres_server: str) -> None:
    plan = Plan(
        customers=SMALL.customers,
        pace_s=SMALL.pace_s,
        kills=0,
        held_after_s=SMALL.held_after_s,
        fault_share=SMALL.fault_share,
        patience_s=6.0,
        serve=(sys.executable, str(PLANTED), bug),
    )

    performed = perform(plan, postgres_server)

    assert performed.returncode == 1, performed.stdout + performed.stderr
    assert counter(name, performed.stdout) > 0, performed.stdout
