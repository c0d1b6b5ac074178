"""Every promise holds in every state of every model; each bug breaks the promise that it must, and tells how."""

from collections.abc import Mapping
from typing import Any

import pytest

from model import MODELS, VARIANTS, catches, search
from model.__main__ import print_variant
from model.catalogue import Variant
from model.explore import Search
from model.ingest_turn import IngestTurn
from model.telling import row, table, trace
from mutants import MUTANTS

# A search that looked at less has lost a part of the world: no process dies, nobody acts, nothing is delivered again.
LEAST_STATES: Mapping[str, int] = {
    "ingest and turn": 20_000,
    "durability": 9_000,
    "claims in doubt": 800,
    "handover": 250,
    "order of replies": 400,
    "send and settle": 50_000,
}
LONGEST_TRACE = 21  # two turns, of which one outlives its lease, take so many steps
OF_OTHER_DESIGNS = {"one_snapshot", "mark_before_commit"}


@pytest.mark.parametrize("name", MODELS)
def test_every_promise_holds_in_every_state(name: str) -> None:
    model = MODELS[name](frozenset())

    done = search(model)

    assert done.counterexample is None, trace(model, done.counterexample)
    assert done.states >= LEAST_STATES[name]
    assert done.transitions > done.states


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_every_bug_breaks_the_promise_that_it_must(variant: Variant) -> None:
    found = variant.search().counterexample

    assert found is not None
    assert found.broken == variant.breaks
    assert 0 < len(found.steps) <= LONGEST_TRACE


def test_the_reply_key_stands_behind_the_fence_and_is_missed_only_when_the_fence_is_down() -> None:
    without_fence = search(IngestTurn({"no_fence"}, quiet=True), {"one reply a reason"})
    without_key = search(IngestTurn({"no_reply_key"}, quiet=True))
    without_both = search(IngestTurn({"no_fence", "no_reply_key"}, quiet=True), {"one reply a reason"})

    assert without_fence.counterexample is None
    assert without_key.counterexample is None
    assert without_both.counterexample is not None


def test_bugs_have_the_names_that_the_other_layers_give_them() -> None:
    assert VARIANTS.keys() - MUTANTS.keys() == OF_OTHER_DESIGNS


def test_who_asks_what_this_layer_catches_gets_what_a_search_found() -> None:
    assert catches("ticket_do_nothing") == "ingest and turn"
    assert catches("no_reply_key") == "ingest and turn (beside no_fence)"
    assert catches("fields_wiped") is None


class InOtherWords:
    """A model whose states are all looked at, also those that differ in names alone."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def alike(self, state: Any) -> Any:
        return state


@pytest.mark.parametrize("name", ["no_fence", "replies_out_of_order", "policy_behind_a_later_reply", "echo_ignored"])
def test_states_that_are_taken_for_one_hide_nothing(name: str) -> None:
    variant = VARIANTS[name]

    each: Search[Any] = search(InOtherWords(variant.model), most_states=100_000)

    together = variant.search()
    assert each.counterexample is not None
    assert together.counterexample is not None
    assert each.counterexample.broken == together.counterexample.broken
    assert len(each.counterexample.steps) == len(together.counterexample.steps)
    assert each.states >= together.states


def test_a_trace_reads_as_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    failed = print_variant("duplicates_write_nothing")

    assert failed == 0
    assert capsys.readouterr().out.splitlines() == [
        "durability, with duplicates_write_nothing",
        "",
        "     log: empty; 0 of it on the standby; accepted copies: 0",
        "  1. Meta delivers; receiver A writes the message, and waits",
        "       → log: message; 0 of it on the standby; accepted copies: 0",
        "  2. the wait for the message is cancelled; receiver A does not count it, and answers 503",
        "  3. Meta delivers; receiver A finds a repetition, writes nothing, and answers 200",
        "  4. the primary is destroyed; the standby is promoted",
        "       → log: empty; the standby is the primary now; accepted copies: 0",
        "broken in the last state: “kept once”",
    ]


def test_the_table_says_what_was_looked_at() -> None:
    variant = VARIANTS["mark_before_commit"]

    told = table([row("ingest and turn", variant.name, variant.search())])

    head, line = told.splitlines()
    assert head.split() == ["model", "variant", "states", "transitions", "seconds", "verdict"]
    assert line.startswith("ingest and turn  mark_before_commit")
    assert line.endswith("breaks “kept once” in 3 steps")
