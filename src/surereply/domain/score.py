"""How much a lead is worth looking at: the weights of its service and of what is known."""

from collections.abc import Mapping
from dataclasses import dataclass

from surereply.domain.facts import Value
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.lead import FieldValue


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What a field adds once it is known; the field `service` stands for the service's own weight."""

    field: str
    weight: int
    is_known: bool


def score_of(service: str | None, fields: Mapping[str, FieldValue], flow: Flow) -> int:
    """The service's weight and those of the fields that it needs and we know; 0 and up."""
    parts = score_parts(service, {name: known.value for name, known in fields.items()}, flow)
    return sum(part.weight for part in parts if part.is_known)


def score_parts(service: str | None, known: Mapping[str, Value], flow: Flow) -> tuple[ScorePart, ...]:
    """Everything that adds to the score of a lead, and what of it is there."""
    own = flow.services[service].weight if service in flow.services else 0
    needed = (name for name in flow.needed_fields(service, known) if name != SERVICE_FIELD)
    return (
        ScorePart(SERVICE_FIELD, own, service in flow.services),
        *(ScorePart(name, flow.fields[name].weight, name in known) for name in needed),
    )
