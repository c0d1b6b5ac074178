"""`surereply …` with one bug planted in it, as a process: `python -m mutants.run NAME serve …`."""

import sys
from contextlib import ExitStack

from mutants import PLANTABLE, plant
from surereply import cli

if __name__ == "__main__":
    planted = ExitStack()
    planted.enter_context(plant(PLANTABLE[sys.argv[1]]))
    del sys.argv[1]
    cli.main()
