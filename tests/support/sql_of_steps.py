"""The SQL that the four steps reach: their calls followed through `store/`, statement by statement, without running."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import surereply

PACKAGE = Path(surereply.__file__).parent
STEPS = (
    "receiver.py",
    "addressing.py",
    "responder.py",
    "thinking.py",
    "voice.py",
    "dispatcher.py",
    "pacing.py",
    "consequences.py",
    "reconciler.py",
    "filekeeper.py",
    "announcer.py",
    "store/directory.py",
)
_SQL = re.compile(r"\s*(WITH|SELECT|INSERT|UPDATE|DELETE|LOCK|MERGE)\b")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Statement:
    """`place` is `module.function`, as a person finds it."""

    place: str
    sql: str


@dataclass(frozen=True, slots=True)
class Function:
    module: str
    node: ast.AST


@cache
def statements_of_steps() -> tuple[Statement, ...]:
    """Every statement in the functions of `store/` that a step calls, or that these call."""
    functions = {
        (path.stem, node.name): Function(path.stem, node)
        for path in sorted((PACKAGE / "store").glob("*.py"))
        for node in _tree(f"store/{path.name}").body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    reached: dict[tuple[str, str], Function] = {}
    waiting = [called for step in STEPS for called in _calls((PACKAGE / step).stem, _tree(step), _tree(step))]
    while waiting:
        name = waiting.pop()
        if name in functions and name not in reached:
            reached[name] = functions[name]
            waiting += _calls(name[0], functions[name].node, _tree(f"store/{name[0]}.py"))
    return tuple(
        Statement(f"{module}.{name}", sql)
        for (module, name), function in sorted(reached.items())
        for sql in _strings(function.node)
        if _SQL.match(sql)
    )


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse((PACKAGE / path).read_text())


def _calls(module: str, node: ast.AST, tree: ast.Module) -> list[tuple[str, str]]:
    """Names that are called or handed on: of this module, of another one, or imported from it."""
    imported = {
        (alias.asname or alias.name): ((one.module or "").rpartition(".")[2], alias.name)
        for one in tree.body
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    found = []
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            found.append((imported.get(one.value.id, ("", one.value.id))[1], one.attr))
        elif isinstance(one, ast.Name):
            found.append(imported.get(one.id, (module, one.id)))
    return found


def _strings(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield _COMMENT.sub("", one.value)
        elif isinstance(one, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in one.values)


_MENTION = re.compile(
    r"\b(?P<verb>FROM|JOIN|INSERT INTO|UPDATE|USING)\s+(?P<table>[a-z_]+)(?:\s+(?:AS\s+)?(?P<alias>[a-z_]+)\b)?"
)
_NO_ALIAS = frozenset({"where", "set", "on", "left", "join", "order", "for", "values", "select", "limit"})


def unbucketed(sql: str, tables: frozenset[str]) -> list[str]:
    """What the statement does to a table that has a bucket without saying in which one it lies; empty if nothing."""
    wrong = []
    mentions = [one for one in _MENTION.finditer(sql) if one["table"] in tables]
    for mention in mentions:
        table, alias = mention["table"], (mention["alias"] or "").lower()
        alias = "" if alias in _NO_ALIAS else alias
        if mention["verb"] == "INSERT INTO":
            if not re.match(r"\s*(?:AS [a-z]+ )?\(bucket\b", sql[mention.end("table") :]):
                wrong.append(f"INSERT INTO {table} without its bucket")
        elif not _is_bound(sql, alias or table, whole=len(mentions) == 1):
            wrong.append(f"{mention['verb']} {table} {alias}".rstrip() + " without its bucket")
    names_it = re.search(r"\bbucket\s*=\s*(?:\$\d+|ANY\(\$\d+)", sql)
    if mentions and not names_it and any(one["verb"] != "INSERT INTO" for one in mentions):
        wrong.append("no bucket is a parameter, so every shard would be asked")
    return wrong


def _is_bound(sql: str, name: str, *, whole: bool) -> bool:
    """Whether this occurrence of a table is compared by bucket: with a parameter, or with a table that is."""
    named = rf"\b{name}\.bucket\b"
    compared = rf"{named}\s*=|=\s*{named}|\({named}[^)]*\)\s*="
    bare = r"(?<![.\w])bucket\s*=\s*(?:\$|ANY)"
    return bool(re.search(compared, sql) or (re.search(bare, sql) and (whole or name not in _aliases(sql))))


def _aliases(sql: str) -> set[str]:
    return {one["alias"] for one in _MENTION.finditer(sql) if one["alias"]}
