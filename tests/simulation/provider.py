"""The provider's faults, each of which tells when it strikes."""

from collections.abc import Callable
from datetime import datetime

from surereply.lab.faults import Fault, FaultPlan, Kind, Rule

Met = Callable[[Fault, str], None]


class WatchedFaults(FaultPlan):
    """`meet` adds a rule; whoever added it hears of every request that it strikes."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._met: list[tuple[Fault, Met]] = []

    def meet(self, rule: Rule, met: Met, *, first: bool = False) -> None:
        """`first`: before every other rule."""
        self._met.append((rule.fault, met))
        self.rules.insert(0 if first else len(self.rules), rule)

    def choose(self, phone_number_id: str, recipient: str, kind: Kind, now: datetime) -> Fault | None:
        fault = super().choose(phone_number_id, recipient, kind, now)
        for one, met in self._met:
            if one is fault:
                met(one, recipient)
        return fault
