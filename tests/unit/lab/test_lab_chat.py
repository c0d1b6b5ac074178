"""A rehearsal in the terminal: what is typed goes through the real decision, and nothing is sent."""

import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from rich.console import Console

from surereply.domain.facts import Context, Fact, Reading, Source
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.message import Message, MessageKind
from surereply.lab.clock import StandingClock
from surereply.lab.terminal_chat import run_chat
from surereply.lab.terminal_view import Choice, Typed, show_bubble, tapped, typed

FLOW_FILE = Path(__file__).parents[3] / "flows" / "homes.yaml"


@pytest.fixture(scope="module")
def flow() -> Flow:
    return parse_flow(FLOW_FILE.read_text(), "homes.yaml")


def read(flow: Flow, message: Message, context: Context) -> Reading:
    """Knows the service by its key, and nothing else."""
    if message.kind is not MessageKind.TAP and message.text not in flow.services:
        return Reading()
    key = message.text if message.text in flow.services else "SELL"
    return Reading(facts=(Fact(SERVICE_FIELD, key, message.text, 0, len(message.text), 1.0, Source.STATED),))


def lines(*typed_lines: str) -> Callable[[], AsyncIterator[str]]:
    async def given() -> AsyncIterator[str]:
        for line in typed_lines:
            yield line

    return given


def chat(flow: Flow, *typed_lines: str) -> str:
    paper = io.StringIO()
    console = Console(file=paper, width=80)
    clock = StandingClock()
    assert run_chat(flow, read, lines=lines(*typed_lines), clock=clock, console=console) == 0
    return paper.getvalue()


def test_a_flow_is_talked_through_by_words_and_numbers(flow: Flow) -> None:
    said = chat(flow, "hello", "3", "/lead", "/quit", "never heard")

    assert "Hillside Homes" in said
    assert "3 Sell my home" in said
    assert "service: SELL" in said
    assert "In which area" in said
    assert "never heard" not in said


def test_a_follow_up_comes_when_time_passes(flow: Flow) -> None:
    said = chat(flow, "hello", "/wait 5")

    assert "Are you still looking?" in said


def test_a_photo_in_place_of_an_answer_is_asked_to_be_typed(flow: Flow) -> None:
    """TURN-8."""
    said = chat(flow, "hello", "SELL", "/photo")

    assert "Could you type it for me?" in said.replace("\n", " ").replace("│", "").replace("  ", " ")


def test_a_new_customer_starts_from_nothing(flow: Flow) -> None:
    said = chat(flow, "SELL", "/restart", "/lead")

    assert said.rstrip().endswith("Nothing is known yet.")


def test_a_wrong_command_shows_the_right_ones(flow: Flow) -> None:
    assert chat(flow, "/fly").count("/restart") == 2
    assert "/wait HOURS, such as" in chat(flow, "/wait long")


def test_two_slashes_are_a_text_with_one() -> None:
    assert typed("/Photo my passport ") == Typed("photo", "my passport")
    assert typed("//photo") == Typed(None, "/photo")
    assert typed(" hi ") == Typed(None, "hi")


def test_a_number_taps_only_where_there_is_such_a_button() -> None:
    choices = [Choice("Yes"), Choice("No")]

    assert [tapped(words, choices) for words in ("1", "2", "3", "0", "one", "٢", "")] == [
        "Yes",
        "No",
        *[None] * 5,
    ]


def test_nothing_that_was_sent_steers_the_terminal() -> None:
    paper = io.StringIO()
    show_bubble(Console(file=paper, width=80), "Office\x1b[2J", "\x1b]0;owned\x07[bold]x[/bold]", [Choice("\x1bY")])

    assert "\x1b" not in paper.getvalue()
    assert "[bold]x[/bold]" in paper.getvalue()
