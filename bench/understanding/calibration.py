"""Whether a confidence means what it says: how often facts of each confidence are right."""

from collections.abc import Sequence

_BINS = 10
_SIDE, _EDGE = 300, 40


def bins(sureness: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, facts) of each tenth that has facts."""
    tenths: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for confidence, right in sureness:
        tenths[min(int(confidence * _BINS), _BINS - 1)].append((confidence, right))
    return [
        (sum(c for c, _ in tenth) / len(tenth), sum(right for _, right in tenth) / len(tenth), len(tenth))
        for tenth in tenths
        if tenth
    ]


def expected_error(sureness: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: how far confidence and share right lie apart, by weight, in points."""
    total = len(sureness)
    return 100 * sum(abs(said - right) * count for said, right, count in bins(sureness)) / total if total else 0.0


def as_text(sureness: Sequence[tuple[float, bool]]) -> str:
    lines = ["confidence   right   facts"]
    for said, right, count in bins(sureness):
        lines.append(f"{said:10.2f} {right:7.2f} {count:7d}  {'#' * round(right * 40)}")
    return "\n".join(lines)


def as_svg(sureness: Sequence[tuple[float, bool]]) -> str:
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
