"""What a person asked for and cannot have now, with the reason to show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refused:
    """`code` is for machines, `sentence` for the person; `detail` what else to show."""

    code: str
    sentence: str
    detail: Mapping[str, Any] = field(default_factory=dict)
