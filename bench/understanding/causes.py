"""Why a value was read wrong or missed: the first cause that fits, and how many there are of each."""

from collections import Counter
from collections.abc import Sequence

from bench.understanding.conversations import Slip
from bench.understanding.matching import ANYTHING
from surereply.domain.flow import FieldType


def cause_of(slip: Slip) -> str:
    """One cause for each slip, by what can be seen of it."""
    kind = slip.kind.value if slip.kind else "?"
    if slip.meant is None:
        where = "asked" if slip.asked else "not asked"
        return f"{kind}: read, and nothing was said ({where})"
    if slip.read == ANYTHING:
        return f"{kind}: taken as left to us, and a value was said"
    if slip.meant[0] == ANYTHING:
        return f"{kind}: left to us, not understood"
    if slip.confidence is not None and slip.read is not None:
        right = any(one.casefold() in {str(slip.read).casefold(), str(slip.words).casefold()} for one in slip.meant)
        if right:
            return f"{kind}: right, and too unsure to be written"
        return f"{kind}: another value, or other words"
    said = any(one.casefold() in slip.text.casefold() for one in slip.meant)
    if slip.kind is FieldType.YES_NO:
        return f"{kind}: missed"
    return f"{kind}: missed, {'its words stand there' if said else 'said in other words'}"


def counted(slips: Sequence[Slip]) -> list[tuple[str, int]]:
    return Counter(map(cause_of, slips)).most_common()
