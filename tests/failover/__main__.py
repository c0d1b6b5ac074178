"""`python -m failover --rounds N --seed S`, from `tests/`: destroy primaries under load, as often as you like.

Ends in a table; exit code 0 if nothing acknowledged was lost, nothing was sent twice and every invariant held, else 1.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections import defaultdict

import structlog

from failover.business import open_business
from failover.cluster import open_cluster
from failover.golden import golden, home_of_nodes
from failover.rounds import Outcome, audit, drawn, play
from mutants import MUTANTS


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m failover", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20, help="how often the primary changes (20)")
    arguments.add_argument("--seed", type=int, default=0, help="which trouble follows which (0)")
    arguments.add_argument("--between", type=int, default=100, help="messages acknowledged between two troubles (100)")
    arguments.add_argument("--customers", type=int, default=20, help="who write at the same time (20)")
    arguments.add_argument("--mutant", choices=sorted(MUTANTS), help="plant this bug in the servers: it must be seen")
    given = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    started = time.monotonic()
    outcome = asyncio.run(run(given))
    show(outcome, time.monotonic() - started)
    return 0 if outcome.held else 1


async def run(given: argparse.Namespace) -> Outcome:
    with golden() as made, home_of_nodes() as home:
        async with (
            open_cluster(made.programs, home, made.data) as cluster,
            open_business(cluster.url, seed=given.seed, mutant=given.mutant, at_once=given.customers) as business,
        ):
            silences = await play(cluster, business, drawn(given.rounds, given.seed), between=given.between, told=told)
            await business.end_well()
            await business.work_off(cluster.url)
            return await audit(cluster.primary, business, silences)


def told(name: str, seconds: float) -> None:
    print(f"{seconds:6.2f} s without an acknowledgement: {name}", flush=True)


def show(outcome: Outcome, seconds: float) -> None:
    by_name: defaultdict[str, list[float]] = defaultdict(list)
    for name, silence in outcome.troubles:
        by_name[name].append(silence)
    print(f"\n{'trouble':40} {'times':>6} {'seconds without an acknowledgement':>36}")
    for name, silences in sorted(by_name.items()):
        print(f"{name:40} {len(silences):6} {f'{min(silences):.2f} to {max(silences):.2f}':>36}")
    figures = {
        "seconds": f"{seconds:.0f}",
        "customers": outcome.customers,
        "messages acknowledged": outcome.acknowledged,
        "acknowledged and lost": len(outcome.lost),
        "replies sent": outcome.sent,
        "sent twice": len(outcome.sent_twice),
        "in doubt in the end, listed": outcome.in_doubt,
        "of these, never sent": outcome.in_doubt_unsent,
        "invariants broken": len(outcome.broken),
    }
    print()
    for name, figure in figures.items():
        print(f"{name:40} {figure:>6}")
    for finding in (*outcome.lost, *outcome.sent_twice, *outcome.broken):
        print(finding)


if __name__ == "__main__":
    sys.exit(main())
