"""A play from its beginning to its end: customers talk, it is struck, it is calm, and all is audited."""

import asyncio
import contextlib
import resource
import shutil
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from surereply.lab.envelope import MESSAGES
from surereply.lab.stage.home import Home, quiet, temporary_home
from surereply.lab.stage.running import INTERRUPTED, run_until_told, told_to_end
from surereply.lab.torture.audit import AMISS, WIPED, WRONG, Evidence, Finding, audit
from surereply.lab.torture.conduct import Storm, drain, mend_all, people
from surereply.lab.torture.crowd import Crowd
from surereply.lab.torture.histories import history
from surereply.lab.torture.plan import Plan
from surereply.lab.torture.report import render
from surereply.lab.torture.result import MOST_HISTORIES, Result, Tally
from surereply.lab.torture.scene import Scene, set_up
from surereply.lab.torture.screen import TortureScreen
from surereply.lab.torture.timeline import LeadWatch, Timeline
from surereply.lab.witness import Talks
from surereply.store.audit import Tables, read_tables
from surereply.store.outbox import DOUBT_HOLDS_BACK

OPEN_FILES = 16_384
PLAIN_EVERY_S = 10.0  # between two lines of progress where no terminal shows one that changes

Drive = Callable[[Scene, Crowd, Storm], Coroutine[Any, Any, None]]


def play(plan: Plan, name: str, replay: str, drive: Drive, screen: TortureScreen) -> Result | None:
    """Set everything up, drive it, let it drain, audit it; None where it was told to end before.

    Raises `ServerFailed`, EmbeddedPostgresError.
    """
    results: list[Result] = []
    _open_many_files()
    with told_to_end(), temporary_home("torture") as home, quiet(home):

        async def work() -> int:
            results.append(await _play(plan, name, replay, drive, screen, home))
            return 0

        try:
            run_until_told(work)
        except KeyboardInterrupt:
            return None
        except BaseException:
            home.keep_logs = True
            raise
    return results[0]


def tell(result: Result | None, screen: TortureScreen, report: Path | None, json: Path | None) -> int:
    """Show what it came to, write what was asked for; the exit code."""
    if result is None:
        screen.say("Stopped; nothing of it runs any more.")
        return INTERRUPTED
    if report is not None:
        report.write_text(render(result), encoding="utf-8")
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(result.as_json())) + b"\n")
    screen.result(result)
    screen.ending(result, report, json)
    return 0 if result.held else 1


