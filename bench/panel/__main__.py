"""`make bench-panel`: pages over a long history, and what open panels cost the pipeline."""

import argparse
import asyncio
import json
import os
import platform
import random
import secrets
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import uvloop

from bench.panel.history import DAYS, fill
from bench.pipeline.business import SECRET_KEY, Group, database, free_port, kept_database, open_shop, serving
from bench.pipeline.load import Load
from bench.pipeline.machine import bootstrapped, percentile
from surereply.admin import operators
from surereply.admin.operators import Token
from surereply.bookkeeper import Bookkeeper
from surereply.domain.operators import Role
from surereply.store import lines, partitions
from surereply.store.database import connect
from surereply.store.directory import Directory
from surereply.store.migrate import migrate
from surereply.web.panel.asked import COOKIE, csrf_of

INBOX_EVERY_S = 3.0  # what an open inbox asks again after, at most, while things change
PAIRS_MINIMUM = 3


async def signed_in(url: str, name: str) -> str:
    """What a browser's cookie holds."""
    db = await connect(url, name="bench", most=1)
    try:
        now = datetime.now(UTC)
        unheard_of = f"{name} {secrets.token_hex(4)}"  # a database that is kept knows the others
        link = await operators.add_operator(db, unheard_of, Role.ADMIN, "bench", now)
        assert isinstance(link, Token)
        token = await operators.sign_in_with_link(db, link, "bench", now)
        assert isinstance(token, Token)
        return token.text
    finally:
        await db.close()


async def measure_pages(conversations: int, messages_each: int, asks: int, keep: Path | None) -> dict[str, Any]:
    """Milliseconds of each page, from the request to its last byte, one at a time. What is kept is not filled again."""
    with kept_database(keep) if keep else database() as server:
        if not await _is_filled(server.dsn):
            await _fill_history(server.dsn, conversations, messages_each)
        await migrate(server.dsn)  # what was kept may be from before a migration
        db = await connect(server.dsn, name="bench", most=2)
        filled_s = await _fill_cards(db)
        counts = {}
        async with db.connection() as tx:
            for table in ("conversation", "message", "conversation_card", "tally"):
                counts[table] = await tx.fetchval(f"SELECT count(*) FROM {table}")
            some = [r["id"] for r in await tx.fetch("SELECT id FROM conversation ORDER BY md5(id::text) LIMIT 50")]
        await db.close()
        port = free_port()
        async with serving(server.dsn, free_port(), port, [Group("web", "web", 1)]):
            rows = await _ask_all(server.dsn, port, some, asks)
    return {"counts": counts, "cards_and_tallies_filled_in_s": filled_s, "pages": rows}


async def _is_filled(url: str) -> bool:
    db = await connect(url, name="bench", most=1)
    try:
        async with db.connection() as tx:
            return bool(await tx.fetchval("SELECT to_regclass('flow') IS NOT NULL")) and bool(
                await tx.fetchval("SELECT EXISTS (SELECT FROM conversation)")
            )
    finally:
        await db.close()


async def _fill_history(url: str, conversations: int, messages_each: int) -> None:
    await open_shop(url, 1, messages_per_second=40, read_marks=False)
    now = datetime.now(UTC)
    db = await connect(url, name="bench", most=2)
    async with db.transaction() as tx:
        for ago in range(0, DAYS + 31, 28):
            await partitions.ensure_partitions(tx, now - timedelta(days=ago))
        line = (await lines.all_lines(tx))[0].line
    await db.close()
    began = time.monotonic()
    await fill(url, line.bucket, line.id, now, conversations, messages_each)
    print(f"filled in {time.monotonic() - began:.0f} s", flush=True)


async def _fill_cards(db: Any) -> float:
    directory = Directory(db, SECRET_KEY, {})
    await directory.refresh()
    keeper = Bookkeeper(db, directory, lambda: datetime.now(UTC))
    began = time.monotonic()
    while await keeper.fill_cards_once():
        pass
    while await keeper.count_once():
        pass
    return round(time.monotonic() - began, 1)


async def _ask_all(url: str, port: int, some: list[Any], asks: int) -> list[dict[str, Any]]:
    cookie = await signed_in(url, "Bench")
    csrf = {"X-CSRF-Token": csrf_of(Token(cookie)), "HX-Request": "true"}
    pages: list[tuple[str, str, str, dict[str, str]]] = [
        ("inbox, 50 conversations", "GET", "/inbox", {}),
        ("inbox, new ones", "GET", "/inbox?show=new", {}),
        ("inbox, by service", "GET", "/inbox?service=GOLDEN_VISA", {}),
        ("inbox, a number searched", "POST", "/inbox", {"sought": "971500054321"}),
        ("inbox, a rare word searched", "POST", "/inbox", {"sought": "customer 77777"}),
        ("inbox, a word of everybody's searched", "POST", "/inbox", {"sought": "papers"}),
        ("conversation", "GET", "/conversations/{id}", {}),
        ("overview, 24 hours", "GET", "/", {}),
        ("overview, 30 days", "GET", "/?period=month", {}),
        ("leads", "GET", "/leads", {}),
        ("leads, qualified", "GET", "/leads?stage=qualified", {}),
        ("problems", "GET", "/problems", {}),
        ("flow", "GET", "/flow", {}),
        ("flow, the graph with counts", "GET", "/flow/business-services/versions/1/graph.svg", {}),
        ("settings", "GET", "/settings", {}),
    ]
    rows = []
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"Cookie": f"{COOKIE}={cookie}"}) as http:
        for name, method, path, form in pages:
            times = []
            for number in range(asks + 3):
                began = time.perf_counter()
                where = path.replace("{id}", str(some[number % len(some)]))
                async with http.request(
                    method, where, data=form or None, headers=csrf if method == "POST" else {}
                ) as a:
                    await a.read()
                    assert a.status == 200, (name, a.status)
                if number >= 3:  # plans and caches
                    times.append(time.perf_counter() - began)
            row = {"page": name, "p50_ms": _ms(times, 0.5), "p95_ms": _ms(times, 0.95), "worst_ms": _ms(times, 1.0)}
            print(f"{name:>40}: {row['p50_ms']:7.1f} / {row['p95_ms']:7.1f} / {row['worst_ms']:7.1f} ms", flush=True)
            rows.append(row)
    return rows


