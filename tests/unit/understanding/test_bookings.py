"""Bookings of a table: the learned chunker says where words end; its answer is the same every time."""

import itertools
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bench.understanding.flows import flow_of_names

from surereply.domain.facts import Context
from surereply.understanding.bookings import booked_fields
from surereply.understanding.chunker import TAGS, best_path, shipped_weights, spans_of
from surereply.understanding.fields import FieldWords
from surereply.understanding.lexicon import lexicon_for
from surereply.understanding.reader import FlowReader

NOW = datetime(2026, 3, 2, 9, tzinfo=ZoneInfo("Europe/London"))
WHOLE = {"people": "count", "date": "date", "time": "time", "first_name": "person", "last_name": "person"}


def read(text: str, types: dict[str, str], **around: Any) -> dict[str, Any]:
    facts = FlowReader(flow_of_names(types)).read_text(text, Context(now=NOW, **around)).facts
    return {fact.field: fact for fact in facts if fact.confidence >= 0.7}


def test_a_name_inside_a_booking_is_read_without_a_cue() -> None:
    facts = read("I have a reservation for Linwood Megee at 8:15 tomorrow", WHOLE)

    assert (facts["first_name"].value, facts["last_name"].value) == ("Linwood", "Megee")


def test_words_end_where_the_chunker_ends_them_and_values_stay() -> None:
    facts = read("book a table for 4 people at 19:45", WHOLE)

    assert (facts["people"].text, facts["people"].value) == ("4 people", 4)
    assert (facts["time"].text, facts["time"].value) == ("19:45", "19:45")


@pytest.mark.parametrize("left_out", ["people", "first_name"])
def test_flows_that_take_no_whole_bookings_are_read_by_rules_alone(left_out: str) -> None:
    types = {name: kind for name, kind in WHOLE.items() if name != left_out}

    views = FieldWords(flow_of_names(types), lexicon_for(("en",))).views

    assert booked_fields(views) == {}


def test_a_span_goes_on_behind_its_own_kind_alone() -> None:
    time, inside_date = TAGS.index("B-time"), TAGS.index("I-date")
    first, second = [0] * len(TAGS), [0] * len(TAGS)
    first[time], second[inside_date] = 10, 10

    path = best_path([first, second], [[0] * len(TAGS) for _ in TAGS])

    assert [span.kind for span in spans_of(path)] != ["time", "date"]
    assert all(TAGS[tag] != "I-date" or TAGS[before].endswith("-date") for before, tag in itertools.pairwise(path))


def test_weights_are_whole_numbers_for_every_tag() -> None:
    weights = shipped_weights()

    assert all(len(scores) == len(TAGS) and all(type(s) is int for s in scores) for scores in weights.features.values())
