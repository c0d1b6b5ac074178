"""`make bench`: throughput, latency and cost of a message, from webhook to accepted reply."""

import argparse
import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.pipeline.business import Group, database, free_port, open_shop, serving
from bench.pipeline.load import Figures, Load
from bench.pipeline.machine import Spent, look, percentile

ALL_ROLES = "web,respond,dispatch,reconcile"


@dataclass(frozen=True, slots=True)
class Run:
    """One run's figures; times in milliseconds."""

    name: str
    figures: Figures
    spent: Spent
    unanswered: int

    def row(self) -> dict[str, Any]:
        figures = self.figures
        seconds = figures.ended - figures.began
        messages = max(figures.answered, 1)
        return {
            "run": self.name,
            "seconds": round(seconds, 1),
            "messages": figures.written,
            "messages_per_s": round(figures.answered / seconds, 1),
            "ack_ms_p50": _ms(figures.acks, 0.5),
            "ack_ms_p99": _ms(figures.acks, 0.99),
            "sent_ms_p50": _ms(figures.replies, 0.5),
            "sent_ms_p99": _ms(figures.replies, 0.99),
            "cpu_ms_per_message": {n: round(s * 1000 / messages, 3) for n, s in self.spent.cpu.items()},
            "wal_bytes_per_message": round(self.spent.wal_bytes / messages),
            "commits_per_message": round(self.spent.commits / messages, 3),
            "refused": figures.refused,
            "unanswered": self.unanswered,
            "second_answers": figures.unexpected,
        }


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1000, 1)


async def measure(arguments: argparse.Namespace) -> list[dict[str, Any]]:
    with database() as server:
        lines = await open_shop(
            server.dsn,
            arguments.lines,
            messages_per_second=arguments.line_rate,
            read_marks=arguments.read_marks,
        )
        load = Load(lines, arguments.seed)
        api_port, port = free_port(), free_port()
        provider = await load.listen(api_port)
        rows = []
        together = [Group("server", ALL_ROLES, arguments.processes)]
        async with serving(server.dsn, api_port, port, together) as pids:
            await load.connect(port)
            await load.open_loop(100, 3)  # warm-up: connections, plans, caches
            runs = [(f"{rate:g}/s", rate, 0) for rate in arguments.rates]
            runs.append((f"saturation, {arguments.customers} customers", 0, arguments.customers))
            for name, rate, customers in runs:
                row = await _run(load, server, pids, name, seconds=arguments.seconds, rate=rate, customers=customers)
                rows.append(row)
        if arguments.by_step:
            rows.append(await _by_step(arguments, load, server, api_port))
        provider.close()
        return rows


async def _run(
    load: Load, server: Any, pids: dict[str, int], name: str, *, seconds: float, rate: float = 0, customers: int = 0
) -> dict[str, Any]:
    whose = {**pids, "postgresql": server.pid}
    before = await look(server.dsn, whose)
    if rate:
        figures = await load.open_loop(rate, seconds)
    else:
        figures = await load.closed_loop(customers, seconds)
    spent = (await look(server.dsn, whose)).since(before)
    row = Run(name, figures, spent, load.unanswered).row()
    load.forget_waiting()
    _print_row(row)
    return row


async def _by_step(arguments: argparse.Namespace, load: Load, server: Any, api_port: int) -> dict[str, Any]:
    """The steps in processes of their own, to see what each costs; slower than together."""
    port = free_port()
    groups = [Group(role, role, 1) for role in ALL_ROLES.split(",")]
    async with serving(server.dsn, api_port, port, groups) as pids:
        await load.connect(port)
        return await _run(load, server, pids, "200/s, a process a step", rate=200, seconds=arguments.seconds)


def _print_row(row: dict[str, Any]) -> None:
    cpu = ", ".join(f"{name} {ms:.2f}" for name, ms in row["cpu_ms_per_message"].items())
    print(
        f"{row['run']:>28}: {row['messages_per_s']:7.1f} messages/s   "
        f"ack {row['ack_ms_p50']:.1f} / {row['ack_ms_p99']:.1f} ms   "
        f"webhook→sent {row['sent_ms_p50']:.1f} / {row['sent_ms_p99']:.1f} ms (p50 / p99)\n"
        f"{'':>30}CPU ms a message: {cpu}\n"
        f"{'':>30}WAL {row['wal_bytes_per_message']} bytes and {row['commits_per_message']} commits a message   "
        f"refused {row['refused']}, unanswered {row['unanswered']}, second answers {row['second_answers']}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--seconds", type=float, default=15, help="of each run")
    parser.add_argument("--rates", type=float, nargs="*", default=[50, 200, 500, 1000], help="messages/s, open loop")
    parser.add_argument("--customers", type=int, default=400, help="at the same time, at saturation")
    parser.add_argument("--lines", type=int, default=50)
    parser.add_argument("--line-rate", type=float, default=40.0, help="messages/s that a line may send")
    parser.add_argument("--processes", type=int, default=2, help="of the server")
    parser.add_argument("--no-read-marks", dest="read_marks", action="store_false", help="without blue ticks")
    parser.add_argument("--no-by-step", dest="by_step", action="store_false", help="without the run by step")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores for server, PostgreSQL, load and provider together; "
        f"Python {platform.python_version()}\n"
        f"{arguments.lines} lines, {arguments.line_rate:g} messages/s each; {arguments.processes} server processes; "
        f"debounce 0; read marks {'on' if arguments.read_marks else 'off'}; understanding and flow are the real ones",
        flush=True,
    )
    rows = uvloop.run(measure(arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(row["second_answers"] == 0 for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
