"""`make bench-models`: with a slow model, throughput is bound by the calls that may be in flight, and not by us.
`ARGS=cost`: what a qualified lead costs.

Customers write and are answered as in `bench.pipeline`; a fake model over HTTP takes so long for every call. Of the
calls that could end in the time, in flight ÷ latency, the share that did is what counts; the knee is where it falls.
"""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.models.cost import measure_cost, print_costs
from bench.pipeline.business import FLOW, Group, database, free_port, open_shop, serving
from bench.pipeline.load import Load
from bench.pipeline.machine import look, percentile
from surereply.domain.flow_file import parse_flow
from surereply.lab.models.asked import Asked
from surereply.lab.models.good import READING, empty_reading, good
from surereply.lab.models.manners import slow
from surereply.lab.models.server import KEY, MODEL, Mind, ModelServer

ALL_ROLES = "web,respond,dispatch,reconcile"
CUSTOMERS_A_SLOT = 1.75  # so that there is always somebody to ask about
WARM_UP_LATENCIES = 3
LOOK_EVERY_S = 0.05
AIMED_AT, AIMED_SHARE = 100, 0.9  # calls in flight, and the share of what they could do


@dataclass(frozen=True, slots=True)
class Run:
    """One number of calls in flight. `share`: of in flight ÷ latency."""

    in_flight: int
    calls_per_s: float
    share: float
    bare_calls_per_s: float  # of a client that does nothing else, right after
    mean_in_flight: float
    most_in_flight: int
    messages_per_s: float
    sent_ms_p50: float
    hung_up: int
    server_cpu_ms_per_call: float
    server_cores: float
    unanswered: int
    second_answers: int


async def measure(arguments: argparse.Namespace) -> list[Run]:
    rows = []
    with database() as postgres:
        lines = await open_shop(postgres.dsn, arguments.lines, messages_per_second=40.0, read_marks=False)
        for in_flight in arguments.in_flight:
            row = await _run(arguments, postgres, lines, in_flight)
            rows.append(row)
            _print_row(row)
    return rows


async def _run(arguments: argparse.Namespace, postgres: Any, lines: list[str], in_flight: int) -> Run:
    load = Load(lines, arguments.seed + in_flight)
    api_port, port = free_port(), free_port()
    provider = await load.listen(api_port)
    async with ModelServer(_mind(), manner=slow(arguments.latency)) as model:
        settings = {
            "LLM_MODEL": MODEL,
            "LLM_BASE_URL": model.base_url,
            "LLM_API_KEY": KEY,
            "LLM_AT_ONCE": str(in_flight // arguments.processes),
            "LLM_DEADLINE_MS": "10000",
            "LLM_TOKENS_A_DAY": "0",
        }
        groups = [Group("server", ALL_ROLES, arguments.processes)]
        async with serving(postgres.dsn, api_port, port, groups, settings) as pids:
            await load.connect(port)
            warm_up_s = WARM_UP_LATENCIES * arguments.latency
            customers = round(in_flight * CUSTOMERS_A_SLOT)
            talking = asyncio.create_task(load.closed_loop(customers, warm_up_s + arguments.seconds + 1))
            await asyncio.sleep(warm_up_s)
            before, began = await look(postgres.dsn, pids), time.perf_counter()
            calls, answered = len(model.calls.done), load.figures.answered
            mean = await _mean_in_flight(model, arguments.seconds)
            seconds = time.perf_counter() - began
            calls, answered = len(model.calls.done) - calls, load.figures.answered - answered
            spent = (await look(postgres.dsn, pids)).since(before).cpu["server"]
            figures = await talking
        hung_up, most = model.calls.hung_up, model.calls.most_in_flight
        bare = await _bare(model, in_flight, arguments.seconds)
    provider.close()
    return Run(
        in_flight,
        calls_per_s=round(calls / seconds, 1),
        share=round(calls / seconds / (in_flight / arguments.latency), 3),
        bare_calls_per_s=round(bare, 1),
        mean_in_flight=round(mean, 1),
        most_in_flight=most,
        messages_per_s=round(answered / seconds, 1),
        sent_ms_p50=round(percentile(figures.replies, 0.5) * 1000),
        hung_up=hung_up,
        server_cpu_ms_per_call=round(spent * 1000 / max(calls, 1), 1),
        server_cores=round(spent / seconds, 2),
        unanswered=load.unanswered,
        second_answers=figures.unexpected,
    )


def _mind() -> Mind:
    """Finds nothing that the embedded reader does not, and is friendly: what it costs is its latency."""
    friendly = good([parse_flow(FLOW.read_text(), FLOW.name)])

    def mind(asked: Asked) -> Any:
        return empty_reading(asked.schema) if asked.name == READING else friendly(asked)

    return mind


async def _bare(model: ModelServer, in_flight: int, seconds: float) -> float:
    command = [sys.executable, "-m", "bench.models.bare", model.base_url, str(in_flight), str(seconds)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return int(out) / seconds


async def _mean_in_flight(model: ModelServer, seconds: float) -> float:
    seen = []
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        seen.append(model.calls.in_flight)
        await asyncio.sleep(min(LOOK_EVERY_S, left))
    return sum(seen) / len(seen)


def _print_row(row: Run) -> None:
    print(
        f"{row.in_flight:>4} in flight: {row.calls_per_s:6.1f} calls/s, {row.share:6.1%} of in flight ÷ latency; "
        f"a bare client right after: {row.bare_calls_per_s:.1f}\n"
        f"{'':>16}in flight {row.mean_in_flight:.1f} on average, {row.most_in_flight} at most   "
        f"{row.messages_per_s:.1f} messages/s, webhook→sent {row.sent_ms_p50:.0f} ms (p50)\n"
        f"{'':>16}server {row.server_cpu_ms_per_call:.1f} CPU ms a call, {row.server_cores:.2f} cores   "
        f"cut off {row.hung_up}, unanswered {row.unanswered}, second answers {row.second_answers}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-models", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["knee", "cost"], default="knee")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--in-flight", type=int, nargs="*", default=[10, 25, 50, 100, 200, 400])
    parser.add_argument("--latency", type=float, default=2.0, help="seconds, of every call")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run, after its warm-up")
    parser.add_argument("--processes", type=int, default=1, help="of the server; each has its share of the calls")
    parser.add_argument("--lines", type=int, default=50)
    parser.add_argument("--customers", type=int, default=60, help="of `cost`, over all flows")
    parser.add_argument("--input-price", type=float, default=0.25, help="of a million tokens, for `cost`")
    parser.add_argument("--output-price", type=float, default=2.0, help="of a million tokens, for `cost`")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    return _cost(arguments) if arguments.what == "cost" else _knee(arguments)


def _cost(arguments: argparse.Namespace) -> int:
    costs = uvloop.run(measure_cost(arguments))
    print_costs(costs, arguments.input_price, arguments.output_price)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=2) + "\n")
    return 0 if all(cost.qualified for cost in costs) else 1


def _knee(arguments: argparse.Namespace) -> int:
    print(
        f"{platform.machine()}, {os.cpu_count()} cores for server, PostgreSQL, load, provider and model together; "
        f"Python {platform.python_version()}; server processes: {arguments.processes}; "
        f"a model of {arguments.latency:g} s; load average before: {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    rows = uvloop.run(measure(arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    aimed = [row for row in rows if row.in_flight == AIMED_AT]
    return 1 if any(row.second_answers for row in rows) or any(row.share < AIMED_SHARE for row in aimed) else 0


if __name__ == "__main__":
    sys.exit(main())
