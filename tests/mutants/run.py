"""A program with one bug planted in it, as a process: `python -m mutants.run NAME surereply serve …`.

In a run of tests with `--mutant NAME` the processes that tests start have the bug as well.
"""

import os
import runpy
import sys

from mutants import PLANTABLE, plant

PLANTED = "MUTANTS_PLANTED"  # the environment variable that names the bug of this run


def as_planted(*program: str) -> tuple[str, ...]:
    """What stands behind `python -m`: a module and its arguments, with this run's bug, if there is one."""
    name = os.environ.get(PLANTED)
    return ("mutants.run", name, *program) if name else program


if __name__ == "__main__":
    _, name, *sys.argv = sys.argv
    with plant(PLANTABLE[name]):
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
