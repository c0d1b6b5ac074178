"""Whether a confidence means what it says: how often facts of each confidence are right."""

from collections.abc import Sequence
from typing import Any, NamedTuple

_BINS = 10
_SIDE, _EDGE = 300, 40


class Sure(NamedTuple):
    """A fact that was read: how sure, whether right, its field's type, and the service or the language it is of."""

    confidence: float
    right: bool
    kind: str
    group: str


def calibration_figures(sureness: Sequence[Sure]) -> dict[str, Any]:
    """The expected calibration error over all facts, and for each type with what lies below and above 0.7."""
    figures: dict[str, Any] = {"expected_error_points": expected_error(sureness), "facts": len(sureness)}
    kinds = {}
    for kind in sorted({one.kind for one in sureness}):
        of_kind = [one for one in sureness if one.kind == kind]
        kinds[kind] = {
            "facts": len(of_kind),
            "expected_error_points": expected_error(of_kind),
            "said": 100 * sum(one.confidence for one in of_kind) / len(of_kind),
            "right": 100 * sum(one.right for one in of_kind) / len(of_kind),
        }
    return figures | {"by_type": kinds}


def bins(sureness: Sequence[Sure]) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, facts) of each tenth that has facts."""
    tenths: list[list[Sure]] = [[] for _ in range(_BINS)]
    for one in sureness:
        tenths[min(int(one.confidence * _BINS), _BINS - 1)].append(one)
    return [
        (sum(one.confidence for one in tenth) / len(tenth), sum(one.right for one in tenth) / len(tenth), len(tenth))
        for tenth in tenths
        if tenth
    ]


def expected_error(sureness: Sequence[Sure]) -> float:
    """Expected calibration error: how far confidence and share right lie apart, by weight, in points."""
    total = len(sureness)
    return 100 * sum(abs(said - right) * count for said, right, count in bins(sureness)) / total if total else 0.0


def as_text(sureness: Sequence[Sure]) -> str:
    lines = ["confidence   right   facts"]
    for said, right, count in bins(sureness):
        lines.append(f"{said:10.2f} {right:7.2f} {count:7d}  {'#' * round(right * 40)}")
    return "\n".join(lines)


def as_svg(sureness: Sequence[Sure]) -> str:
    """A reliability diagram: on the diagonal, confidence means what it says."""
    size = _SIDE + 2 * _EDGE
    most = max((count for _, _, count in bins(sureness)), default=1)
    dots = "".join(
        f'<circle cx="{_EDGE + said * _SIDE:.0f}" cy="{_EDGE + (1 - right) * _SIDE:.0f}" '
        f'r="{4 + 10 * (count / most) ** 0.5:.1f}" fill="#2a7" fill-opacity="0.6">'
        f"<title>{count} facts said {said:.2f}, right {right:.2f}</title></circle>"
        for said, right, count in bins(sureness)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12">'
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>'
        f'<line x1="{_EDGE}" y1="{_EDGE + _SIDE}" x2="{_EDGE + _SIDE}" y2="{_EDGE}" '
        'stroke="#888" stroke-dasharray="4"/>'
        f'{dots}<text x="{size / 2}" y="{size - 8}" text-anchor="middle">confidence</text>'
        f'<text x="14" y="{size / 2}" text-anchor="middle" transform="rotate(-90 14 {size / 2})">share right</text>'
        f"</svg>\n"
    )
