"""What the machine spent: CPU of processes by what they do, WAL and commits of the database."""

import os
import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import asyncpg

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds by name, WAL bytes, commits; a difference of two is what a run spent."""

    cpu: dict[str, float]
    wal_bytes: int
    commits: int

    def since(self, before: "Spent") -> "Spent":
        cpu = {name: seconds - before.cpu.get(name, 0.0) for name, seconds in self.cpu.items()}
        return Spent(cpu, self.wal_bytes - before.wal_bytes, self.commits - before.commits)


async def look(url: str, pids: dict[str, int]) -> Spent:
    """`pids`: whose process, with all below it, to count under which name; our own is the load's."""
    connection = await asyncpg.connect(url)
    try:
        wal = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
        commits = await connection.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    cpu = {name: _cpu(pid) for name, pid in pids.items()} | {"load and provider": time.process_time()}
    return Spent(cpu, wal, commits)


def _cpu(root: int) -> float:
    """CPU seconds of a process and all below it, those that ended included."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(path.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        user, system, ended_user, ended_system = (int(field) for field in fields[11:15])
        seconds[pid] = (user + system + ended_user + ended_system) / TICKS
    total, waiting = 0.0, [root]
    while waiting:
        pid = waiting.pop()
        total += seconds.get(pid, 0.0)
        waiting += children.get(pid, [])
    return total


def percentile(values: list[float], share: float) -> float:
    """Of seconds; nan where there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def bootstrapped(ratios: list[float], rounds: int = 10_000) -> tuple[float, float]:
    """The 95 % interval of the mean."""
    chance = random.Random(1)
    means = sorted(statistics.fmean(chance.choices(ratios, k=len(ratios))) for _ in range(rounds))
    return means[int(rounds * 0.025)], means[int(rounds * 0.975)]
