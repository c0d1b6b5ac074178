"""What a trouble is: how it strikes and is mended, how long it lasts, and which faults of the list it does."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from inspect import getdoc

from surereply.lab.torture.plan import TWO, Crowding, Post
from surereply.lab.torture.scene import Scene

FEW = Crowding(per_s=4.0, most=12)


class Kind(StrEnum):
    """The lanes of the timeline."""

    PROCESSES = "processes"
    DATABASE = "database"
    WIRES = "wires"
    PROVIDER = "provider"
    DELIVERIES = "deliveries"


class NothingToStrike(Exception):
    """Just now there is nobody whom it could strike."""


# Strikes when it is entered, yields in a few words what it did, and mends when it is left.
Strike = Callable[[Scene, random.Random], AbstractAsyncContextManager[str]]


@dataclass(frozen=True, slots=True)
class Stage:
    """How a trouble is played alone. `lasts_s`: seconds between strike and mending; `size`: how many, where it asks."""

    posts: Sequence[Post] = TWO
    crowding: Crowding = FEW
    lasts_s: float | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """`faults` are numbers of docs/proof.md's list. `share`: how often it stands in the bag of a torture (0: it is
    played alone)."""

    name: str
    kind: Kind
    says: str
    faults: tuple[int, ...]
    strike: Strike
    lasts_s: tuple[float, float]
    share: int
    stage: Stage


FAULTS: dict[str, Trouble] = {}


def trouble(
    kind: Kind,
    *faults: int,
    lasts_s: tuple[float, float] = (0.0, 0.0),
    share: int = 1,
    stage: Stage | None = None,
) -> Callable[[Callable[[Scene, random.Random], AsyncIterator[str]]], Strike]:
    """Enter what this decorates into the registry, under its own name; its docstring says what it does."""

    def enter(strike: Callable[[Scene, random.Random], AsyncIterator[str]]) -> Strike:
        name = strike.__name__.replace("_", "-")
        struck = asynccontextmanager(strike)
        says = " ".join((getdoc(strike) or "").split())
        FAULTS[name] = Trouble(name, kind, says, faults, struck, lasts_s, share, stage or Stage())
        return struck

    return enter
