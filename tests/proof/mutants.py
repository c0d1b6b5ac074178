"""Every bug of the catalogue against every layer: which layer sees it. Writes the table of `docs/proof.md`.

    python -m proof.mutants [--mutant NAME]… [--layer NAME]… [--jobs 2]

Each is planted alone, and the layer runs as it does in CI (torture: for half a minute). A cell that was not run keeps
what stands in the document.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from model import catches
from mutants import MUTANTS
from proof.document import DOCUMENT, write_table

TESTS = Path(__file__).resolve().parents[1]
LONGEST_SECONDS = 900
NOT_CAUGHT, CAUGHT = 0, 1  # exit codes of every layer
MARKS = {CAUGHT: "✓", NOT_CAUGHT: "–", None: " "}

PYTEST = ("-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider")
# What runs a layer, before the bug's name; the models are searched here.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "model": (),
    "properties": (*PYTEST, "properties", "--mutant"),
    "simulation": ("-m", "simulation", "--seeds", "50", "--until-found", "--mutant"),
    "torture": ("-m", "torture.caught"),
    "failover": (*PYTEST, "failover", "--mutant"),
}


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    mutant: str
    layer: str

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, *LAYERS[self.layer], self.mutant)


async def run(cells: Sequence[Cell], jobs: int) -> dict[Cell, int]:
    """The exit code of each. Raises RuntimeError for a layer that could not run at all."""
    slots, results = asyncio.Semaphore(jobs), {}

    async def one(cell: Cell) -> None:
        async with slots:
            results[cell] = await _exit_code(cell)
            write_table("mutants", table(dict(known()) | results))  # hours may go by until the last one
            print(f"{cell.mutant:34} {cell.layer:12} {'caught' if results[cell] else 'not caught'}", flush=True)

    async with asyncio.TaskGroup() as group:
        for cell in cells:
            group.create_task(one(cell))
    return results


async def _exit_code(cell: Cell) -> int:
    if cell.layer == "model":
        return CAUGHT if catches(cell.mutant) else NOT_CAUGHT
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    child = await asyncio.create_subprocess_exec(
        *cell.command,
        cwd=TESTS,
        env={**os.environ, "PYTHONPATH": paths},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            said, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        return CAUGHT  # it hangs: nobody would have overlooked that
    if child.returncode not in (NOT_CAUGHT, CAUGHT):
        raise RuntimeError(f"{' '.join(cell.command)} ended with {child.returncode}:\n{said.decode()[-2000:]}")
    return child.returncode


def table(results: Mapping[Cell, int]) -> str:
    rows = [f"| bug | what it would do | {' | '.join(LAYERS)} |", f"| --- | --- |{' :-: |' * len(LAYERS)}"]
    for name, mutant in MUTANTS.items():
        marks = " | ".join(MARKS[results.get(Cell(name, layer))] for layer in LAYERS)
        rows.append(f"| `{name}` | {mutant.breaks} | {marks} |")
    return "\n".join(rows)


def known() -> Iterator[tuple[Cell, int]]:
    """What the document says already."""
    codes = {mark: code for code, mark in MARKS.items() if code is not None}
    for line in DOCUMENT.read_text().splitlines():
        if found := re.fullmatch(r"\| `(\w+)` \| .* \| " + r" \| ".join(["([✓–]?) *"] * len(LAYERS)) + r" \|", line):
            name, *marks = found.groups()
            yield from ((Cell(name, layer), codes[mark]) for layer, mark in zip(LAYERS, marks, strict=True) if mark)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m proof.mutants", description=__doc__)
    arguments.add_argument("--mutant", action="append", choices=sorted(MUTANTS), help="only these (all)")
    arguments.add_argument("--layer", action="append", choices=LAYERS, help="only these (all)")
    arguments.add_argument("--jobs", type=int, default=2, help="how many at the same time (2)")
    given = arguments.parse_args()
    cells = [Cell(mutant, layer) for layer in given.layer or LAYERS for mutant in given.mutant or MUTANTS]
    results = dict(known()) | asyncio.run(run(cells, given.jobs))
    unseen = [name for name in MUTANTS if not any(results.get(Cell(name, layer)) for layer in LAYERS)]
    if unseen:
        print(f"caught by no layer: {', '.join(unseen)}")
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
