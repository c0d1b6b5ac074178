"""`make bench-understanding`: what is read right, wrong and not at all, what it costs, and what the bot asks for it."""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bench.understanding import report
from bench.understanding.calibration import as_svg, as_text, calibration_figures
from bench.understanding.conversations import Scored, canonical_forms, rows_of, score_conversation
from bench.understanding.cost import by_stage, cold_start, package_megabytes
from bench.understanding.flows import flows_of_services
from bench.understanding.knowledge import score_knowledge
from bench.understanding.messages import ScoredMessage, own_sets, score_messages
from bench.understanding.reading import model_figures, name_of_model
from bench.understanding.replay import confirming, replay
from bench.understanding.scoring import Counts, share, summed

HERE = Path(__file__).parent


def main() -> int:
    arguments = _arguments()
    now = datetime.fromisoformat(arguments.now).replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    print(f"{platform.machine()}, Python {platform.python_version()}; noise: {arguments.noise or 'none'}; "
          f"language model: {name_of_model()}", flush=True)  # fmt: skip
    baseline = _scores_of(arguments.baseline)
    if arguments.slips:
        arguments.slips.unlink(missing_ok=True)
    figures: dict[str, Any] = {"noise": arguments.noise, "seed": arguments.seed}
    scored = _conversations(arguments, now, figures, baseline) if arguments.conversations else []
    messages = _messages(arguments, now, figures, baseline)
    sureness = [one for rows in (scored, messages) for row in rows for one in row.sureness]
    figures["calibration"] = calibration_figures(sureness)
    print(as_text(sureness), flush=True)
    report.show("calibration", figures["calibration"])
    if arguments.svg:
        arguments.svg.write_text(as_svg(sureness), encoding="utf-8")
    figures["knowledge"] = score_knowledge()
    report.show("knowledge", figures["knowledge"])
    if spent := model_figures():
        figures["language model"] = spent
        report.show("language model", spent)
    seconds, resident, added = cold_start()
    figures["cost"] = {"cold_start_s": seconds, "resident_mb": resident, "reader_mb": added} | package_megabytes()
    report.show("cost", figures["cost"])
    figures["stages"] = by_stage(stages for rows in (scored, messages) for row in rows for stages in row.stages)
    report.show("milliseconds by stage", figures["stages"])
    _write(arguments, figures, scored, messages)
    return 0


def _conversations(
    arguments: argparse.Namespace, now: datetime, figures: dict[str, Any], baseline: dict[str, Counts]
) -> list[Scored]:
    flows = flows_of_services(arguments.services)
    every = [row for file in arguments.conversations for row in rows_of(file)]
    forms = canonical_forms(every)
    held_out = json.loads((HERE / "held_out.json").read_text())
    never_opened = frozenset(held_out["never opened"])
    rows = [row for row in every if row["service"] in flows][:: arguments.every]
    if arguments.service:
        rows = [row for row in rows if row["service"] in arguments.service]
    scored = [
        score_conversation(row, flows[row["service"]], forms, now, arguments.noise, arguments.seed) for row in rows
    ]
    parts = {
        "all conversations": scored,
        "services of development": [
            one for one in scored if not any(one.service in names for names in held_out.values())
        ],
        "services held out in the first round": [
            one for one in scored if any(one.service in names for names in held_out.values())
        ],
        "services never opened": [one for one in scored if one.service in never_opened],
    }
    for name, part in parts.items():
        if part:
            figures[name] = report.conversation_figures(part, baseline, arguments.seed)
            report.show(name, figures[name])
    figures["replay"] = _replayed(rows, flows, now)
    report.show("replay", figures["replay"])
    if arguments.confirming:
        figures["confirm_below"] = confirming(rows, flows, now)
        report.show("confirm_below", figures["confirm_below"])
    if arguments.slips:
        _write_slips(arguments.slips, scored, never_opened)
    return scored


def _replayed(rows: Sequence[Any], flows: dict[str, Any], now: datetime) -> dict[str, Any]:
    total = summed([replay(row, flows[row["service"]], now).counts for row in rows])
    return {
        **total,
        "questions_a_conversation": total.get("questions", 0) / max(total.get("conversations", 0), 1),
        "asked_said_percent": share(total, "asked_said", "questions"),
        "asked_known": total.get("asked_known", 0),
    }


def _write_slips(file: Path, scored: Sequence[Scored], never_opened: frozenset[str]) -> None:
    """What went wrong, word for word; of the services that we may look at."""
    with file.open("w", encoding="utf-8") as out:
        for slip in (slip for one in scored if one.service not in never_opened for slip in one.slips):
            row = [slip.service, slip.field, slip.asked, slip.text, slip.meant, slip.read, slip.words, slip.confidence]
            out.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")


def _messages(
    arguments: argparse.Namespace, now: datetime, figures: dict[str, Any], baseline: dict[str, Counts]
) -> list[ScoredMessage]:
    files = arguments.messages or ([] if arguments.no_own else list(own_sets()))
    scored = [
        one for file in files for one in score_messages(file, now, arguments.noise, arguments.seed, arguments.folds)
    ]
    for group in dict.fromkeys(one.group for one in scored):
        part = [one for one in scored if one.group == group]
        figures[group] = report.message_figures(part, baseline, arguments.seed)
        report.show(group, figures[group])
    if arguments.slips and scored:
        with arguments.slips.open("a", encoding="utf-8") as out:
            out.writelines(f"{one.id}\t{slip}\n" for one in scored for slip in one.slips)
    return scored


def _scores_of(file: Path | None) -> dict[str, Counts]:
    """Conversation or message → its counts, of predictions or of scores alone."""
    if file is None:
        return {}
    return {row["id"]: row["counts"] for row in rows_of(file)}


def _write(
    arguments: argparse.Namespace, figures: dict[str, Any], scored: list[Scored], messages: list[ScoredMessage]
) -> None:
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if arguments.out:
        with arguments.out.open("w", encoding="utf-8") as out:
            for one in scored:
                row = {"id": one.conversation, "service": one.service, "counts": one.counts, "turns": one.turns}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            for message in messages:
                row = {"id": message.id, "group": message.group, "counts": message.counts, "read": message.read}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-understanding", description=__doc__)
    parser.add_argument("--services", type=Path, metavar="FILE", help="declared services, JSON")
    parser.add_argument("--conversations", type=Path, nargs="*", metavar="FILE", help="JSON lines, gzip or plain")
    parser.add_argument("--messages", type=Path, nargs="*", metavar="FILE", help="single messages; our own if absent")
    parser.add_argument("--no-own", action="store_true", help="without our own sets")
    parser.add_argument("--noise", choices=("lower", "typos"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folds", type=int, default=0, help="judge what is learned on messages it has not seen")
    parser.add_argument("--now", default="2019-03-01T09:00", help="when the messages were written, local time")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="every Nth conversation, while developing")
    parser.add_argument("--service", nargs="*", help="these services alone")
    parser.add_argument("--confirming", action="store_true", help="replay at several values of confirm_below, too")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="another reader's --out, for the paired gain")
    parser.add_argument("--out", type=Path, metavar="FILE", help="predictions, a line for each conversation or message")
    parser.add_argument("--slips", type=Path, metavar="FILE", help="what went wrong; of held-out services nothing")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the reliability diagram")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the figures, too")
    arguments = parser.parse_args()
    if arguments.conversations and not arguments.services:
        parser.error("--conversations needs --services")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
