"""A seed decides everything: played again, the same things happen in the same order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.seeds import play_seed
from support.postgres import SERVER_VARIABLE

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("seed", [11, 37])
def test_a_seed_has_one_history(postgres_server: str, businesses_template: str, seed: int) -> None:
    once = play_seed(postgres_server, businesses_template, seed, whole_story=True)
    again = play_seed(postgres_server, businesses_template, seed, whole_story=True)

    assert once.story == again.story
    assert once.digest == again.digest


def test_it_has_the_same_history_on_the_command_line_of_another_process(
    postgres_server: str, businesses_template: str
) -> None:
    """Also where strings hash to other numbers, so that sets have another order."""
    here = play_seed(postgres_server, businesses_template, 5)
    environment = os.environ | {SERVER_VARIABLE: postgres_server, "PYTHONHASHSEED": "4711"}

    there = subprocess.run(
        [sys.executable, "-m", "simulation", "--seed", "5"], cwd=TESTS, env=environment, capture_output=True, text=True
    )

    assert there.returncode == 0, there.stderr
    assert re.findall(r"history ([0-9a-f]{64})", there.stdout) == [here.digest]
