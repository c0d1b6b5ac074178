"""`make bench-readers`: the pipeline with today's reader and with an earlier revision's, by turns, in pairs."""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import uvloop

import surereply
from bench.pipeline.business import Group, database, free_port, open_shop, serving
from bench.pipeline.load import Load
from bench.pipeline.machine import bootstrapped, look

FIRST_VERSION = "195dbb3"
ROLES = "web,respond,dispatch,reconcile"
_READER = "src/surereply/understanding"
_WARM_UP_RATE, _WARM_UP_SECONDS = 100, 3


async def measure(source: Path, pairs: int, seconds: float, customers: int, processes: int) -> dict[str, Any]:
    """Messages a second at saturation, and the server's CPU milliseconds a message; earlier first in every second pair.

    `source`: a source tree that differs from ours in the reader alone.
    """
    rates, costs = [], []
    with database() as server:
        numbers = await open_shop(server.dsn, 50, messages_per_second=40, read_marks=True)
        load = Load(numbers, 1)
        api_port = free_port()
        with closing(await load.listen(api_port)):
            for pair in range(pairs):
                both: dict[bool, tuple[float, float]] = {}
                for earlier in [True, False] if pair % 2 == 0 else [False, True]:
                    tree = source if earlier else None
                    both[earlier] = await _one(load, server.dsn, api_port, tree, seconds, customers, processes)
                rates.append(both[False][0] / both[True][0])
                costs.append(both[False][1] / both[True][1])
                print(
                    f"pair {pair + 1}: {both[True][0]:.0f} → {both[False][0]:.0f} messages/s, "
                    f"{both[True][1]:.2f} → {both[False][1]:.2f} CPU ms a message",
                    flush=True,
                )
    return {"messages_per_s": _ratio(rates), "cpu_ms_a_message": _ratio(costs)}


async def _one(
    load: Load, dsn: str, api_port: int, source: Path | None, seconds: float, customers: int, processes: int
) -> tuple[float, float]:
    port = free_port()
    async with serving(dsn, api_port, port, [Group("server", ROLES, processes)], source) as pids:
        await load.connect(port)
        await load.open_loop(_WARM_UP_RATE, _WARM_UP_SECONDS)  # connections, plans, the flow's tables
        before = await look(dsn, pids)
        figures = await load.closed_loop(customers, seconds)
        spent = (await look(dsn, pids)).since(before)
        load.forget_waiting()
    answered = max(figures.answered, 1)
    return answered / (figures.ended - figures.began), spent.cpu["server"] * 1_000 / answered


def _ratio(ratios: list[float]) -> dict[str, Any]:
    low, high = bootstrapped(ratios)
    return {"pairs": ratios, "ratio": statistics.fmean(ratios), "interval": [low, high]}


def tree_with_reader_of(revision: str, folder: Path) -> Path:
    """Our source in `folder`, with the reader of `revision`: what to put on the path. Raises CalledProcessError."""
    ours = Path(surereply.__file__).parent
    root = ours.parents[1]
    shutil.copytree(ours, folder / "src" / "surereply", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.rmtree(folder / _READER)
    archive = subprocess.run(["git", "-C", root, "archive", revision, _READER], capture_output=True, check=True)
    subprocess.run(["tar", "x", "-C", folder], input=archive.stdout, check=True)
    return folder / "src"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-readers", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--revision", default=FIRST_VERSION, help="whose reader is compared")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            source = tree_with_reader_of(arguments.revision, Path(folder))
        except subprocess.CalledProcessError as failed:
            print(f"bench-readers: revision {arguments.revision}: {failed.stderr.decode().strip()}", file=sys.stderr)
            return 2
        print(f"{platform.machine()}, Python {platform.python_version()}; reader of {arguments.revision} → ours")
        sizes = (arguments.pairs, arguments.seconds, arguments.customers, arguments.processes)
        figures = uvloop.run(measure(source, *sizes))
    for name, row in figures.items():
        print(f"{name}: ratio {row['ratio']:.3f}, 95 % interval {row['interval'][0]:.3f} to {row['interval'][1]:.3f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
