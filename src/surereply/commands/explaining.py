"""`understand --flow FILE TEXT`: one message explained for people, its words highlighted and a table of the facts."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from surereply.commands.failures import WrongUse
from surereply.config import Settings
from surereply.domain.facts import Context, Reading, Value, WhyRefused
from surereply.domain.flow import Flow
from surereply.domain.merge import fate_of
from surereply.understanding.stages import UNTIMED, Stages

_COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")
_WHY = {
    WhyRefused.SURER_ONE: "another value is surer",
    WhyRefused.TOO_UNSURE: "a guess, and not asked for",
    WhyRefused.NO_FIELD: "no field takes it",
    WhyRefused.IMPOSSIBLE: "cannot be",
}


class Reader:
    """The embedded reader, as the command uses it."""

    shown: Mapping[str, Any] = MappingProxyType({})  # what an answer has beside facts, signals and language

    def __call__(self, flow: Flow, text: str, context: Context, stages: Stages = UNTIMED) -> Reading:
        from surereply.understanding.reader import read_text

        return read_text(flow, text, context, stages)

    def table(self) -> Table | None:
        """What else there is to show of the last text."""
        return None


class ReaderWithModel(Reader):
    """With the language model that is set beside it; `shown` tells what became of its proposals in the last text."""

    def __init__(self, settings: Settings) -> None:
        """Raises `WrongUse` where no model is set, and `ModelUnusable`."""
        if settings.llm_model is None:
            raise WrongUse("--llm: set SUREREPLY_LLM_MODEL to the model that is to read")
        from surereply.models.alone import LoneReader
        from surereply.models.providers import open_models

        self._reader = LoneReader(open_models(settings), settings.llm_deadline_ms / 1000)

    def __call__(self, flow: Flow, text: str, context: Context, stages: Stages = UNTIMED) -> Reading:
        reading, record = self._reader.read(flow, text, context)
        self.shown = {"model": msgspec.to_builtins({"calls": record.calls, "proposals": record.proposals})}
        return reading

    def table(self) -> Table | None:
        kept = self.shown["model"]
        table = Table("proposed", "value", "words", "became", box=None, pad_edge=False, header_style="dim")
        for call in kept["calls"]:
            took = f"{call['ms'] / 1000:.1f} s, {call['input_tokens']} + {call['output_tokens']} tokens"
            table.caption = f"{call['model']}: {call['outcome']}, {took}"
        for one in kept["proposals"]:
            table.add_row(one["name"], json.dumps(one["value"], ensure_ascii=False), one["words"], one["fate"])
        return table


def explain_message(
    flow: Flow,
    text: str,
    asked: list[str],
    now: datetime | None = None,
    width: int | None = None,
    reads: Reader | None = None,
) -> int:
    """Print the message, each fact's words in its colour, then all that was understood, and how long it took."""
    from surereply.understanding.explain import explain_line

    unknown = next((name for name in asked if name not in flow.fields), None)
    if unknown is not None:
        raise WrongUse(f"--asked {unknown}: the flow's fields are {', '.join(flow.fields)}")
    zone = ZoneInfo(flow.business.time_zone)
    now = now or datetime.now(zone)
    reads = reads or Reader()
    reading, milliseconds = explain_line(flow, {"text": text, "asked": asked}, now, time.perf_counter, reads)
    colours = {fact.field: _COLOURS[number % len(_COLOURS)] for number, fact in enumerate(reading.facts)}
    console = Console(width=width)
    shown = Text(text)
    for fact in reading.facts:
        if fact.start is not None:
            shown.stylize(f"bold underline {colours[fact.field]}", fact.start, fact.end)
    console.print(shown)
    console.print(_facts(flow, reading, colours) if reading.facts else "No facts.")
    if reading.refused:
        console.print(_refused(reading))
    for line in _beside(reading, milliseconds):
        console.print(line)
    if (table := reads.table()) is not None:
        console.print(table)
    return 0


def _facts(flow: Flow, reading: Reading, colours: dict[str, str]) -> Table:
    table = Table("field", "value", "words", "sure", "then", "source", box=None, pad_edge=False, header_style="dim")
    for fact in reading.facts:
        words, sure = fact.text or "–", fact.confidence
        field = Text(fact.field, style=colours[fact.field])
        table.add_row(
            field, _plain(fact.value), words, f"{sure:.2f}", fate_of(sure, flow).replace("_", " "), str(fact.source)
        )
    return table


def _refused(reading: Reading) -> Table:
    table = Table("not taken", "value", "words", "sure", "why", box=None, pad_edge=False, header_style="dim")
    for one in reading.refused:
        words = one.text or "–"
        table.add_row(one.field, _plain(one.value), words, f"{one.confidence:.2f}", _WHY[one.why], style="dim")
    return table


def _beside(reading: Reading, milliseconds: dict[str, float]) -> list[str]:
    signals = ", ".join(sorted(signal.value for signal in reading.signals)) or "none"
    lines = [f"signals: {signals}   language: {reading.language}"]
    if reading.knowledge:
        hits = ", ".join(f"{hit.entry} ({hit.score:.2f})" for hit in reading.knowledge)
        lines.append(f"answered from: {hits}")
    if reading.unanswered:
        lines.append(f"no entry answers: {reading.unanswered}")
    stages = "  ".join(f"{stage} {spent:.2f}" for stage, spent in milliseconds.items())
    return [*lines, f"milliseconds: {stages}  = {sum(milliseconds.values()):.2f}"]


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
