"""The troubles of torture and scenarios, in one registry."""

from surereply.lab.torture.faults import database, deliveries, processes, provider, wires
from surereply.lab.torture.faults.registry import TROUBLES, Kind, NothingToStrike, Stage, Trouble

MODULES = (processes, database, wires, provider, deliveries)  # each enters its own

__all__ = ["MODULES", "TROUBLES", "Kind", "NothingToStrike", "Stage", "Trouble"]
