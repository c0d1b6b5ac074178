"""Whether a bug is caught by layer 4: `python -m torture.caught MUTANT`; exit code 1 if it is, 0 if not."""

import sys

from rich.console import Console

from surereply.lab.torture.faults import FAULTS
from surereply.lab.torture.plan import Plan
from surereply.lab.torture.result import Result
from surereply.lab.torture.scenario import scenario
from surereply.lab.torture.screen import TortureScreen
from surereply.lab.torture.torture import torture
from torture import CATCHES, SEED

TORTURED_S = 30.0
TRIES = 3


def play(mutant: str, seed: int) -> Result:
    """The scenario that is to catch the bug, or half a minute of everything."""
    serve, screen = (
        (sys.executable, "-m", "mutants.run", mutant, "surereply", "serve"),
        TortureScreen(Console(stderr=True)),
    )
    if mutant in CATCHES:
        result = scenario(FAULTS[CATCHES[mutant][0]], screen, seed=seed, serve=serve)
    else:
        result = torture(Plan(seconds=TORTURED_S, seed=seed, serve=serve), screen)
    if result is None:
        raise KeyboardInterrupt
    screen.result(result)
    return result


def is_caught(mutant: str, result: Result) -> bool:
    """By the invariant that it is known to break, where that is known."""
    known = CATCHES.get(mutant)
    return result.invariants[known[1]] > 0 if known else not result.held


def seeds(mutant: str) -> range:
    """Real time has a part in a scenario: whether a commit was on disk when it crashed is not the seed's alone."""
    return range(SEED, SEED + (TRIES if mutant in CATCHES else 1))


if __name__ == "__main__":
    sys.exit(any(is_caught(sys.argv[1], play(sys.argv[1], seed)) for seed in seeds(sys.argv[1])))
