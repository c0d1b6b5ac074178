"""Why a whole state was wrong: by how each wrong field came about, and how many turns each cause alone spoilt."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surereply.domain.facts import Fact, Source
from surereply.domain.flow import Flow

_SHOWN = 25


@dataclass(slots=True)
class StateCauses:
    """One conversation's: what each field that is wrong now came from, and the turns that were lost to it."""

    alone: Counter[str] = field(default_factory=Counter)  # turns whose every wrong field has this one cause
    beside: Counter[str] = field(default_factory=Counter)  # turns in which this cause is one of several
    _since: dict[str, str] = field(default_factory=dict)

    def note(
        self, flow: Flow, turn: Mapping[str, Any], facts: Sequence[Fact], wrong: Mapping[str, str], moved: set[str]
    ) -> None:
        """`wrong`: field → missing, extra or other; `moved`: fields whose value the data changes in this turn."""
        sources = {fact.field: fact.source for fact in facts}
        for name in [name for name in self._since if name not in wrong]:
            del self._since[name]
        for name, how in wrong.items():
            if name not in self._since or name in moved or name in sources:
                kind = flow.fields[name].type.value if name in flow.fields else "no field"
                self._since[name] = f"{kind}: {how}, {_told(turn, name, how, sources)}"
        causes = set(self._since.values())
        (self.alone if len(causes) == 1 else self.beside).update(causes)


def _told(turn: Mapping[str, Any], name: str, how: str, sources: Mapping[str, Source]) -> str:
    """Where the data says that the value came from; for a field that is too many, where we took it from."""
    if how == "extra":
        return "read in words" if sources.get(name) is Source.STATED else "taken from an offer or left to us"
    for where, words in (("said", "said"), ("confirmed", "put to the customer"), ("offered", "offered")):
        if name in turn[where]:
            return words
    return "none of said, put to the customer and offered"


def lost_turns(every: Iterable[StateCauses]) -> dict[str, list[int]]:
    """Cause → turns lost to it alone, and beside others; the largest first."""
    alone: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for one in every:
        alone.update(one.alone)
        beside.update(one.beside)
    ranked = sorted({*alone, *beside}, key=lambda cause: -alone[cause] - beside[cause] / 2)
    return {cause: [alone[cause], beside[cause]] for cause in ranked[:_SHOWN]}
