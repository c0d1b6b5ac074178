"""Bugs to plant in the real code, one at a time, and to see caught. Nothing in `src/` knows of them.

A mutant edits the source of a function. Planting swaps the function's code, so every caller runs it, however it was
imported; a mutant whose text is no longer there cannot rot unseen, it fails to plant.

`pytest --mutant NAME` plants one for a whole run; `python -m mutants.run NAME surereply serve …` is a process with the
bug in it.
"""

from mutants.catalogue import MUTANTS
from mutants.of_models import OF_MODELS
from mutants.planting import Edit, Mutant, Unplantable, edit, plant
from mutants.reach import PROBES

# All that can be asked for by name. The proof's table is about `MUTANTS`.
PLANTABLE = MUTANTS | OF_MODELS | {PROBES.name: PROBES}

__all__ = ["MUTANTS", "OF_MODELS", "PLANTABLE", "PROBES", "Edit", "Mutant", "Unplantable", "edit", "plant"]
