"""The figures of a run, for people and for programs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.understanding.causes import counted
from bench.understanding.conversations import MATCHES, Scored
from bench.understanding.cost import percentile
from bench.understanding.messages import ScoredMessage
from bench.understanding.scoring import Counts, f1, gain, interval, precision, recall, share, summed
from bench.understanding.state_causes import lost_turns

_MOST_CAUSES = 20


def conversation_figures(scored: Sequence[Scored], baseline: Mapping[str, Counts], seed: int) -> dict[str, Any]:
    """Overall, by service, by type; with the paired gain where the baseline has the same conversations."""
    rows = [one.counts for one in scored]
    total = summed(rows)
    figures: dict[str, Any] = {"conversations": len(scored), "turns": total.get("turns", 0)}
    for match in MATCHES:
        figures[match] = {
            "said_precision": precision(total, f"said_{match}"),
            "said_recall": recall(total, f"said_{match}"),
            "said_f1": str(interval(rows, lambda c, m=match: f1(c, f"said_{m}"), seed)),  # type: ignore[misc]
            "change_f1": f1(total, f"change_{match}"),
            "joint_state": str(interval(rows, lambda c, m=match: share(c, f"state_{m}", "turns"), seed)),  # type: ignore[misc]
        }
    figures["by_service"] = {
        service: _brief(summed([one.counts for one in scored if one.service == service]))
        for service in sorted({one.service for one in scored})
    }
    figures["by_type"] = by_type(one.by_type for one in scored)
    paired = [one for one in scored if one.conversation in baseline]
    if paired:
        before, after = [baseline[one.conversation] for one in paired], [one.counts for one in paired]
        figures["gain"] = {
            f"{match} {name}": str(gain(before, after, figure, seed))
            for match in MATCHES
            for name, figure in (
                ("said F1", lambda c, m=match: f1(c, f"said_{m}")),  # type: ignore[misc]
                ("joint state", lambda c, m=match: share(c, f"state_{m}", "turns")),  # type: ignore[misc]
            )
        }
    figures["milliseconds"] = milliseconds([ms for one in scored for ms in one.milliseconds])
    figures["causes"] = counted([slip for one in scored for slip in one.slips])[:_MOST_CAUSES]
    figures["turns whose state is wrong, by cause: by this one alone, among others"] = lost_turns(
        one.state_causes for one in scored
    )
    return figures


def message_figures(scored: Sequence[ScoredMessage], baseline: Mapping[str, Counts], seed: int) -> dict[str, Any]:
    """One set of messages, or one language of our own."""
    rows = [one.counts for one in scored]
    total = summed(rows)
    figures: dict[str, Any] = {"messages": len(scored)}
    for match in MATCHES:
        figures[match] = {
            "precision": precision(total, f"said_{match}"),
            "recall": recall(total, f"said_{match}"),
            "f1": str(interval(rows, lambda c, m=match: f1(c, f"said_{m}"), seed)),  # type: ignore[misc]
        }
    figures["by_type"] = by_type(one.by_type for one in scored)
    signals: dict[str, Counts] = {}
    for one in scored:
        for name, counts in one.signals.items():
            signals[name] = summed([signals.get(name, {}), counts])
    if signals:
        every = summed(list(signals.values()))
        figures["signals"] = {
            "precision": precision(every, "signal"),
            "recall": recall(every, "signal"),
            "f1": f1(every, "signal"),
            "by_signal": {name: f1(counts, "signal") for name, counts in sorted(signals.items())},
        }
    paired = [one for one in scored if one.id in baseline]
    if paired:
        before, after = [baseline[one.id] for one in paired], [one.counts for one in paired]
        figures["gain"] = {
            f"{match} F1": str(gain(before, after, lambda c, m=match: f1(c, f"said_{m}"), seed))  # type: ignore[misc]
            for match in MATCHES
        }
    figures["milliseconds"] = milliseconds([one.milliseconds for one in scored])
    return figures


def by_type(rows: Iterable[Mapping[str, Counts]]) -> dict[str, dict[str, float]]:
    united: dict[str, Counts] = {}
    for row in rows:
        for kind, counts in row.items():
            united[kind] = summed([united.get(kind, {}), counts])
    return {kind: _brief(counts) for kind, counts in sorted(united.items())}


def milliseconds(values: list[float]) -> dict[str, float]:
    return {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "p99": percentile(values, 0.99)}


def show(name: str, figures: Any, depth: int = 0) -> None:
    """Nested figures as indented lines."""
    margin = "  " * depth
    if isinstance(figures, Mapping) and figures and all(isinstance(value, list) for value in figures.values()):
        print(f"{margin}{name}")
        for key, values in figures.items():
            print(f"{margin}  {key}  {'  '.join(map(_number, values))}")
    elif isinstance(figures, Mapping) and all(not isinstance(value, Mapping | list) for value in figures.values()):
        shown = "  ".join(f"{key} {_number(value)}" for key, value in figures.items())
        print(f"{margin}{name}: {shown}" if name else f"{margin}{shown}")
    elif isinstance(figures, Mapping):
        print(f"{margin}{name}")
        for key, value in figures.items():
            show(str(key), value, depth + 1)
    elif isinstance(figures, list):
        print(f"{margin}{name}")
        for row in figures:
            print(f"{margin}  {'  '.join(map(_number, row)) if isinstance(row, list | tuple) else row}")
    else:
        print(f"{margin}{name}: {_number(figures)}")


def _brief(counts: Counts) -> dict[str, float]:
    brief = {
        "precision": precision(counts, "said_strict"),
        "recall": recall(counts, "said_strict"),
        "f1": f1(counts, "said_strict"),
        "f1_fuzzy": f1(counts, "said_fuzzy"),
    }
    if "turns" in counts:
        brief["joint_state"] = share(counts, "state_strict", "turns")
    else:
        brief["values"] = counts.get("said_strict_right", 0) + counts.get("said_strict_missed", 0)
    return brief


def _number(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
