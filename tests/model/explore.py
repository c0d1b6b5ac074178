"""Search every state that a model can reach, breadth first: the shortest way to a broken promise, or none at all."""

import time
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

S = TypeVar("S", bound=Hashable)
Steps: TypeAlias = Iterator[tuple[str, S]]


class Model(Protocol[S]):
    """What may happen. A state is a value: immutable, hashable, and all that the future depends on."""

    @property
    def name(self) -> str: ...

    @property
    def always(self) -> Mapping[str, Callable[[S], bool]]:
        """What holds in every state, by the name of the promise."""

    @property
    def each_step(self) -> Mapping[str, Callable[[S, S], bool]]:
        """What holds from every state to the next."""

    def start(self) -> S: ...

    def steps(self, state: S) -> Steps[S]:
        """Everything that may happen next: who does what, and what is then. A wait for a lock is a step left out."""

    def alike(self, state: S) -> S:
        """One state for all those that differ only in names: processes of one kind are interchangeable."""

    def missing(self, state: S) -> str | None:
        """Which promise is not kept if nothing more ever happens; None where the story may end here."""

    def show(self, state: S) -> str:
        """The state in a line, for a person."""


@dataclass(frozen=True, slots=True)
class Counterexample(Generic[S]):
    """The shortest way to where a promise is broken. `steps`: who does what, and what is then."""

    broken: str
    how: str
    start: S
    steps: tuple[tuple[str, S], ...]


@dataclass(frozen=True, slots=True)
class Search(Generic[S]):
    """What was looked at; `counterexample` is None where every state was, and every promise held."""

    states: int
    transitions: int
    seconds: float
    counterexample: Counterexample[S] | None


def search(model: Model[S], only: Collection[str] | None = None, *, most_states: int = 1_000_000) -> Search[S]:
    """Look at every state. `only`: the promises to look at, all unless said.

    Liveness is: from every state that can be reached, an end can be reached in which nothing is missing. Raises
    `TooManyStates`, since a search that was given up has shown nothing.
    """
    return _Exploration(model, only, most_states).run()


class TooManyStates(Exception):
    """The model has more states than it was allowed to have."""


class _Exploration(Generic[S]):
    def __init__(self, model: Model[S], only: Collection[str] | None, most_states: int) -> None:
        self._model = model
        self._only = only
        self._most_states = most_states
        self._always = [(name, holds) for name, holds in model.always.items() if self._looks_at(name)]
        self._each_step = [(name, holds) for name, holds in model.each_step.items() if self._looks_at(name)]
        self._number: dict[S, int] = {}  # of each state, in the order of their discovery
        self._states: list[S] = []
        self._found_from: list[int] = []
        self._before: list[list[int]] = []  # from where each state is reached
        self._goes_on: list[bool] = []
        self._transitions = 0

    def run(self) -> Search[S]:
        started = time.perf_counter()
        found = self._look_at_all() or self._look_at_ends()
        return Search(len(self._states), self._transitions, time.perf_counter() - started, found)

    def _looks_at(self, name: str) -> bool:
        return self._only is None or name in self._only

    def _look_at_all(self) -> Counterexample[S] | None:
        model, number, states = self._model, self._number, self._states
        first = model.alike(model.start())
        self._add(first, -1)
        if broken := self._broken_in(first):
            return self._counterexample(broken, "in the first state", 0)
        here = 0
        while here < len(states):
            state = states[here]
            for _, then in model.steps(state):
                self._transitions += 1
                self._goes_on[here] = True
                after = model.alike(then)
                for name, holds in self._each_step:
                    if not holds(state, then):
                        return self._counterexample(name, "by the last step", here, then)
                there = number.get(after)
                if there is None:
                    there = self._add(after, here)
                    if broken := self._broken_in(after):
                        return self._counterexample(broken, "in the last state", there)
                self._before[there].append(here)
            here += 1
        return None

    def _add(self, state: S, found_from: int) -> int:
        if len(self._states) >= self._most_states:
            raise TooManyStates(f"more than {self._most_states}")
        self._number[state] = number = len(self._states)
        self._states.append(state)
        self._found_from.append(found_from)
        self._before.append([])
        self._goes_on.append(False)
        return number

    def _broken_in(self, state: S) -> str | None:
        return next((name for name, holds in self._always if not holds(state)), None)

    def _look_at_ends(self) -> Counterexample[S] | None:
        """A state from which no good end can be reached is a promise that nobody can keep any more."""
        missing = [self._missing(state) for state in self._states]
        good = {number for number, name in enumerate(missing) if name is None}
        reaches_good = set(good)
        queue = deque(good)
        while queue:
            for before in self._before[queue.popleft()]:
                if before not in reaches_good:
                    reaches_good.add(before)
                    queue.append(before)
        hopeless = [number for number in range(len(self._states)) if number not in reaches_good]
        if not hopeless:
            return None
        # Where nothing happens any more is plainer to read than where things go on in vain.
        worst = next((number for number in hopeless if not self._goes_on[number]), hopeless[0])
        how = "from here no good end can be reached" if self._goes_on[worst] else "and nothing more can happen"
        return self._counterexample(missing[worst] or "", how, worst)

    def _missing(self, state: S) -> str | None:
        name = self._model.missing(state)
        return name if name is not None and self._looks_at(name) else None

    def _counterexample(self, broken: str, how: str, at: int, last: S | None = None) -> Counterexample[S]:
        way = [at]
        while self._found_from[way[-1]] >= 0:
            way.append(self._found_from[way[-1]])
        path = [self._states[number] for number in reversed(way)]
        start, steps = self._told(path, last)
        return Counterexample(broken, how, start, steps)

    def _told(self, path: Sequence[S], last: S | None) -> tuple[S, tuple[tuple[str, S], ...]]:
        """The way once more from the start, so that each process keeps its name through all of it."""
        model = self._model
        state = start = model.start()
        told: list[tuple[str, S]] = []
        for wanted in [*path[1:], *([model.alike(last)] if last is not None else [])]:
            does, state = next(step for step in model.steps(state) if model.alike(step[1]) == wanted)
            told.append((does, state))
        return start, tuple(told)
