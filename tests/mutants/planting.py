"""How a bug gets into running code: a function's source is edited, compiled, and its code swapped."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any


class Unplantable(Exception):
    """The code changed: what the mutant edits does not stand exactly once in that function any more."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Of one function, "package.module:function" or "package.module:Class.method": each old text stands in it exactly
    once, and becomes the new one."""

    where: str
    changes: tuple[tuple[str, str], ...]


def edit(where: str, *changes: tuple[str, str]) -> Edit:
    return Edit(where, changes)


@dataclass(frozen=True, slots=True)
class Probe:
    """Of one function: it stays as it is, and that it was run is noted (`mutants.reach`)."""

    where: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug. `breaks`: what a team that wrote this would tell its customers, in a sentence."""

    name: str
    breaks: str
    edits: tuple[Edit | Probe, ...]


@contextmanager
def plant(mutant: Mutant) -> Iterator[None]:
    """The bug is in the code until the block ends. Raises `Unplantable`."""
    with ExitStack() as stack:
        for edit in mutant.edits:
            stack.enter_context(_edited(edit))
        yield


@contextmanager
def _edited(edit: Edit | Probe) -> Iterator[None]:
    function = _function(edit.where)
    sound = function.__code__
    function.__code__ = _compiled(function, edit)
    try:
        yield
    finally:
        function.__code__ = sound


def _function(where: str) -> FunctionType:
    module, _, path = where.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = inspect.getattr_static(found, name)
    found = found.__func__ if isinstance(found, staticmethod | classmethod) else found
    found = inspect.unwrap(found)  # what a context manager's decorator wraps
    if not isinstance(found, FunctionType):
        raise Unplantable(f"{where} is no function")
    return found


def _compiled(function: FunctionType, edit: Edit | Probe) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in edit.changes if isinstance(edit, Edit) else ():
        if source.count(old) != 1:
            raise Unplantable(f"{edit.where}: {old!r} stands {source.count(old)} times in it")
        source = source.replace(old, new)
    tree = ast.parse(source)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef)
    definition.decorator_list.clear()
    if isinstance(edit, Probe):
        note = f"__import__('mutants.reach', fromlist=['note']).note({edit.where!r})"
        definition.body[:0] = ast.parse(note).body
    # What the function closes over must be free in the new code, too: it is compiled inside a function that has it.
    tree.body = [_enclosing(definition, function.__code__.co_freevars)]
    ast.fix_missing_locations(tree)
    code = compile(tree, f"<mutant of {function.__code__.co_filename}>", "exec")
    return _inner(code, function.__name__)


def _enclosing(definition: ast.stmt, names: tuple[str, ...]) -> ast.stmt:
    around = ast.parse("def around():\n" + "".join(f"    {name} = None\n" for name in names) + "    pass\n").body[0]
    assert isinstance(around, ast.FunctionDef)
    around.body.append(definition)
    return around


def _inner(code: CodeType, name: str) -> CodeType:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name:
                return constant
            return _inner(constant, name)
    raise Unplantable(f"no code of {name}")
