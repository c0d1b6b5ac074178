"""Which of the functions that bugs are planted in a layer runs at all: a bug elsewhere cannot be caught by it.

`PROBES` is planted like a bug and changes nothing. Every process that runs with it, started inside `noting`, notes the
functions that it ran.
"""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mutants.catalogue import MUTANTS
from mutants.of_models import OF_MODELS
from mutants.planting import Mutant, Probe

FILE = "MUTANTS_REACHED_FILE"  # the environment variable that names it

_noted: set[str] = set()


def _places(mutants: Iterable[Mutant]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(edit.where for mutant in mutants for edit in mutant.edits))


PROBES = Mutant(
    "probes",
    "nothing: it is noted which functions are run",
    tuple(Probe(where) for where in _places((*MUTANTS.values(), *OF_MODELS.values()))),
)


@contextmanager
def noting() -> Iterator[Callable[[], frozenset[str]]]:
    """Gives what has been run until it is asked, as "package.module:function"."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "reached")
        file.touch()
        os.environ[FILE] = str(file)
        try:
            yield lambda: frozenset(file.read_text().split())
        finally:
            del os.environ[FILE]


def note(where: str) -> None:
    """Once a process; a line written at once to a file opened for appending stays in one piece."""
    if where not in _noted:
        _noted.add(where)
        with open(os.environ[FILE], "a") as file:
            file.write(f"{where}\n")


def is_reached(mutant: Mutant, places: frozenset[str]) -> bool:
    """Whether any of what the bug changes was run."""
    return any(edit.where in places for edit in mutant.edits)
