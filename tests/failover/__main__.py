"""`python -m failover --rounds N --seed S`, from `tests/`: destroy primaries under load, as often as you like.

Ends in a table. Exit code 0 if nothing acknowledged was lost, nothing was sent twice and every invariant held, else 1.
"""

import argparse
import asyncio
import os
import sys
import time
from collections import defaultdict

from failover.business import open_business
from failover.cluster import open_cluster
from failover.golden import Golden, golden, home_of_nodes
from failover.nodes import open_node
from failover.rounds import OF_ONE_NODE, OF_THREE_NODES, Outcome, Silence, drawn, end_and_audit, play
from mutants import PLANTABLE
from mutants.run import PLANTED
from support.quiet import log_nothing


def main() -> int:
    given = arguments()
    log_nothing()
    if given.mutant:
        os.environ[PLANTED] = given.mutant
    started = time.monotonic()
    with golden() as made:
        silences, outcome = asyncio.run((one_node if given.one_node else three_nodes)(made, given))
    show(silences, outcome, time.monotonic() - started)
    return 1 if outcome.failures else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often the database is struck (20)")
    parser.add_argument("--seed", type=int, default=0, help="which trouble follows which (0)")
    parser.add_argument("--between", type=int, default=100, help="messages acknowledged between two troubles (100)")
    parser.add_argument("--customers", type=int, default=20, help="who write at the same time (20)")
    parser.add_argument("--one-node", action="store_true", help="one node, killed and stopped at once, not three")
    parser.add_argument("--mutant", choices=sorted(PLANTABLE), help="plant this bug in the servers: it must be seen")
    return parser.parse_args()


async def three_nodes(made: Golden, given: argparse.Namespace) -> tuple[list[Silence], Outcome]:
    with home_of_nodes() as home:
        async with (
            open_cluster(made.programs, home, made.data) as cluster,
            open_business(cluster.url, seed=given.seed, at_once=given.customers) as business,
        ):
            troubles = drawn(OF_THREE_NODES, given.rounds, given.seed)
            silences = await play(cluster, business, troubles, between=given.between, told=told)
            return silences, await end_and_audit(lambda: cluster.primary, cluster.url, business)


async def one_node(made: Golden, given: argparse.Namespace) -> tuple[list[Silence], Outcome]:
    with home_of_nodes() as home:
        async with (
            open_node(made.programs, home, made.data) as node,
            open_business(node.url, seed=given.seed, at_once=given.customers) as business,
        ):
            troubles = drawn(OF_ONE_NODE, given.rounds, given.seed)
            silences = await play(node, business, troubles, between=given.between, told=told)
            return silences, await end_and_audit(lambda: node, node.url, business)


def told(silence: Silence) -> None:
    print(f"{silence.seconds:6.2f} s without an acknowledgement: {silence.trouble}", flush=True)


def show(silences: list[Silence], outcome: Outcome, seconds: float) -> None:
    by_name: defaultdict[str, list[float]] = defaultdict(list)
    for silence in silences:
        by_name[silence.trouble].append(silence.seconds)
    print(f"\n{'trouble':40} {'times':>6} {'seconds without an acknowledgement':>36}")
    for name, times in sorted(by_name.items()):
        print(f"{name:40} {len(times):6} {f'{min(times):.2f} to {max(times):.2f}':>36}")
    figures = {
        "seconds": round(seconds),
        "rounds": len(silences),
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
    for failure in outcome.failures:
        print(failure)


if __name__ == "__main__":
    sys.exit(main())
