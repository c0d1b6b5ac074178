"""How much a lead is worth looking at: the weights of its service and of what is known."""

from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.lead import Lead


def score_of(lead: Lead, flow: Flow) -> int:
    """The service's weight and those of the fields that it needs and we know; 0 and up."""
    service = flow.services.get(lead.service_type_enum or "")
    known = {name: value.value for name, value in lead.fields.items()}
    needed = flow.needed_fields(lead.service_type_enum, known)
    weights = [flow.fields[name].weight for name in needed if name in known and name != SERVICE_FIELD]
    return sum(weights) + (service.weight if service else 0)
