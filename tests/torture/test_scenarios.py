"""Scenarios hold on what we build; and with a bug in the servers, the right figure turns."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.commands import surereply
from surereply.lab.torture.faults import FAULTS
from torture import CATCHES

TESTS = Path(__file__).resolve().parents[1]
AT_ONCE = 3  # they wait for leases most of the time
# What a promise rests on; `python -m torture.caught MUTANT` shows the others of `CATCHES`.
PLANTED = (
    "lease_to_pending",
    "no_fence",
    "blind_resend",
    "no_inbound_key",
    "asynchronous_claim",
    "delete_all_unread",
)
SOUND = (
    "frozen-between-claim-and-send",
    "a-body-of-a-thousand-killed-in-mid-commit",
)

pytestmark = pytest.mark.timeout(400)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(TESTS), *sys.path])
    return subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


def run_all(commands: dict[str, tuple[str, ...]]) -> dict[str, subprocess.CompletedProcess[str]]:
    """All of them, some at the same time."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        running = {name: threads.submit(run, *command) for name, command in commands.items()}
        return {name: future.result() for name, future in running.items()}


def test_a_planted_bug_turns_its_figure() -> None:
    done = run_all({name: ("-m", "torture.caught", name) for name in PLANTED})

    assert {name: one.returncode for name, one in done.items()} == dict.fromkeys(PLANTED, 1), [
        one.stderr for one in done.values() if one.returncode != 1
    ]


def test_a_scenario_is_played_alone_and_holds() -> None:
    done = run_all({name: ("-m", "surereply", "lab", "scenario", name) for name in SOUND})

    assert {name: one.returncode for name, one in done.items()} == dict.fromkeys(SOUND, 0), [
        one.stdout + one.stderr for one in done.values() if one.returncode != 0
    ]


def test_without_a_name_all_scenarios_are_listed() -> None:
    said = surereply("lab", "scenario")

    assert said.code == 0
    assert all(name in said.out for name in FAULTS)


def test_a_scenario_that_does_not_exist_is_told_in_a_line() -> None:
    said = surereply("lab", "scenario", "the-moon-falls-down")

    assert said.code == 2
    assert said.err == "surereply: there is no scenario the-moon-falls-down; `surereply lab scenario` lists them\n"


def test_each_bug_that_is_said_to_be_caught_names_a_scenario() -> None:
    assert {scenario for scenario, _ in CATCHES.values()} <= FAULTS.keys()
