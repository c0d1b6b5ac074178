"""What the demo's language model proposed, and what was taken and refused of it, as rows of the table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

TAKEN, AGREED, UNSURE = "taken", "agreed", "unsure"  # fates of a fact that was not refused
ANSWERED = "answered"


def rows_of(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """`records`: the model's part in each turn, as the API shows it."""
    calls = Counter(call["outcome"] for record in records for call in record["calls"])
    wordings = [wording for record in records for wording in record["wordings"]]
    refusals = Counter(reason for wording in wordings for reason in wording["refusals"])
    refused = sum(bool(wording["refusals"]) for wording in wordings)
    fates = Counter(one["fate"] for record in records for one in record["proposals"] if one["kind"] == "fact")
    kept = fates[TAKEN], fates[AGREED], fates[UNSURE]
    return [
        ("model calls, answered", f"{calls.total()}, {calls[ANSWERED]}"),
        *_counted("  not answered", {name: count for name, count in calls.items() if name != ANSWERED}),
        ("facts proposed, taken, known already", f"{fates.total()}, {kept[0]}, {kept[1]}"),
        ("  asked about, refused", f"{kept[2]}, {fates.total() - sum(kept)}"),
        ("rewordings proposed, sent, refused", f"{len(wordings)}, {len(wordings) - refused}, {refused}"),
        *_counted("  refused for", refusals),
    ]


def _counted(title: str, counts: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    most_first = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if most_first:
        yield title, ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in most_first)
