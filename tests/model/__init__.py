"""Layer 1 of the proof: small models of the protocols, of which every state is looked at.

Six models, in the order in which a message meets them: `ingest_turn`, `durability`, `claims`, `handover`, `order`,
`send_settle`. Each is a protocol of the code, a step a statement or a transaction, and says which function a step
stands for. `explore` looks at every state of a model; `catalogue` names the bugs that have to be found.

`PYTHONPATH=tests python -m model` searches everything; `--variant NAME` prints the way to a broken promise.
"""

from model.catalogue import MODELS, VARIANTS, Variant, catches
from model.explore import Counterexample, Search, search

__all__ = ["MODELS", "VARIANTS", "Counterexample", "Search", "Variant", "catches", "search"]
