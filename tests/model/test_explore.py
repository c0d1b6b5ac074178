"""The search itself: it looks at everything, finds the shortest way, and says so when it was not allowed to end."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from model.explore import Steps, TooManyStates, search

Graph = Mapping[str, Sequence[str]]


class Walk:
    """A model that is a map: where one can go from where. What ends in "!" may be the end."""

    name = "walk"

    def __init__(
        self,
        graph: Graph,
        *,
        always: Mapping[str, Callable[[str], bool]] | None = None,
        each_step: Mapping[str, Callable[[str, str], bool]] | None = None,
    ) -> None:
        self._graph = graph
        self.always = always or {}
        self.each_step = each_step or {}

    def start(self) -> str:
        return "start"

    def steps(self, state: str) -> Steps[str]:
        for then in self._graph.get(state, ()):
            yield f"to {then}", then

    def alike(self, state: str) -> str:
        return state

    def missing(self, state: str) -> str | None:
        return None if state.endswith("!") else "arrives"

    def show(self, state: str) -> str:
        return state


def test_everything_is_looked_at_once() -> None:
    graph = {"start": ["left", "right"], "left": ["home!"], "right": ["home!", "left"], "home!": ["start"]}

    done = search(Walk(graph))

    assert (done.states, done.transitions, done.counterexample) == (4, 6, None)


def test_the_shortest_way_to_a_broken_promise_is_told() -> None:
    graph = {"start": ["detour", "pit"], "detour": ["longer"], "longer": ["pit"], "pit": ["home!"]}

    found = search(Walk(graph, always={"stays dry": lambda state: state != "pit"})).counterexample

    assert found is not None
    assert (found.broken, found.start, found.steps) == ("stays dry", "start", (("to pit", "pit"),))


def test_a_promise_may_be_broken_in_the_first_state() -> None:
    found = search(Walk({}, always={"stays dry": lambda state: state != "start"})).counterexample

    assert found is not None
    assert (found.broken, found.steps) == ("stays dry", ())


def test_a_step_may_break_a_promise_between_two_good_states() -> None:
    graph = {"start": ["up"], "up": ["home!"], "home!": ["up"]}

    found = search(Walk(graph, each_step={"never back": lambda _, after: after != "up" or _ == "start"})).counterexample

    assert found is not None
    assert (found.broken, [state for _, state in found.steps]) == ("never back", ["up", "home!", "up"])


def test_where_nothing_more_can_happen_something_is_missing() -> None:
    graph = {"start": ["home!", "dead end"]}

    found = search(Walk(graph)).counterexample

    assert found is not None
    assert (found.broken, found.how) == ("arrives", "and nothing more can happen")
    assert found.steps == (("to dead end", "dead end"),)


def test_going_on_for_ever_is_no_way_to_arrive() -> None:
    graph = {"start": ["home!", "circle"], "circle": ["round"], "round": ["circle"]}

    found = search(Walk(graph)).counterexample

    assert found is not None
    assert (found.broken, found.how) == ("arrives", "from here no good end can be reached")
    assert found.steps == (("to circle", "circle"),)


def test_a_circle_that_one_can_leave_is_none() -> None:
    graph = {"start": ["circle"], "circle": ["round"], "round": ["circle", "home!"]}

    assert search(Walk(graph)).counterexample is None


def test_promises_that_are_not_asked_for_are_not_looked_at() -> None:
    walk = Walk({"start": ["dead end"]}, always={"stays dry": lambda state: state == "start"})

    assert search(walk, {"something else"}).counterexample is None
    assert search(walk, {"arrives"}).counterexample is not None


def test_a_search_that_was_given_up_shows_nothing() -> None:
    endless = {"start": ["1"], **{str(number): [str(number + 1)] for number in range(100)}}

    with pytest.raises(TooManyStates):
        search(Walk(endless), most_states=50)


class Twins(Walk):
    """Two walkers of whom nobody knows which is which: a state is where the one and the other are."""

    def __init__(self) -> None:
        super().__init__({}, always={"never both away": lambda state: state != "away away"})

    def start(self) -> str:
        return "home home"

    def steps(self, state: str) -> Steps[str]:
        one, other = state.split()
        yield "the one goes", f"away {other}"
        yield "the other goes", f"{one} away"

    def alike(self, state: str) -> str:
        return " ".join(sorted(state.split()))


def test_what_is_taken_for_one_is_told_with_names_that_stay() -> None:
    done = search(Twins())

    assert done.states == 3
    assert done.counterexample is not None
    told = [state for _, state in done.counterexample.steps]
    assert told in (["away home", "away away"], ["home away", "away away"])
    assert {does for does, _ in done.counterexample.steps} == {"the one goes", "the other goes"}
