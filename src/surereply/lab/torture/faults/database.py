"""PostgreSQL stopped at once, at random and at the worst moment; its connections ended, taken, cut at a commit."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg

from surereply.lab.ledger import Entry
from surereply.lab.reporting import Reporting
from surereply.lab.torture.faults.registry import Kind, NothingToStrike, Stage, trouble
from surereply.lab.torture.faults.staging import AND_ANOTHER, MANY, at_point, reported, said_by_a_stranger
from surereply.lab.torture.points import AtCommit, Moment
from surereply.lab.torture.postgres import Stop
from surereply.lab.torture.scene import Scene
from surereply.lab.wires import Link, Way
from surereply.store.database import CONNECTION_LOST
from surereply.store.disturb import terminate_a_backend

DOWN_S = (0.0, 1.0)
MOMENT_WITHIN_S = 10.0
REPORTED_AFTER_S = 6.0
TERMINATED_EVERY_S = 0.1
MOST_CONNECTIONS = 110  # more than our server gives
TAKEN_EVERY_S = 0.2  # what was freed meanwhile is taken again
ANSWERS_LOST = 0.3  # of the commits, while answers are lost
ACKNOWLEDGED = b"HTTP/1.1 200"


@trouble(Kind.DATABASE, 35, share=4, stage=Stage(crowding=MANY))
async def postgres_stopped_at_once(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """PostgreSQL is stopped at once under load (immediately, its first process killed, or all of them), and started
    again."""
    async with back_again(scene, chance):
        how = chance.choice(list(Stop))
        scene.postgres.stop_at_once(how)
    yield how.value


@trouble(Kind.DATABASE, 35, share=2, stage=Stage(crowding=MANY))
async def postgres_stopped_as_a_send_arrives(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """PostgreSQL is stopped at once at the moment in which WhatsApp accepts a reply: was its claim on disk?"""
    stops: list[Entry] = []
    numbers: set[str] = set()

    def stop(entry: Entry) -> None:
        if entry.accepted and entry.recipient in numbers and not stops:
            stops.append(entry)
            scene.postgres.stop_at_once(Stop.KILLED)

    # Reports come later: by the time of the first one, whoever sends again what was lost from the tables has done so.
    async with back_again(scene, chance), reported(scene, Reporting(delay_s=REPORTED_AFTER_S)):
        listeners = scene.world.graph.ledger.listeners
        listeners.append(stop)
        numbers.add(said_by_a_stranger(scene, chance).address)
        try:
            await scene.until(lambda: stops, MOMENT_WITHIN_S)
        finally:
            listeners.remove(stop)
    if not stops:
        raise NothingToStrike
    yield "once"


@trouble(Kind.DATABASE, 35, share=2, stage=Stage(crowding=MANY))
async def postgres_stopped_as_a_webhook_is_acknowledged(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """PostgreSQL is stopped at once at the moment in which Meta gets its 200: is the message on disk?"""
    stops: list[Link] = []

    def stop(link: Link, way: Way, data: bytes) -> bool:
        if way is Way.ANSWERS and data.startswith(ACKNOWLEDGED) and not stops:
            stops.append(link)
            scene.postgres.stop_at_once(Stop.KILLED)
        return True

    tapped = [wire for stand in scene.ready("web") if (wire := stand.webhook) is not None and wire.tap is None]
    async with back_again(scene, chance):
        for wire in tapped:
            wire.tap = stop
        try:
            await scene.until(lambda: stops, MOMENT_WITHIN_S)
        finally:
            for wire in tapped:
                wire.tap = None
    if not stops:
        raise NothingToStrike
    yield "once"


@trouble(Kind.DATABASE, 41, share=2, stage=Stage(AND_ANOTHER, MANY))
async def results_lost(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """PostgreSQL is stopped at once when a send's result is committed and not yet on disk; the echo repairs it."""
    async with back_again(scene, chance):
        struck = await at_point(
            scene,
            "dispatch",
            True,
            lambda act: AtCommit("result", Moment.ANSWERED, act),
            lambda _: scene.postgres.stop_at_once(Stop.KILLED),
        )
    if not struck:
        raise NothingToStrike
    yield "once"


@asynccontextmanager
async def back_again(scene: Scene, chance: random.Random) -> AsyncIterator[None]:
    """However the block ends, PostgreSQL is started again after a while."""
    if not scene.postgres.is_running():
        raise NothingToStrike
    down_s = chance.uniform(*DOWN_S)
    try:
        yield
    finally:
        if not scene.postgres.is_running():
            await asyncio.sleep(down_s)
            await scene.postgres.start_again()


@trouble(Kind.DATABASE, 13, lasts_s=(3.0, 5.0), share=2, stage=Stage(crowding=MANY))
async def backends_terminated(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Connections of the servers are terminated by the database, ten a second."""
    ended = 0

    async def terminate() -> None:
        nonlocal ended
        connection = await scene.connect()
        try:
            while True:
                ended += await terminate_a_backend(connection)
                await asyncio.sleep(TERMINATED_EVERY_S)
        finally:
            connection.terminate()

    async with beside(terminate()):
        yield "ten a second"


@trouble(Kind.DATABASE, 44, lasts_s=(3.0, 5.0), stage=Stage(crowding=MANY))
async def connections_exhausted(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Somebody takes all connections that PostgreSQL gives; who loses one gets no new one."""
    taken: list[asyncpg.Connection] = []

    async def take() -> None:
        while True:
            with suppress(*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError):
                while len(taken) < MOST_CONNECTIONS:
                    taken.append(await scene.connect())
            await asyncio.sleep(TAKEN_EVERY_S)

    for stand in scene.stands:
        stand.database.cut()  # so that they need new ones
    try:
        async with beside(take()):
            yield "all of them"
    finally:
        for connection in taken:
            connection.terminate()


@trouble(Kind.DATABASE, 12, lasts_s=(2.0, 4.0), share=2, stage=Stage(crowding=MANY))
async def commits_whose_answer_is_lost(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """The connection is cut between a COMMIT and its answer: of a webhook, a turn, a claim, a result, whichever."""
    lost: set[str] = set()

    def lose(link: Link, way: Way, data: bytes) -> bool:
        if way is Way.REQUESTS:
            about = link.notes.get("transaction", set())
            link.notes["losing"] = b"COMMIT" in data and about and chance.random() < ANSWERS_LOST
            return True
        if not link.notes.get("losing"):
            return True
        lost.update(link.notes["transaction"])
        link.reset()
        return False

    tapped = [stand.database for stand in scene.stands if stand.database.tap is None]
    for wire in tapped:
        wire.tap = lose
    try:
        yield "of every third commit or so"
    finally:
        for wire in tapped:
            wire.tap = None


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Some work goes on while the block runs; that the database fails it is no surprise."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
