"""What a message might have said, and was not taken for it: each candidate with the reason."""

from surereply.domain.facts import Fact, Refused, WhyRefused
from surereply.domain.flow import SERVICE_FIELD
from surereply.understanding.found import Found
from surereply.understanding.scene import Claim, Scene


def refused_candidates(
    scene: Scene, claims: list[Claim], found: list[Found], facts: tuple[Fact, ...]
) -> tuple[Refused, ...]:
    """Claims that became no fact, and typed values that no field took, in the order of the words."""
    refused = [
        _refused(scene, claim.field, claim.value, claim.first, claim.last, claim.confidence, _why(claim, facts))
        for claim in claims
        if not any(_is_of(claim, fact) for fact in facts)
        and (claim.field in scene.views or claim.field == SERVICE_FIELD)
    ]
    for one in found:
        start, end = scene.words.span(one.first, one.last)
        taken = any(fact.start is not None and fact.start < end and start < (fact.end or 0) for fact in facts)
        if not taken and not any(claim.first < one.last and one.first < claim.last for claim in claims):
            field = _filled_field(scene, one, facts)
            why = WhyRefused.SURER_ONE if field else WhyRefused.NO_FIELD
            why = WhyRefused.IMPOSSIBLE if one.value is None else why
            refused.append(_refused(scene, field or str(one.type), one.value, one.first, one.last, one.sure, why))
    distinct = {(one.field, str(one.value), one.start): one for one in refused}
    return tuple(sorted(distinct.values(), key=lambda one: (one.start or 0, one.field)))


def _filled_field(scene: Scene, one: Found, facts: tuple[Fact, ...]) -> str | None:
    """The field that would have taken it, and has another value of the message."""
    filled = {fact.field for fact in facts}
    return next((view.name for view in scene.by_type.get(one.type, []) if view.name in filled), None)


def _is_of(claim: Claim, fact: Fact) -> bool:
    held = fact.value if isinstance(fact.value, list) else [fact.value]
    return claim.field == fact.field and (claim.value == fact.value or claim.value in held)


def _why(claim: Claim, facts: tuple[Fact, ...]) -> WhyRefused:
    surer = any(fact.field == claim.field for fact in facts)
    return WhyRefused.SURER_ONE if surer else WhyRefused.TOO_UNSURE


def _refused(
    scene: Scene, field: str, value: object, first: int, last: int, confidence: float, why: WhyRefused
) -> Refused:
    if first == last:
        return Refused(field, value, None, None, None, round(confidence, 3), why)
    start, end = scene.words.span(first, last)
    return Refused(field, value, scene.words.original[start:end], start, end, round(confidence, 3), why)
