"""How sure a chosen value is called: its kind of evidence, told so that confidence means the share that is right."""

from surereply.domain.flow import FieldType

_GRAMMAR = frozenset(
    {
        *(FieldType.COUNT, FieldType.DATE, FieldType.TIME, FieldType.DURATION, FieldType.MONEY),
        *(FieldType.PLACE, FieldType.COUNTRY, FieldType.PHONE, FieldType.EMAIL),
    }
)
_SETTLED_FROM = 0.8  # what is less sure than this is told as it was weighed, so that no limit below is crossed
_ANSWERED_FROM, _ANSWERED = 0.9, 0.98
_WHERE_TEXT_ENDS = 0.05


def told(confidence: float, kind: FieldType | None, *, is_asked: bool, is_whole: bool) -> float:
    """The confidence that a fact carries; claims on the same words were settled by their own.

    What has a grammar and was settled is seldom another thing: half of the doubt goes, and nearly all of it where the
    value answers its question. Texts have none: unless one is the whole message, where it ends is a guess.
    """
    if confidence < _SETTLED_FROM:
        return confidence
    if kind is FieldType.TEXT:
        return confidence if is_whole else confidence - _WHERE_TEXT_ENDS
    if is_asked and confidence >= _ANSWERED_FROM and (kind in _GRAMMAR or kind is FieldType.YES_NO):
        return max(confidence, _ANSWERED)
    return (confidence + 1) / 2 if kind in _GRAMMAR else confidence
