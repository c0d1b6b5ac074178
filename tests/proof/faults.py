"""Which fault is done by what, read from the marks beside the tests and the registries of the layers of chance."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.faults import FAULTS

TESTS = Path(__file__).resolve().parents[1]
MARK = "fault"


@dataclass(frozen=True, slots=True, order=True)
class Doer:
    """What does a fault. `layer`: a folder under `tests/`, or one of the layers of chance."""

    layer: str
    name: str  # "test_file.py::test_name", or the name of a trouble


def doers_of_faults() -> dict[int, list[Doer]]:
    """Fault number to what does it, for every fault; the list may be empty."""
    found: dict[int, set[Doer]] = {number: set() for number in FAULTS}
    for number, doer in (*marked_tests(), *troubles()):
        found[number].add(doer)
    return {number: sorted(doers) for number, doers in found.items()}


def marked_tests() -> Iterator[tuple[int, Doer]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        layer = path.relative_to(TESTS).parts[0]
        for number, name in _marks(ast.parse(path.read_text())):
            yield number, Doer(layer, f"{path.name}::{name}" if name else path.name)


def troubles() -> Iterator[tuple[int, Doer]]:
    from simulation.troubles import TROUBLES as by_chance
    from surereply.lab.torture.faults import FAULTS as by_force

    for layer, registry in (("simulation", by_chance), ("torture", by_force)):
        for trouble in registry.values():
            for number in trouble.faults:
                yield number, Doer(layer, trouble.name)


def _marks(module: ast.Module) -> Iterator[tuple[int, str]]:
    """(fault, name of the test, or "" for the whole module), of one file."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and _is_named(statement, "pytestmark"):
            yield from ((number, "") for number in _numbers(statement.value))
        if isinstance(statement, ast.ClassDef):
            yield from _of_decorated(statement, statement.name)
            for member in statement.body:
                yield from _of_decorated(member, f"{statement.name}::{getattr(member, 'name', '')}")
        else:
            yield from _of_decorated(statement, getattr(statement, "name", ""))


def _of_decorated(node: ast.stmt, name: str) -> Iterator[tuple[int, str]]:
    for decorator in getattr(node, "decorator_list", ()):
        yield from ((number, name) for number in _numbers(decorator))


def _numbers(node: ast.expr) -> Iterator[int]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and _called(call) == MARK:
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, int):
                    yield argument.value


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _is_named(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)


def table() -> str:
    """Markdown: number, fault, and what does it, a layer a line."""
    rows = ["| # | fault | done by |", "| --- | --- | --- |"]
    for number, doers in doers_of_faults().items():
        by_layer: defaultdict[str, list[str]] = defaultdict(list)
        for doer in doers:
            by_layer[doer.layer].append(f"`{doer.name}`")
        done = "<br>".join(f"**{layer}** {', '.join(names)}" for layer, names in sorted(by_layer.items()))
        rows.append(f"| {number} | {FAULTS[number]} | {done} |")
    return "\n".join(rows)
