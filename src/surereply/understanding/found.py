"""What a recogniser found: a typed value and the tokens it rests on, before any field is thought of."""

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
