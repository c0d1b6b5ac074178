"""Facts into the lead: nothing empty is written, nothing known is wiped, and every change is on record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from surereply.domain.facts import RANK, Fact, Source, Value
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, FlowField
from surereply.domain.hearing import HeardFact
from surereply.domain.lead import FieldChange, FieldValue, Lead, Stage
from surereply.domain.score import score_of
from surereply.domain.values import is_empty, same_value, storable


class Fate(StrEnum):
    """What the flow's limits make of a fact."""

    IGNORED = "ignored"
    CONFIRMED_FIRST = "confirmed_first"
    WRITTEN = "written"


def fate_of(confidence: float, flow: Flow) -> Fate:
    if confidence < flow.limits.ignore_below:
        return Fate.IGNORED
    return Fate.CONFIRMED_FIRST if confidence < flow.limits.confirm_below else Fate.WRITTEN


@dataclass(frozen=True, slots=True)
class Merged:
    """The lead with the facts in it, and the `unsure` values that are to be confirmed."""

    lead: Lead
    changes: tuple[FieldChange, ...] = ()
    unsure: dict[str, Value] = field(default_factory=dict)
    taken: tuple[int, ...] = ()

    @property
    def wrote(self) -> bool:
        return any(change.new is not None for change in self.changes)


def merge_facts(
    lead: Lead,
    facts: Iterable[HeardFact],
    flow: Flow,
    *,
    asked: str | None,
    now: datetime,
    service_type_ids: Mapping[str, int],
) -> Merged:
    """Write what is sure, keep aside what is not. `asked`: the field that the facts may be an answer to."""
    merged = Merged(lead)
    for heard in facts:
        fact = _cleaned(heard.fact, flow)
        if fact is None or (fate := fate_of(fact.confidence, flow)) is Fate.IGNORED:
            continue
        if fate is Fate.CONFIRMED_FIRST:
            merged = _kept_aside(merged, fact, asked)
            continue
        before = merged.changes
        merged = _written(merged, fact, flow, asked, now)
        if merged.changes is not before and heard.place is not None:
            merged = replace(merged, taken=(*merged.taken, heard.place))
    return replace(merged, lead=_with_service_and_score(merged.lead, flow, service_type_ids))


def _cleaned(fact: Fact, flow: Flow) -> Fact | None:
    """The fact as it may be stored, or None for one that is empty or not what the field can hold."""
    flow_field = flow.fields.get(fact.field)
    if flow_field is None:
        return None
    value = storable(fact.value)
    if flow_field.type is FieldType.LIST:
        items = value if isinstance(value, list) else [value]
        value = [item for item in items if not is_empty(item) and _can_hold(flow_field.of, item, flow_field, flow)]
    elif not _can_hold(flow_field.type, value, flow_field, flow):
        return None
    if is_empty(value):
        return None
    text = storable(fact.text)
    return fact if value is fact.value and text is fact.text else replace(fact, value=value, text=text)


def _can_hold(kind: FieldType | None, value: Value, flow_field: FlowField, flow: Flow) -> bool:
    if isinstance(value, list):
        return False
    if kind is FieldType.SERVICE:
        return isinstance(value, str) and value in flow.services
    if kind is FieldType.CHOICE:
        return isinstance(value, str) and value in flow_field.options
    if kind is FieldType.YES_NO:
        return isinstance(value, bool)
    return not isinstance(value, bool)


def _kept_aside(merged: Merged, fact: Fact, asked: str | None) -> Merged:
    """An unsure value is worth a confirmation where nothing is known, or where it may replace what is."""
    known = merged.lead.fields.get(fact.field)
    if known is not None and (
        same_value(known.value, fact.value)
        or RANK[known.source] == RANK[Source.OPERATOR]
        or not (fact.correction or fact.field == asked)
    ):
        return merged
    return replace(merged, unsure={**merged.unsure, fact.field: fact.value})


def _written(merged: Merged, fact: Fact, flow: Flow, asked: str | None, now: datetime) -> Merged:
    old = merged.lead.fields.get(fact.field)
    new = FieldValue(fact.value, fact.source, fact.confidence, now, fact.text, fact.message_id)
    if old is None:
        return _changed(merged, fact.field, old, new, _reason(fact, asked))
    if flow.fields[fact.field].type is FieldType.LIST:
        new = _grown(old, new, fact)
    if same_value(old.value, new.value):
        firmer = RANK[new.source] > RANK[old.source]
        return _changed(merged, fact.field, old, new, "stated what was guessed") if firmer else merged
    if old.source is Source.OPERATOR:
        return _suggested(merged, fact.field, old, new, "a person's value stays")
    if RANK[fact.source] < RANK[old.source]:
        return merged
    if _replaces(fact, old, asked) or flow.fields[fact.field].type is FieldType.LIST:
        return _changed(merged, fact.field, old, new, _reason(fact, asked))
    if fact.field == SERVICE_FIELD:
        # Another service without a word about the first: worth asking, since everything asked depends on it.
        merged = replace(merged, unsure={**merged.unsure, fact.field: fact.value})
    return _suggested(merged, fact.field, old, new, "no correction, and not what was asked")


def _grown(old: FieldValue, new: FieldValue, fact: Fact) -> FieldValue:
    """Lists grow; a correction replaces the only item, since of several nobody knows which it means."""
    known = old.value if isinstance(old.value, list) else [old.value]
    if fact.correction and len(known) == 1:
        return new
    added = [item for item in new.value if not any(same_value(item, other) for other in known)]
    return replace(new, value=[*known, *added])


def _replaces(fact: Fact, old: FieldValue, asked: str | None) -> bool:
    deliberate = fact.source in (Source.TAPPED, Source.CONFIRMED)
    outranks = RANK[fact.source] > RANK[old.source]
    return outranks or fact.correction or fact.field == asked or deliberate


def _reason(fact: Fact, asked: str | None) -> str:
    if fact.correction:
        return "corrected"
    if fact.source in (Source.TAPPED, Source.CONFIRMED, Source.INFERRED):
        return fact.source.value
    return "answered" if fact.field == asked else "stated"


def _changed(merged: Merged, name: str, old: FieldValue | None, new: FieldValue, reason: str) -> Merged:
    lead = replace(merged.lead, fields={**merged.lead.fields, name: new})
    unsure = {other: value for other, value in merged.unsure.items() if other != name}
    changes = (*merged.changes, FieldChange(name, old, new, reason=reason))
    return Merged(lead, changes, unsure, merged.taken)


def _suggested(merged: Merged, name: str, old: FieldValue, new: FieldValue, reason: str) -> Merged:
    known = merged.lead.suggestions.get(name)
    if known is not None and same_value(known.value, new.value):
        return merged
    lead = replace(merged.lead, suggestions={**merged.lead.suggestions, name: new})
    change = FieldChange(name, old, None, suggestion=new, reason=reason)
    return replace(merged, lead=lead, changes=(*merged.changes, change))


def _with_service_and_score(lead: Lead, flow: Flow, service_type_ids: Mapping[str, int]) -> Lead:
    """A recognised service is always named, with an id only where it has a row; no service leaves both."""
    service = lead.value(SERVICE_FIELD) or lead.service_type_enum
    known_id = lead.service_type_id if lead.service_type_enum == service else None
    service_id = service_type_ids.get(service, known_id) if service is not None else None
    return replace(
        lead,
        service_type_enum=service,
        service_type_id=service_id,
        stage=Stage.QUALIFYING if lead.stage is Stage.NEW and lead.fields else lead.stage,
        score=score_of(service, lead.fields, flow),
    )
