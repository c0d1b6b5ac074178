"""Bookings: where the words for people, day, hour and name end, and whether they are meant, as learned."""

from dataclasses import replace

from surereply.domain.facts import Source
from surereply.domain.flow import FieldType
from surereply.understanding.chunker import Span, Weights, find_spans
from surereply.understanding.fields import FieldView
from surereply.understanding.found import Found
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.validity import valid_value

_SURE = 0.9
_DOUBTED = 0.6  # of a value that the rules read and the chunker does not: confirmed, not written
_TYPE_OF = {"date": FieldType.DATE, "time": FieldType.TIME, "count": FieldType.COUNT}


def booked_fields(views: dict[str, FieldView]) -> dict[str, FieldView]:
    """Kind of span → its field, where the flow takes whole bookings: people, day, hour and both names; else none.

    It learned from bookings alone: elsewhere its doubts cost more than they save.
    """
    fields: dict[str, FieldView] = {}
    for kind, wanted in _TYPE_OF.items():
        of_type = [view for view in views.values() if view.type is wanted]
        if len(of_type) != 1 or of_type[0].is_list or (kind == "count" and not of_type[0].people):
            return {}
        fields[kind] = of_type[0]
    parts = {view.name_part: view for view in views.values() if view.type is FieldType.PERSON and view.name_part}
    if not {"given", "family"} <= parts.keys():
        return {}
    return fields | {part: parts[part] for part in ("given", "family")}


def settled_by_spans(
    scene: Scene, claims: list[Claim], found: list[Found], fields: dict[str, FieldView], weights: Weights
) -> list[Claim]:
    """The claims with the words that the chunker gives them, and what it finds beside; the others are doubted."""
    kinds = {view.name: kind for kind, view in fields.items()}
    asked = [kinds[name] for name in scene.asked if name in kinds]
    spans: dict[str, Span] = {}
    for one in find_spans(scene.words, found, asked, scene.lexicon, weights):
        spans.setdefault(one.kind, one)
    settled: list[Claim] = []
    for claim in claims:
        kind = kinds.get(claim.field)
        if kind is None or claim.source is not Source.STATED or claim.first == claim.last:
            settled.append(claim)
        elif (span := spans.get(kind)) is None:
            settled.append(replace(claim, confidence=min(claim.confidence, _DOUBTED)))
        elif claim.first < span.last and span.first < claim.last:
            settled.append(_respanned(scene, claim, span, fields[kind]))
            del spans[kind]
    for left, beside in spans.items():
        new = _claimed(scene, beside, found, fields[left]) if left in fields else None
        if new is not None:
            settled.append(new)
    return settled


def _respanned(scene: Scene, claim: Claim, span: Span, view: FieldView) -> Claim:
    value = claim.value
    if view.type is FieldType.PERSON:
        value = scene.words.original[slice(*scene.words.span(span.first, span.last))]
    return replace(claim, value=value, first=span.first, last=span.last, confidence=max(claim.confidence, _SURE))


def _claimed(scene: Scene, span: Span, found: list[Found], view: FieldView) -> Claim | None:
    """A value that the rules gave to nobody, or a name."""
    if view.type is FieldType.PERSON:
        start, end = scene.words.span(span.first, span.last)
        return Claim(view.name, scene.words.original[start:end], span.first, span.last, _SURE)
    today, currency = scene.context.now.date(), scene.flow.business.currency
    for one in found:
        if one.type is view.type and one.first < span.last and span.first < one.last:
            value = valid_value(view, one, today, currency)
            if value is not None:
                return Claim(view.name, value, span.first, span.last, _SURE)
    return None
