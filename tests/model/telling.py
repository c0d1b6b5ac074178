"""A counterexample as a person reads it, and the table of all searches."""

import textwrap
from collections.abc import Iterator
from typing import Any

from model.explore import Counterexample, Model, Search

WIDTH = 100


def trace(model: Model[Any], found: Counterexample[Any]) -> str:
    """Numbered steps, who does what; below a step what is then, where that is not what it was before."""
    return "\n".join(_lines(model, found))


def _lines(model: Model[Any], found: Counterexample[Any]) -> Iterator[str]:
    shown = model.show(found.start)
    yield f"     {shown}"
    for number, (does, state) in enumerate(found.steps, 1):
        yield from textwrap.wrap(does, WIDTH, initial_indent=f"{number:3}. ", subsequent_indent="     ")
        before, shown = shown, model.show(state)
        if shown != before:
            yield from textwrap.wrap(shown, WIDTH, initial_indent="       → ", subsequent_indent="         ")
    yield f"broken {found.how}: “{found.broken}”"


HEAD = ("model", "variant", "states", "transitions", "seconds", "verdict")


def row(model_name: str, variant: str, done: Search[Any]) -> tuple[str, ...]:
    found = done.counterexample
    verdict = "holds" if found is None else f"breaks “{found.broken}” in {len(found.steps)} steps"
    return (model_name, variant, f"{done.states:,}", f"{done.transitions:,}", f"{done.seconds:.2f}", verdict)


def table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(one[column]) for one in (HEAD, *rows)) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 2 <= column <= 4 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(one, widths, strict=True))
        ).rstrip()
        for one in (HEAD, *rows)
    )
