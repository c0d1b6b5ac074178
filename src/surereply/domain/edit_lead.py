"""A person's values into the lead: they outrank everything else, and the old ones stay on record. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from surereply.domain.facts import Source, Value
from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.lead import FieldChange, FieldValue, Lead, Stage
from surereply.domain.score import score_of
from surereply.domain.typed_by_hand import typed_by_hand
from surereply.domain.values import same_value

SET_BY_A_PERSON = "set by a person"


def edit_fields(
    lead: Lead, values: Mapping[str, Value], flow: Flow, service_type_ids: Mapping[str, int], now: datetime
) -> tuple[Lead, tuple[FieldChange, ...]]:
    """The lead with a person's values; what is known already in these words changes nothing.

    Raises `WrongValue`.
    """
    fields, suggestions, changes = dict(lead.fields), dict(lead.suggestions), []
    for name, given in values.items():
        value = typed_by_hand(name, given, flow)
        old = fields.get(name)
        if old is not None and same_value(old.value, value):
            continue
        fields[name] = FieldValue(value, Source.OPERATOR, 1.0, now)
        suggestions.pop(name, None)  # the person has decided
        changes.append(FieldChange(name, old, fields[name], reason=SET_BY_A_PERSON))
    if not changes:
        return lead, ()
    service = fields[SERVICE_FIELD].value if SERVICE_FIELD in fields else lead.service_type_enum
    known_id = lead.service_type_id if service == lead.service_type_enum else None
    edited = replace(
        lead,
        fields=fields,
        suggestions=suggestions,
        service_type_enum=service,
        service_type_id=service_type_ids.get(service, known_id) if service else None,
        stage=Stage.QUALIFYING if lead.stage is Stage.NEW else lead.stage,
    )
    return replace(edited, score=score_of(service, fields, flow)), tuple(changes)


def decide(lead: Lead, stage: Stage, now: datetime) -> Lead:
    """A person sets the end: won or lost. The next message after `reopen_after` opens the next lead."""
    return replace(lead, stage=stage, closed_at=lead.closed_at or now)
