"""One enquiry of a contact: its service, its fields with where they come from, its stage."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from surereply.domain.facts import Source, Value


class Stage(StrEnum):
    NEW = "new"
    QUALIFYING = "qualifying"
    QUALIFIED = "qualified"
    HANDED_OVER = "handed_over"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What is known of a field. `text` are the words it rests on, in message `message_id`."""

    value: Value
    source: Source
    confidence: float
    at: datetime
    text: str | None = None
    message_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A line of a field's history: the old value stays here when a new one replaces it."""

    field: str
    old: FieldValue | None
    new: FieldValue | None  # None: only suggested, see `suggestion`
    suggestion: FieldValue | None = None  # understood, but a person's value stays
    reason: str = "stated"


@dataclass(frozen=True, slots=True)
class Lead:
    id: UUID
    flow_name: str
    flow_version: int
    stage: Stage
    opened_at: datetime
    fields: dict[str, FieldValue] = field(default_factory=dict)
    suggestions: dict[str, FieldValue] = field(default_factory=dict)
    service_type_enum: str | None = None  # set as soon as a service is recognised
    service_type_id: int | None = None  # only where a row of that name exists
    score: int = 0
    closed_at: datetime | None = None

    def value(self, name: str) -> Value | None:
        known = self.fields.get(name)
        return known.value if known else None

    @property
    def is_decided(self) -> bool:
        """A person set its end."""
        return self.stage in (Stage.WON, Stage.LOST)
