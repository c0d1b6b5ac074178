"""What no import contract can say: SQL lives in store/, and the fake WhatsApp stays out of what serves customers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import surereply

PACKAGE = Path(surereply.__file__).parent
SQL = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+(\s+\w+)?\s+SET\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s"
    r"|CREATE\s+(TABLE|INDEX|UNIQUE)|ALTER\s+TABLE|DROP\s+TABLE|TRUNCATE\s|LOCK\s+TABLE|SET\s+LOCAL)"
)
MAY_MOUNT_THE_LAB = {"lab", "commands"}


def modules() -> Iterator[Path]:
    return (path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module with its line, an f-string by its first piece."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_sql_stands_in_the_store_alone() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in modules()
        if part_of(path) != "store"
        for line, text in texts(path)
        if SQL.match(text)
    ]

    assert found == []


def test_the_lab_is_mounted_by_the_commands_alone() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if part_of(path) not in MAY_MOUNT_THE_LAB
        for name in imported(path)
        if name.startswith("surereply.lab")
    }

    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1",
        "\n   INSERT INTO reply (id)",
        "UPDATE reply SET status = 'SENT'",
        "UPDATE reply r\n   SET status = 'SENT'",
        "DELETE FROM unread",
        "WITH gone AS (DELETE FROM unread RETURNING 1)",
    ],
)
def test_sql_is_recognised(text: str) -> None:
    assert SQL.match(text)


@pytest.mark.parametrize("text", ["Select a line", "update the app", "DELETE", "with care"])
def test_what_people_write_is_no_sql(text: str) -> None:
    assert not SQL.match(text)
