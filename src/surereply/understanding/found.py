"""What a recogniser found: a typed value and the tokens it rests on, before any field is thought of."""

from collections.abc import Callable, Sequence, Set
from typing import Any, NamedTuple

from surereply.domain.flow import FieldType


class Found(NamedTuple):
    """`value` None stands for words that look like the type and are impossible: they are nobody's value."""

    type: FieldType
    value: Any
    first: int
    last: int  # excluded
    sure: float = 1.0  # how plainly the words are of this type, 0 to 1
    near: str = ""  # what qualifies it: the unit of a count, "demonym" of a country, "yearless" of a date


def read_along(texts: Sequence[str], starts: Set[str], find_at: Callable[[int], list[Found]]) -> list[Found]:
    """Everything that `find_at` finds, left to right and none over another, where a digit or a word of `starts` is."""
    found: list[Found] = []
    at = 0
    while at < len(texts):
        here = find_at(at) if texts[at][0].isdigit() or texts[at] in starts else []
        found.extend(here)
        at = here[-1].last if here else at + 1
    return found
