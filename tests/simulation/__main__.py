"""`python -m simulation --seeds 200`: plays seeds, and tells of each that fails how to play it again, and its story."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context

from mutants import PLANTABLE
from simulation.business import template
from simulation.seeds import Outcome, play_seed, prepare
from simulation.troubles import TROUBLES
from support.postgres import SERVER_VARIABLE, database_name, template_database, temporary_server

HELD, FAILED, WRONG_USE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    seeds = [asked.seed] if asked.seed is not None else list(range(asked.first, asked.first + asked.seeds))
    began = time.monotonic()
    with _server() as server, template_database(server) as schema, template(server, schema) as url:
        outcomes = []
        for outcome in _play_all(server, database_name(url), seeds, asked):
            outcomes.append(outcome)
            _tell(outcome, len(outcomes), len(seeds), asked, time.monotonic() - began)
            if asked.until_found and outcome.findings:
                break
    _sum_up(outcomes, time.monotonic() - began)
    return FAILED if any(outcome.findings for outcome in outcomes) else HELD


def _server() -> AbstractContextManager[str]:
    """The one that is set, or one of this run's own."""
    return nullcontext(os.environ[SERVER_VARIABLE]) if SERVER_VARIABLE in os.environ else temporary_server()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("simulation", description="Customers talk, everything fails; a seed replays it.")
    parser.add_argument("--seeds", type=int, default=50, metavar="N", help="how many, from --first on")
    parser.add_argument("--first", type=int, default=1, metavar="N")
    parser.add_argument("--seed", type=int, metavar="N", help="this one alone, with its whole story")
    parser.add_argument("--verbose", action="store_true", help="the whole story of every seed")
    parser.add_argument("--mutant", choices=sorted(PLANTABLE), help="with this bug planted in the code")
    parser.add_argument("--until-found", action="store_true", help="stop at the first seed in which something is found")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes side by side")
    return parser


def _play_all(server: str, template_name: str, seeds: Sequence[int], asked: argparse.Namespace) -> Iterator[Outcome]:
    jobs = min(asked.jobs, len(seeds))
    whole = asked.verbose or asked.seed is not None
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=prepare, initargs=(asked.mutant,)
    ) as pool:
        playing = [pool.submit(play_seed, server, template_name, seed, whole_story=whole) for seed in seeds]
        try:
            for done in as_completed(playing):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _tell(outcome: Outcome, count: int, of: int, asked: argparse.Namespace, seconds: float) -> None:
    mutant = f" --mutant {asked.mutant}" if asked.mutant else ""
    if outcome.findings:
        _clear()
        again = f'make simulate ARGS="--seed {outcome.seed}{mutant}"'
        print(f"✗ seed {outcome.seed}: {len(outcome.findings)} findings   {again}")
    if outcome.findings or asked.verbose or asked.seed is not None:
        print("\n".join(f"    {line}" for line in outcome.story))
        print(f"    history {outcome.digest}", flush=True)
    elif sys.stdout.isatty():
        print(f"\r  {count} of {of} seeds, {seconds:.0f} s", end="", flush=True)
    elif count % 25 == 0:
        print(f"  {count} of {of} seeds, {seconds:.0f} s", flush=True)


def _clear() -> None:
    if sys.stdout.isatty():
        print("\r\x1b[K", end="")


def _sum_up(outcomes: Sequence[Outcome], seconds: float) -> None:
    _clear()
    failed = [outcome for outcome in outcomes if outcome.findings]
    print(f"{len(outcomes)} seeds in {seconds:.0f} s: {_total(one.customers for one in outcomes)} customers, "
          f"{_total(one.messages for one in outcomes)} messages, {_total(one.turns for one in outcomes)} turns, "
          f"{_total(one.replies for one in outcomes)} replies")  # fmt: skip
    struck: Counter[str] = Counter()
    for outcome in outcomes:
        struck.update(outcome.struck)
    print("troubles, and how often they struck:")
    for name, trouble in TROUBLES.items():
        faults = ", ".join(map(str, trouble.faults))
        print(f"  {name:<34}{struck[name]:>7}{f'   faults {faults}' if faults else ''}")
    print(f"findings: {_total(len(one.findings) for one in failed)}"
          + (f" in seeds {', '.join(str(one.seed) for one in failed)}" if failed else "; everything held"))  # fmt: skip


def _total(numbers: Iterable[int]) -> int:
    return sum(numbers)


if __name__ == "__main__":
    sys.exit(main())
