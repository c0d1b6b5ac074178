"""`surereply lab torture` holds on what we build, and says so in a table, in figures, and on a page of its own."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from surereply.lab.torture.audit import INVARIANTS
from surereply.lab.torture.faults import FAULTS

SECONDS, SEED = 15, 4

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place for everything that is made, which the user whom PostgreSQL runs as may pass through."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o711)
        yield Path(made)


def surereply(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUREREPLY_")}
    return subprocess.run(
        [sys.executable, "-m", "surereply", *arguments],
        env=environment | {"TMPDIR": str(folder), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_is_struck_and_all_holds(folder: Path) -> None:
    report, figures = folder / "report.html", folder / "figures.json"

    done = surereply(
        "lab", "torture", f"--seconds={SECONDS}", f"--seed={SEED}", f"--report={report}", f"--json={figures}",
        folder=folder,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(figures.read_text())
    assert told["held"]
    assert told["drained"]
    assert told["invariants"] == dict.fromkeys(INVARIANTS, 0)
    assert told["kills"] >= 2
    assert told["messages"] >= 50
    assert set(told["troubles"]) <= FAULTS.keys()
    assert told["replay"] == f"surereply lab torture --seconds {SECONDS} --seed {SEED}"
    assert told["replay"] in done.stdout
    assert re.search(r"^sent twice +0 *$", done.stdout, re.MULTILINE)
    assert "All held." in report.read_text()
    assert sorted(path.name for path in folder.iterdir()) == ["figures.json", "report.html"], "nothing is left behind"
