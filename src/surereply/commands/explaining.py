"""`understand --flow FILE TEXT`: one message explained for people, its words highlighted and a table of the facts."""

import json
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
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow

_COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")


class Reader:
    """The embedded reader, as the command uses it."""

    shown: Mapping[str, Any] = MappingProxyType({})  # what an answer has beside facts, signals and language

    def __call__(self, flow: Flow, text: str, context: Context) -> Reading:
        from surereply.understanding.reader import read_text

        return read_text(flow, text, context)

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

    def __call__(self, flow: Flow, text: str, context: Context) -> Reading:
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
    """Print the message, each fact's words in its colour, then the facts, the signals and the language."""
    from surereply.understanding.explain import understand_line

    unknown = next((name for name in asked if name not in flow.fields), None)
    if unknown is not None:
        raise WrongUse(f"--asked {unknown}: the flow's fields are {', '.join(flow.fields)}")
    zone = ZoneInfo(flow.business.time_zone)
    now = now or datetime.now(zone)
    reads = reads or Reader()
    understood = understand_line(flow, {"text": text, "asked": asked}, now, reads)
    facts = understood["facts"]
    colours = {fact["field"]: _COLOURS[number % len(_COLOURS)] for number, fact in enumerate(facts)}
    console = Console(width=width)
    shown = Text(text)
    for fact in facts:
        if fact["start"] is not None:
            shown.stylize(f"bold underline {colours[fact['field']]}", fact["start"], fact["end"])
    console.print(shown)
    if facts:
        console.print(_table(flow, facts, colours))
    else:
        console.print("No facts.")
    console.print(f"signals: {', '.join(understood['signals']) or 'none'}   language: {understood['language']}")
    if (table := reads.table()) is not None:
        console.print(table)
    return 0


def _table(flow: Flow, facts: list[dict[str, object]], colours: dict[str, str]) -> Table:
    table = Table("field", "value", "words", "sure", "then", "source", box=None, pad_edge=False, header_style="dim")
    for fact in facts:
        name, sure = str(fact["field"]), float(str(fact["confidence"]))
        value = fact["value"]
        table.add_row(
            Text(name, style=colours[name]),
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False),
            str(fact["text"] or "–"),
            f"{sure:.2f}",
            _fate(flow, sure),
            str(fact["source"]),
        )
    return table


def _fate(flow: Flow, sure: float) -> str:
    """What the flow's limits make of a fact that is so sure."""
    if sure < flow.limits.ignore_below:
        return "ignored"
    return "confirmed first" if sure < flow.limits.confirm_below else "written"
