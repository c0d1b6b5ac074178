"""Every bug of the catalogue against every layer: which layer sees it. Writes the table of `docs/proof.md`.

    python -m proof.mutants [--mutant NAME]… [--layer NAME]… [--missing] [--jobs 2]

Each is planted alone, and the layer runs as it does in CI (torture: the scenario that is to catch it, or half a minute
of everything). First each layer runs once without a bug, and notes which code it runs: bugs elsewhere are not tried. A
cell that was not run keeps what stands in the document.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from model import VARIANTS, catches
from mutants import MUTANTS, PROBES
from mutants.reach import is_reached, noting
from proof.document import DOCUMENT, write_table

TESTS = Path(__file__).resolve().parents[1]
LONGEST_SECONDS = 900


class Seen(Enum):
    """By its mark in the table."""

    CAUGHT = "✓"
    NOT_CAUGHT = "–"
    NOT_REACHED = "·"  # the layer does not run that code


EXIT_CODES = {0: Seen.NOT_CAUGHT, 1: Seen.CAUGHT}  # of every layer

PYTEST = ("-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider")
DOUBTS = "integration/test_reply_doubts.py"
# What runs a layer, before the bug's name; the models are searched here.
LAYERS: Mapping[str, tuple[str, ...]] = {
    "model": (),
    "properties": (*PYTEST, "properties", "--mutant"),
    "simulation": ("-m", "simulation", "--seeds", "50", "--until-found", "--mutant"),
    "torture": ("-m", "torture.caught"),
    "failover": (*PYTEST, "failover", "--mutant"),
    # A test a row of what breaks in the field, and a test a fault, and doubts; the demo plants bugs of its own.
    "cases": (*PYTEST, "acceptance", "faults", DOUBTS, "--ignore", "acceptance/test_demo.py", "--mutant"),
}
# What is run before the rest of its layer, since the bug was found there: it only saves time.
RUN_FIRST: Mapping[str, str] = {
    "answered_whenever": "failover/test_no_standby.py",
    "asynchronous_claim": "failover/test_sends_in_flight.py",
    "bucket_read_for_each_reply": "faults/test_45_46_long_transactions.py",
    "certificate_not_checked": "faults/test_22_23_ways.py",
    "claims_look_all_the_way": "faults/test_45_46_long_transactions.py",
    "clock_waited_out": "faults/test_49_clocks.py",
    "closed_listener_kept": "failover/test_deaf_listener.py",
    "connections_kept": "failover/test_old_primary.py",
    "dies_in_company": "acceptance/test_turn_4_20_failing.py",
    "hints_trusted": "failover/test_deaf_listener.py",
    "keys_pruned_early": "faults/test_02_06_60_webhooks.py",
    "lost_commit_forgotten": "acceptance/test_in_5_to_6_cut_off.py",
    "many_rows_moved_at_once": "faults/test_54_partitions.py",
    "migrated_piecemeal": "failover/test_migrations.py",
    "months_wait_for_readers": "faults/test_54_partitions.py",
    "newer_schema_not_ready": "faults/test_53_two_versions.py",
    "no_primary_is_a_crash": "failover/test_several_hosts.py",
    "old_primary_asked_first": "failover/test_old_primary.py",
    "one_held_row_holds_all": "faults/test_45_held_locks.py",
    "own_database_not_kept": "faults/test_57_own_database.py",
    "pair_of_the_future": "faults/test_49_clocks.py",
    "refusals_unseen": "faults/test_43_disk_full.py",
    "resend_stays_behind": DOUBTS,
    "silence_of_the_deaf": "faults/test_27_33_outside.py",
    "silent_host_waited_for": "failover/test_several_hosts.py",
    "standby_warning_ignored": "failover/test_cut_off_commits.py",
    "stands_still_for_ever": "faults/test_45_held_locks.py",
    "statements_kept_behind_pgbouncer": "failover/test_pgbouncer.py",
    "storm_not_heeded": "faults/test_24_25_answers.py",
    "warning_by_its_words": "failover/test_cut_off_commits.py",
}


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    mutant: str
    layer: str

    def commands(self) -> Iterator[tuple[str, ...]]:
        """The bug is caught if one of them catches it."""
        first = RUN_FIRST.get(self.mutant, "")
        if first and any(first.startswith(part) for part in LAYERS[self.layer]):
            yield (sys.executable, *PYTEST, first, "--mutant", self.mutant)
        yield (sys.executable, *LAYERS[self.layer], self.mutant)


async def run(cells: Sequence[Cell], jobs: int) -> dict[Cell, Seen]:
    """Of each what the layer saw. Raises `RuntimeError` for a layer that could not run, or that fails without a bug."""
    slots, results = asyncio.Semaphore(jobs), {}
    layers = dict.fromkeys(cell.layer for cell in cells)
    reached = {layer: await _reached_by(layer) for layer in layers}

    async def one(cell: Cell) -> None:
        async with slots:
            results[cell] = await _seen(cell) if cell.mutant in reached[cell.layer] else Seen.NOT_REACHED
            write_table("mutants", table(dict(known()) | results))  # hours may go by until the last one
            print(f"{cell.mutant:34} {cell.layer:12} {results[cell].name.lower().replace('_', ' ')}", flush=True)

    async with asyncio.TaskGroup() as group:
        for cell in cells:
            group.create_task(one(cell))
    return results


async def _reached_by(layer: str) -> Collection[str]:
    """The bugs that stand in code which the layer runs."""
    if layer == "model":
        return VARIANTS
    with noting() as places:
        if await _seen(Cell(PROBES.name, layer)) is Seen.CAUGHT:
            raise RuntimeError(f"{layer} fails without a bug")
        reached = [name for name, mutant in MUTANTS.items() if is_reached(mutant, places())]
    print(f"{layer} runs the code of {len(reached)} of {len(MUTANTS)} bugs", flush=True)
    return reached


async def _seen(cell: Cell) -> Seen:
    if cell.layer == "model":
        return Seen.CAUGHT if catches(cell.mutant) else Seen.NOT_CAUGHT
    seen = Seen.NOT_CAUGHT
    for command in cell.commands():
        if seen is Seen.NOT_CAUGHT:
            seen = await _end_of(command)
    return seen


async def _end_of(command: Sequence[str]) -> Seen:
    paths = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    child = await asyncio.create_subprocess_exec(
        *command,
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
        return Seen.CAUGHT  # it hangs: nobody would have overlooked that
    if child.returncode not in EXIT_CODES:
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{said.decode()[-2000:]}")
    return EXIT_CODES[child.returncode]


def table(results: Mapping[Cell, Seen]) -> str:
    rows = [f"| bug | what it would do | {' | '.join(LAYERS)} |", f"| --- | --- |{' :-: |' * len(LAYERS)}"]
    for name, mutant in MUTANTS.items():
        seen = [results.get(Cell(name, layer)) for layer in LAYERS]
        marks = " | ".join(one.value if one else " " for one in seen)
        rows.append(f"| `{name}` | {mutant.breaks} | {marks} |")
    return "\n".join(rows)


def known() -> Iterator[tuple[Cell, Seen]]:
    """What the document says already."""
    mark = f"([{''.join(seen.value for seen in Seen)}]?) *"
    for line in DOCUMENT.read_text().splitlines():
        if found := re.fullmatch(r"\| `(\w+)` \| .* \| " + r" \| ".join([mark] * len(LAYERS)) + r" \|", line):
            name, *marks = found.groups()
            yield from ((Cell(name, layer), Seen(one)) for layer, one in zip(LAYERS, marks, strict=True) if one)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m proof.mutants", description=__doc__)
    arguments.add_argument("--mutant", action="append", choices=sorted(MUTANTS), help="only these (all)")
    arguments.add_argument("--layer", action="append", choices=LAYERS, help="only these (all)")
    arguments.add_argument("--missing", action="store_true", help="only what does not stand in the document yet")
    arguments.add_argument("--jobs", type=int, default=2, help="how many at the same time (2)")
    given = arguments.parse_args()
    cells = [Cell(mutant, layer) for layer in given.layer or LAYERS for mutant in given.mutant or MUTANTS]
    if given.missing:
        cells = [cell for cell in cells if cell not in dict(known())]
    results = dict(known()) | asyncio.run(run(cells, given.jobs))
    unseen = [name for name in MUTANTS if not any(results.get(Cell(name, layer)) is Seen.CAUGHT for layer in LAYERS)]
    if unseen:
        print(f"caught by no layer: {', '.join(unseen)}")
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
