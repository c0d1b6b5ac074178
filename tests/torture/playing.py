"""A scenario as a process of its own, with or without a bug in its servers: `python -m torture.playing NAME [MUTANT]`.

Prints the figures as JSON; its exit code is the scenario's.
"""

import json
import sys

from rich.console import Console

from surereply.lab.torture.faults import FAULTS
from surereply.lab.torture.plan import SERVE
from surereply.lab.torture.scenario import scenario
from surereply.lab.torture.screen import Screen


def main(name: str, mutant: str | None = None, seed: int = 1) -> int:
    serve = SERVE if mutant is None else (sys.executable, "-m", "mutants.run", mutant, "serve")
    result = scenario(FAULTS[name], Screen(Console(stderr=True)), seed=seed, serve=serve)
    assert result is not None
    print(json.dumps(result.as_json()))
    return 0 if result.held else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
