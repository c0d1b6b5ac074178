"""What a torture is made of: which servers, how many customers, and by seed what strikes when."""

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SERVE = (sys.executable, "-m", "surereply", "serve")
GRACE_S = 2.0  # from the first customer to the first strike
CALM_S = 3.0  # the last strikes end by themselves before everything is mended


@dataclass(frozen=True, slots=True)
class Post:
    """The place of a server: which deployment it belongs to, its roles (None: all), how many processes it keeps."""

    name: str
    deployment: str = "first"
    roles: str | None = None
    processes: int = 1

    @property
    def takes_webhooks(self) -> bool:
        return self.roles is None or "web" in self.roles.split(",")

    @property
    def arguments(self) -> tuple[str, ...]:
        only = () if self.roles is None else ("--only", self.roles)
        return (*only, *(("--processes", str(self.processes)) if self.processes > 1 else ()))

    def does(self, role: str) -> bool:
        return self.roles is None or role in self.roles.split(",")


# Two deployments on one database. Whoever is away, another one has each of the roles.
POSTS = (
    Post("front", "first", "web"),
    Post("gate", "first", "web"),
    Post("thinker", "first", "respond"),
    Post("ponderer", "first", "respond"),
    Post("sender", "first", "dispatch,reconcile"),
    Post("whole", "second"),
    Post("pair", "second", processes=2),
)
TWO = (Post("one"), Post("other"))


@dataclass(frozen=True, slots=True)
class Crowding:
    """How customers come. `most`: no more than so many ever; `most_waiting`: nobody new while so many wait."""

    per_s: float = 7.5
    most: int | None = None
    most_waiting: int = 300
    # Of the customers: who says one thing, and perhaps STOP; who writes on without waiting; the rest are personas.
    callers: float = 0.2
    impatient: float = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """The same seed brings the same customers, the same strikes at the same times, and the same draws of whom."""

    seconds: float = 60.0
    seed: int = 1
    posts: Sequence[Post] = POSTS
    lines_each: int = 4  # of each flow
    crowding: Crowding = Crowding()
    kill_gap_s: tuple[float, float] = (1.7, 2.9)
    stop_gap_s: tuple[float, float] = (6.0, 9.5)  # between two stops of PostgreSQL
    strike_gap_s: tuple[float, float] = (1.2, 2.4)  # between two of all the others
    debounce_ms: int = 50
    max_wait_ms: int = 1000
    operator_waits_s: float = 2.0  # for the echo, before a doubt is sent again
    drain_within_s: float = 240.0
    serve: tuple[str, ...] = SERVE

    @property
    def strikes_until_s(self) -> float:
        return max(self.seconds - CALM_S, self.seconds / 2)


@dataclass(frozen=True, slots=True)
class Appointment:
    """`number` names the draws of the strike, so that they hang on nothing but the seed."""

    at_s: float
    trouble: str
    number: int


def appointments(plan: Plan, *, kills: Sequence[str], stops: Sequence[str], others: Sequence[str]) -> list[Appointment]:
    """When what strikes: kills and stops of PostgreSQL at a pace of their own, the others from a bag that is emptied
    before it is filled again, so that each comes as often as it stands in it."""
    chance = random.Random(f"torture:{plan.seed}")
    drawn = [
        *((at_s, name) for at_s, name in zip(_times(plan, plan.kill_gap_s, chance), _bag(kills, chance), strict=False)),
        *((at_s, name) for at_s, name in zip(_times(plan, plan.stop_gap_s, chance), _bag(stops, chance), strict=False)),
        *(
            (at_s, name)
            for at_s, name in zip(_times(plan, plan.strike_gap_s, chance), _bag(others, chance), strict=False)
        ),
    ]
    return [Appointment(at_s, name, number) for number, (at_s, name) in enumerate(sorted(drawn), start=1)]


def _times(plan: Plan, gap_s: tuple[float, float], chance: random.Random) -> Iterator[float]:
    at_s = GRACE_S + chance.uniform(0, gap_s[1])
    while at_s < plan.strikes_until_s:
        yield at_s
        at_s += chance.uniform(*gap_s)


def _bag(names: Sequence[str], chance: random.Random) -> Iterator[str]:
    while names:
        shuffled = list(names)
        chance.shuffle(shuffled)
        yield from shuffled
