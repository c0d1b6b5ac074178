"""The troubles of torture and scenarios, in one registry."""

from surereply.lab.torture.faults import database, deliveries, processes, provider, turns, wires
from surereply.lab.torture.faults.registry import FAULTS, Kind, NothingToStrike, Stage, Trouble

MODULES = (processes, turns, database, wires, provider, deliveries)  # each enters its own

__all__ = ["FAULTS", "MODULES", "Kind", "NothingToStrike", "Stage", "Trouble"]
