"""How much a lead is worth looking at: the weights of its service and of what is known."""

from collections.abc import Mapping

from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.lead import FieldValue


def score_of(service: str | None, fields: Mapping[str, FieldValue], flow: Flow) -> int:
    """The service's weight and those of the fields that it needs and we know; 0 and up."""
    known = {name: value.value for name, value in fields.items()}
    needed = flow.needed_fields(service, known)
    weights = [flow.fields[name].weight for name in needed if name in known and name != SERVICE_FIELD]
    return sum(weights) + (flow.services[service].weight if service in flow.services else 0)
