"""`docs/proof.md`: its tables are written by commands, between marks, and checked by a test.

python -m proof.document            write the table of faults anew
python -m proof.document --check    say whether it is as the code is
"""

import re
import sys
from pathlib import Path

from proof import faults

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "proof.md"


def with_table(text: str, name: str, table: str) -> str:
    """The document with one table in its place. Raises `ValueError` where its marks are missing."""
    place = re.compile(rf"(<!-- {name}: .*? -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not place.search(text):
        raise ValueError(f"{DOCUMENT.name}: no place for the table `{name}`")
    return place.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def write_table(name: str, table: str) -> None:
    DOCUMENT.write_text(with_table(DOCUMENT.read_text(), name, table))


def is_current() -> bool:
    text = DOCUMENT.read_text()
    return with_table(text, "faults", faults.table()) == text


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(not is_current())
    write_table("faults", faults.table())
