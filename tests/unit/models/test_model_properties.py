"""Whatever a model answers, judging it raises nothing, and what comes of it can be written down."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.turns import START, Talk, reads, small_flow
from surereply.domain.facts import Context
from surereply.domain.values import storable
from surereply.models.checker import check
from surereply.models.prompts import reading_prompt
from surereply.models.reading import judge
from surereply.models.sight import Bounds, Part, PartKind
from surereply.store.database import to_json

FLOW = small_flow()
CONTEXT = Context(START, asked=("rooms",), known={"service": "moving"})
TEXT = "3 rooms, Sara Haddad, sara@home.example, on the 3rd of April, high floor ٣"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
words = st.sampled_from([TEXT, "3 rooms", "Sara Haddad", "the 3rd of April", "٣", ""]) | st.text(max_size=12)
facts = st.fixed_dictionaries(
    {
        "field": st.sampled_from([*FLOW.fields, "no_such"]) | anything,
        "value": words | anything,
        "words": words | anything,
        "message": st.sampled_from([0, 1, 2, True]) | anything,
    }
)
answers = st.fixed_dictionaries({}, optional={"facts": st.lists(facts, max_size=4) | anything, "signals": anything})


@settings(max_examples=150, deadline=None)
@given(answers)
def test_any_answer_to_a_reading_is_judged_and_kept(answer: dict[str, Any]) -> None:
    judged = judge(FLOW, [CONTEXT], [Talk().message(TEXT)], [reads()], storable(answer))

    kept = json.loads(to_json([judged.readings, judged.proposals]))
    assert len(kept[0]) == 1
    for fact in judged.readings[0].facts:
        assert fact.text
        assert TEXT[fact.start : fact.end] == fact.text


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=3), st.sampled_from(["en", "ar", "es", "fr", "pt", "hi", "ur", "pt-BR"]))
def test_any_rewording_is_checked(proposed: list[str], language: str) -> None:
    part = Part(PartKind.QUESTION, "What is your name?")

    refusals = check(proposed, [part], Bounds(language, part.text))

    assert isinstance(refusals, tuple)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=3))
def test_whatever_customers_write_stands_in_the_data_alone(texts: list[str]) -> None:
    plain = reading_prompt(FLOW, CONTEXT, ["hello"] * len(texts))

    prompt = reading_prompt(FLOW, CONTEXT, texts)

    assert (prompt.instructions, prompt.schema) == (plain.instructions, plain.schema)
    assert [one["text"] for one in json.loads(prompt.data)["messages"]] == texts
