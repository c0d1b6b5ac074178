"""What reading costs: milliseconds a message, memory, and the first message of a new process."""

import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.understanding.flows import flow_of_business
from surereply.understanding import stages
from surereply.understanding.stages import STAGES

_SCRIPT = "from bench.understanding.cost import cold; cold()"


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def by_stage(messages: Iterable[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Stage → p50 and p95 of its milliseconds over all messages."""
    rows = list(messages)
    return {
        stage: {"p50": percentile(spent, 0.5), "p95": percentile(spent, 0.95)}
        for stage in STAGES
        if (spent := [row.get(stage, 0.0) for row in rows])
    }


def package_megabytes() -> dict[str, float]:
    """What the reader ships: its source with the tables in it, and the tables alone."""
    package = Path(stages.__file__).parent
    return {"package_mb": _size(package), "tables_mb": _size(package / "tables")}


def _size(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.suffix not in {".pyc", ""}) / 1e6


def cold() -> None:
    """In a process of its own: import the reader, make a flow's tables, read one message; seconds and megabytes."""
    flow = flow_of_business("clinic", "en")
    before = _resident()
    began = time.perf_counter()
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from surereply.domain.facts import Context
    from surereply.understanding.reader import read_text

    now = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo(flow.business.time_zone))
    read_text(flow, "hi, a cleaning tomorrow at 5, I'm Priya", Context(now=now))
    print(time.perf_counter() - began, _resident(), _resident() - before)


def cold_start() -> tuple[float, float, float]:
    """Seconds, megabytes resident, megabytes that the reader adds."""
    run = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    seconds, resident, added = (float(part) for part in run.stdout.split())
    return seconds, resident, added


def _resident() -> float:
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
