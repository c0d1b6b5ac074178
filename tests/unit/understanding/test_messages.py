"""Messages that are not only words: taps, media, locations, contact cards."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from surereply.domain.facts import Context, Reading, Signal, Source, WhyRefused
from surereply.domain.flow import Flow
from surereply.domain.message import Location, Message, MessageKind
from surereply.understanding.reader import read, reader_for

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))


def sent(flow: Flow, kind: MessageKind, text: str = "", asked: str = "", **more: Any) -> Reading:
    around = {"confirmed": more.pop("confirmed", {})}
    message = Message(UUID(int=1), "wamid.1", kind, text, NOW, NOW, **more)
    return read(flow, message, Context(now=NOW, asked=tuple(asked.split()), **around))


@pytest.mark.parametrize(
    ("tap", "field", "value"),
    [
        ("f:licence:freezone", "licence", "freezone"),
        ("f:service:VISIT_VISA", "service", "VISIT_VISA"),
        ("f:pets:no", "pets", False),
        ("f:languages:urdu", "languages", ["urdu"]),
    ],
)
def test_a_tap_counts_as_the_answer_it_stands_for(flow: Flow, tap: str, field: str, value: Any) -> None:
    """TURN-9"""
    (fact,) = sent(flow, MessageKind.TAP, "Its title", tap=tap).facts

    assert (fact.field, fact.value, fact.source, fact.confidence) == (field, value, Source.TAPPED, 1.0)
    assert fact.message_id == UUID(int=1)


def test_a_tapped_yes_confirms(flow: Flow) -> None:
    reading = sent(flow, MessageKind.TAP, "Yes", tap="c:nationality:yes", confirmed={"nationality": ["IN"]})

    assert [(fact.value, fact.source) for fact in reading.facts] == [("IN", Source.CONFIRMED)]
    assert Signal.YES in reading.signals


def test_a_tapped_no_confirms_nothing(flow: Flow) -> None:
    reading = sent(flow, MessageKind.TAP, "No", tap="c:nationality:no", confirmed={"nationality": ["IN"]})

    assert reading.facts == ()
    assert Signal.NO in reading.signals


@pytest.mark.parametrize("tap", ["", "x", "f:unknown:a", "f:licence:unknown", "payload from a template"])
def test_a_tap_of_somebody_else_is_read_by_its_title(flow: Flow, tap: str) -> None:
    reading = sent(flow, MessageKind.TAP, "Free zone", asked="licence", tap=tap)

    assert [fact.value for fact in reading.facts if fact.field == "licence"] == ["freezone"]


@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.AUDIO, MessageKind.STICKER, MessageKind.LOCATION])
def test_media_in_answer_to_a_name_is_not_stored_as_the_name(flow: Flow, kind: MessageKind) -> None:
    """TURN-8"""
    assert sent(flow, kind, asked="full_name activity", location=Location(25.2, 55.3)).facts == ()


def test_a_caption_is_read(flow: Flow) -> None:
    reading = sent(flow, MessageKind.IMAGE, "my name is Sara")

    assert [fact.value for fact in reading.facts] == ["Sara"]


PAPERS = [
    "my passport",
    "passport copy",
    "this is my passport",
    "Sara's photo",
    "هذا جوازي",
    "mi pasaporte",
    "see attached",
]


@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.DOCUMENT, MessageKind.VIDEO])
@pytest.mark.parametrize("caption", PAPERS)
def test_what_a_caption_calls_the_file_is_no_answer(flow: Flow, kind: MessageKind, caption: str) -> None:
    """TURN-8: `my passport` under a photo is nobody's name."""
    reading = sent(flow, kind, caption, asked="full_name activity")

    assert reading.facts == ()
    assert WhyRefused.NAMES_THE_FILE in [one.why for one in reading.refused]


def test_bare_words_of_a_caption_are_asked_back_and_not_written(flow: Flow) -> None:
    (fact,) = sent(flow, MessageKind.IMAGE, "Sara Khan", asked="full_name").facts

    assert (fact.value, fact.text) == ("Sara Khan", "Sara Khan")
    assert flow.limits.ignore_below <= fact.confidence < flow.limits.confirm_below


def test_a_caption_that_says_what_it_answers_is_as_sure_as_a_message(flow: Flow) -> None:
    (fact,) = sent(flow, MessageKind.IMAGE, "my name is Sara Khan", asked="full_name").facts

    assert fact.confidence >= flow.limits.confirm_below


def test_what_is_said_in_a_voice_note_is_no_caption(flow: Flow) -> None:
    (fact,) = sent(flow, MessageKind.AUDIO, "Sara Khan", asked="full_name", transcribed=True).facts

    assert fact.confidence >= flow.limits.confirm_below


def test_a_location_fills_the_place_that_was_asked_for(flow: Flow) -> None:
    reading = sent(flow, MessageKind.LOCATION, asked="area", location=Location(25.2, 55.3, "Marina Mall", "Dubai"))

    assert [(fact.field, fact.value) for fact in reading.facts] == [("area", "Marina Mall, Dubai")]


def test_a_contact_card_fills_the_phone_that_was_asked_for(flow: Flow) -> None:
    cards = ("nonsense", "+971 50 123 4567")

    assert [f.value for f in sent(flow, MessageKind.CONTACTS, asked="phone", shared_phones=cards).facts] == [
        "+971501234567"
    ]
    assert sent(flow, MessageKind.CONTACTS, asked="full_name", shared_phones=cards).facts == ()


def test_a_flow_is_compiled_once(flow: Flow) -> None:
    assert reader_for(flow) is reader_for(flow)
    assert reader_for(flow.model_copy()) is not reader_for(flow)


@pytest.mark.parametrize(("text", "stops"), [("STOP", True), ("stop!", True), ("STOP this bill", False), ("", False)])
def test_only_the_exact_word_stops(flow: Flow, text: str, stops: bool) -> None:
    """TURN-18"""
    assert reader_for(flow).is_stop(text) is stops
