"""Which reports follow an accepted send, in which order and how often."""

import random
from dataclasses import dataclass

SENT = "sent"
DELIVERED = "delivered"
READ = "read"
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Reporting:
    """How sends are reported: `stages` in order, `delay_s` apart; a share of `withheld` never is."""

    stages: tuple[str, ...] = (SENT, DELIVERED)
    delay_s: float = 0.0
    copies: int = 1
    shuffled: bool = False
    before_answer: bool = False  # the reports are delivered before the sender gets its answer
    withheld: float = 0.0
    echoes_callback: bool = True
    failed_code: int = 131026

    @property
    def reaches_phone(self) -> bool:
        """Reported as failed means that the customer sees nothing, unless a delivery is reported too."""
        return FAILED not in self.stages or DELIVERED in self.stages or READ in self.stages

    def plan(self, chance: random.Random) -> list[tuple[str, float]]:
        """(stage, seconds after acceptance) of each report to come."""
        if self.withheld and chance.random() < self.withheld:
            return []
        stages = [stage for stage in self.stages for _ in range(self.copies)]
        if self.shuffled:
            chance.shuffle(stages)
        return [(stage, (place + 1) * self.delay_s) for place, stage in enumerate(stages)]