def _open_many_files() -> None:
    """A thousand webhooks at once, and wires between everybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _play(plan: Plan, name: str, replay: str, drive: Drive, screen: TortureScreen, home: Home) -> Result:
    async with AsyncExitStack() as stack:
        events: list[Callable[[str], None]] = [lambda text: None]
        screen.say(f"PostgreSQL, {len(plan.posts)} servers, a WhatsApp and wires between all of them start …")
        scene = await set_up(stack, plan, home, lambda text: events[0](text))
        events[0] = lambda text: screen.event(scene.at_s(), text)
        crowd = Crowd(scene.world, scene.businesses, plan.crowding, plan.seed)
        storm, timeline, leads = Storm(scene), Timeline(scene, crowd), LeadWatch(scene)
        scene.began = time.monotonic()
        watching = [asyncio.create_task(timeline.run()), asyncio.create_task(leads.run())]
        stack.callback(lambda: [task.cancel() for task in watching])
        with screen.progress(lambda: _progress(scene, crowd, timeline, storm)):
            plain = asyncio.create_task(_say_progress(screen, scene, crowd, timeline, storm))
            async with people(scene, crowd):
                await drive(scene, crowd, storm)
                struck_s = scene.at_s()
                crowd.is_quiet = True
                scene.tell("calm: nothing is struck any more, and all of it drains")
                await storm.end()
                await mend_all(scene)
                drained, left = await drain(scene, plan.drain_within_s)
            plain.cancel()
        if not drained:
            scene.tell(f"it did not come to rest; left: {left}")
        tables = await _read(scene)
        findings, evidence = _audit(scene, crowd, leads, tables)
        result = _result(name, replay, scene, crowd, storm, timeline, findings, evidence, struck_s, drained)
        home.keep_logs = bool(findings)
        if findings:
            shutil.copy(home.database / "postgres.log", home.logs / "postgres.log")
        return result


async def _read(scene: Scene) -> Tables:
    connection = await scene.connect()
    try:
        return await read_tables(connection, DOUBT_HOLDS_BACK)
    finally:
        await connection.close()


def _audit(scene: Scene, crowd: Crowd, leads: LeadWatch, tables: Tables) -> tuple[list[Finding], Evidence]:
    consented = [
        reply_id
        for reply_id, times in tables.consents.items()
        if reply_id in scene.operator.asked
        for _ in range(times)
    ]
    besides = [
        *(Finding(WRONG, line) for line in crowd.wrong()),
        *(Finding(WIPED, line) for line in leads.findings()),
        *(Finding(AMISS, line) for line in scene.findings),
        *(
            Finding(AMISS, f"{server.name} was ready, and ended by itself with status {status}")
            for server in (*scene.servers.all, *scene.replaced)
            for status in server.crashes
        ),
    ]
    customers: list[Talks] = [*crowd.customers, *scene.strangers]
    evidence = Evidence(scene.world, customers, tables, consented, besides)
    return audit(evidence), evidence


def _result(
    name: str,
    replay: str,
    scene: Scene,
    crowd: Crowd,
    storm: Storm,
    timeline: Timeline,
    findings: list[Finding],
    evidence: Evidence,
    struck_s: float,
    drained: bool,
) -> Result:
    timeline.look()
    named = dict.fromkeys(finding.conversation_id for finding in findings if finding.conversation_id)
    return Result(
        name=name,
        replay=replay,
        seed=scene.plan.seed,
        seconds=struck_s,
        drained_s=scene.at_s() - struck_s,
        drained=drained,
        struck=dict(storm.struck),
        missed=dict(storm.missed),
        tally=_tally(scene, crowd, evidence),
        findings=findings,
        happenings=scene.happenings,
        samples=timeline.samples,
        histories={one: history(evidence, one) for one in list(named)[:MOST_HISTORIES]},
        logs=str(scene.home.logs) if findings else None,
    )


def _tally(scene: Scene, crowd: Crowd, evidence: Evidence) -> Tally:
    book, entries = scene.world.meta.book, scene.world.graph.ledger.entries
    return Tally(
        customers=len(evidence.customers),
        ended=sum(one.done for one in crowd.customers),
        messages=sum(update.part == MESSAGES for update in book),
        deliveries=scene.world.meta.deliveries,
        repetitions=sum(len(update.answers) - 1 for update in book if update.answers),
        requests=len(entries),
        accepted=scene.world.graph.ledger.count_accepted,
        refused=sum(not entry.accepted and entry.answer.startswith("4") for entry in entries),
        unheard=sum(entry.accepted and entry.answer != "200" for entry in entries),
        resent=len(evidence.consented),
        kills=scene.kills,
        database_stops=scene.postgres.stops,
        deploys=scene.deploys,
        ended_by_themselves=sum(server.ended_by_itself for server in (*scene.servers.all, *scene.replaced)),
    )


def _progress(scene: Scene, crowd: Crowd, timeline: Timeline, storm: Storm) -> str:
    last = timeline.samples[-1] if timeline.samples else timeline.look()
    return (
        f"{scene.at_s():6.1f} s  {last.said:,} messages ({timeline.rate_s:.0f}/s), {last.accepted:,} replies, "
        f"{last.waiting} wait, {last.unacknowledged} unacknowledged, "
        f"{last.ready} of {len(scene.stands)} servers ready; {scene.kills} kills, {scene.postgres.stops} stops of "
        f"PostgreSQL, {sum(storm.struck.values())} strikes"
    )


async def _say_progress(screen: TortureScreen, scene: Scene, crowd: Crowd, timeline: Timeline, storm: Storm) -> None:
    while not screen.console.is_terminal:
        await asyncio.sleep(PLAIN_EVERY_S)
        screen.say(_progress(scene, crowd, timeline, storm))
