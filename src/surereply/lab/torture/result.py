"""What a torture or a scenario came to, in figures: for the terminal, for a program, for the report."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from surereply import __version__
from surereply.lab.torture.audit import Finding, counts
from surereply.lab.torture.faults import FAULTS
from surereply.lab.torture.histories import Line
from surereply.lab.torture.scene import Happening
from surereply.lab.torture.timeline import Sample

MOST_HISTORIES = 40


@dataclass(frozen=True, slots=True)
class Tally:
    """How much happened."""

    customers: int
    ended: int  # conversations that came to their end
    messages: int
    deliveries: int  # POSTs
    repetitions: int  # updates that were delivered once more
    requests: int  # to send
    accepted: int
    refused: int  # answered with an error, and not accepted
    unheard: int  # accepted, and the answer did not say so
    resent: int  # by the operator, on consent
    kills: int
    database_stops: int
    deploys: int
    ended_by_themselves: int  # servers that could not start while the database was away


@dataclass(frozen=True, slots=True)
class Result:
    """`replay`: the line that does it again."""

    name: str
    replay: str
    seed: int
    seconds: float  # of the storm
    drained_s: float
    drained: bool
    struck: Mapping[str, int]
    missed: Mapping[str, int]
    tally: Tally
    findings: Sequence[Finding]
    happenings: Sequence[Happening] = ()
    samples: Sequence[Sample] = ()
    histories: Mapping[UUID, Sequence[Line]] = field(default_factory=dict)
    logs: str | None = None  # where they are kept, if something did not hold

    @property
    def held(self) -> bool:
        return not self.findings

    @property
    def invariants(self) -> dict[str, int]:
        return counts(self.findings)

    @property
    def faults(self) -> tuple[int, ...]:
        """The numbers of the faults that were done."""
        return tuple(sorted({number for name in self.struck for number in FAULTS[name].faults}))

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "version": __version__,
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "replay": self.replay,
            "seed": self.seed,
            "seconds": round(self.seconds, 1),
            "drained": self.drained,
            "drained_s": round(self.drained_s, 1),
            "held": self.held,
            "invariants": self.invariants,
            "findings": [
                {
                    "invariant": one.invariant,
                    "line": one.line,
                    "conversation_id": str(one.conversation_id) if one.conversation_id else None,
                }
                for one in self.findings
            ],
            "faults": list(self.faults),
            "troubles": {
                name: {"faults": list(FAULTS[name].faults), "struck": self.struck[name]} for name in sorted(self.struck)
            },
            "missed": dict(sorted(self.missed.items())),
            **asdict(self.tally),
            "timeline": [asdict(sample) for sample in self.samples],
            "happenings": [asdict(happening) for happening in self.happenings],
        }
