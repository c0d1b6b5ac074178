"""Half a minute of torture of servers with a bug in them: `python -m proof.torture MUTANT`; exit code 1: seen."""

import sys
from dataclasses import replace

from surereply.lab.torture.plan import Plan
from surereply.lab.torture.torture import run_torture

SECONDS, SEED = 30.0, 1

if __name__ == "__main__":
    plan = Plan(seconds=SECONDS, seed=SEED)
    sys.exit(run_torture(replace(plan, serve=(sys.executable, "-m", "mutants.run", sys.argv[1], "serve"))))
