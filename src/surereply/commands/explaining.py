"""`understand --flow FILE TEXT`: one message explained for people, its words highlighted and a table of the facts."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from surereply.commands.failures import WrongUse
from surereply.domain.flow import Flow

_COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")


def explain_message(
    flow: Flow, text: str, asked: list[str], now: datetime | None = None, width: int | None = None
) -> int:
    """Print the message, each fact's words in its colour, then the facts, the signals and the language."""
    from surereply.understanding.explain import understand_line

    unknown = next((name for name in asked if name not in flow.fields), None)
    if unknown is not None:
        raise WrongUse(f"--asked {unknown}: the flow's fields are {', '.join(flow.fields)}")
    zone = ZoneInfo(flow.business.time_zone)
    now = now or datetime.now(zone)
    understood = understand_line(flow, {"text": text, "asked": asked}, now)
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
