"""The points of the steps are found on the wires by words that the steps really say."""

from pathlib import Path

import pytest

import surereply.store
from surereply.lab.torture.points import SAID

STORE = Path(surereply.store.__file__).parent
IN = {
    "ingest": "inbox.py",
    "load": "turns.py",
    "fence": "commit.py",
    "turn": "turn_rows.py",
    "ticket": "turn_rows.py",
    "claim": "outbox.py",
    "result": "settling.py",
}


@pytest.mark.parametrize("step", SAID)
def test_a_step_says_its_words_and_no_other_one_does(step: str) -> None:
    saying = {path.name for path in STORE.glob("*.py") if SAID[step].decode() in path.read_text()}

    assert saying == {IN[step]}
