"""Small steps with tuples, of which every state is made."""

from typing import TypeVar

One = TypeVar("One")

NAMES = "AB"  # of two processes of a kind


def with_item(values: tuple[One, ...], place: int, value: One) -> tuple[One, ...]:
    return (*values[:place], value, *values[place + 1 :])