def _ms(times: list[float], share: float) -> float:
    return round(percentile(times, share) * 1000, 1)


async def measure_followers(panels: int, pairs: int, seconds: float, customers: int, processes: int) -> dict[str, Any]:
    """The pipeline at saturation, by turns without and with so many open panels; the ratio of each pair."""
    with database() as server:
        numbers = await open_shop(server.dsn, 50, messages_per_second=40, read_marks=True)
        load = Load(numbers, 1)
        api_port, port = free_port(), free_port()
        provider = await load.listen(api_port)
        roles = "web,respond,dispatch,reconcile"
        async with serving(server.dsn, api_port, port, [Group("server", roles, processes)]):
            await load.connect(port)
            await load.open_loop(100, 3)
            cookies = [await signed_in(server.dsn, f"Operator {number}") for number in range(20)]
            ratios, rows = [], []
            for pair in range(pairs):
                order = [False, True] if pair % 2 == 0 else [True, False]
                rates = {}
                for open_panels in order:
                    rates[open_panels] = await _throughput(
                        load, port, cookies, panels if open_panels else 0, seconds, customers
                    )
                ratios.append(rates[True] / rates[False])
                rows.append({"without": round(rates[False], 1), "with": round(rates[True], 1)})
                print(
                    f"pair {pair + 1}: {rates[False]:.0f} and {rates[True]:.0f} messages/s, ratio {ratios[-1]:.3f}",
                    flush=True,
                )
        provider.close()
    low, high = bootstrapped(ratios)
    print(f"{panels} open panels: ratio {statistics.fmean(ratios):.3f}, 95 % interval {low:.3f} to {high:.3f}")
    return {"panels": panels, "pairs": rows, "ratio": statistics.fmean(ratios), "interval": [low, high]}


@dataclass(slots=True)
class Heard:
    """What open panels were told and drew, in all."""

    changes: int = 0
    lists: int = 0


async def _throughput(load: Load, port: int, cookies: list[str], panels: int, seconds: float, customers: int) -> float:
    stop, heard = asyncio.Event(), Heard()
    async with asyncio.TaskGroup() as group:
        for number in range(panels):
            group.create_task(_panel(port, cookies[number % len(cookies)], stop, heard))
        if panels:
            await asyncio.sleep(3)
        figures = await load.closed_loop(customers, seconds)
        load.forget_waiting()
        stop.set()
    if panels:
        print(f"  {panels} panels heard {heard.changes} changes and drew {heard.lists} lists", flush=True)
    return figures.answered / (figures.ended - figures.began)


async def _panel(port: int, cookie: str, stop: asyncio.Event, heard: Heard) -> None:
    """What an open inbox does: follows, and asks for its list again when it is told of changes."""
    csrf = {"X-CSRF-Token": csrf_of(Token(cookie)), "HX-Request": "true"}
    told = asyncio.Event()
    connector = aiohttp.TCPConnector(limit=4)
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}", headers={"Cookie": f"{COOKIE}={cookie}"}, connector=connector
    ) as http:

        async def follow() -> None:
            while not stop.is_set():
                async with http.get("/stream", timeout=aiohttp.ClientTimeout(total=None)) as stream:
                    async for line in stream.content:
                        if line.startswith(b"event: changes"):
                            told.set()
                            heard.changes += 1

        following = asyncio.create_task(follow())
        await asyncio.sleep(random.random() * INBOX_EVERY_S)
        while not stop.is_set():
            if told.is_set():
                told.clear()
                async with http.post("/inbox", data={"show": "all"}, headers=csrf) as answer:
                    await answer.read()
                    assert answer.status == 200
                    heard.lists += 1
            try:
                async with asyncio.timeout(INBOX_EVERY_S):
                    await stop.wait()
            except TimeoutError:
                continue
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench-panel", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["pages", "followers"], default="pages")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=20, help="of each conversation")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the database there; a later run takes it")
    parser.add_argument("--asks", type=int, default=40, help="of each page")
    parser.add_argument("--panels", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--customers", type=int, default=400, help="at the same time: enough for saturation")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores for everything together; Python {platform.python_version()}",
        flush=True,
    )
    if arguments.what == "pages":
        result = uvloop.run(measure_pages(arguments.conversations, arguments.messages, arguments.asks, arguments.keep))
    else:
        pairs = max(arguments.pairs, PAIRS_MINIMUM)
        result = uvloop.run(
            measure_followers(arguments.panels, pairs, arguments.seconds, arguments.customers, arguments.processes)
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
