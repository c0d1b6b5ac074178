"""Strikes by appointment, the people who keep things going meanwhile, and the calm in which everything drains."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import asyncpg

from surereply.lab.reporting import Reporting
from surereply.lab.stage.office import Unanswered
from surereply.lab.torture.crowd import Crowd
from surereply.lab.torture.faults import FAULTS, Kind, NothingToStrike, Trouble
from surereply.lab.torture.plan import Appointment, Plan, appointments
from surereply.lab.torture.scene import CALM_HABITS, Happening, Scene
from surereply.store.audit import OpenWork, open_work
from surereply.store.database import CONNECTION_LOST

KILLS = ("server-killed", "worker-killed", "killed-at-the-commit-of-a-turn", "killed-after-the-commit-before-the-200")
STOPS = (
    "postgres-stopped-at-once",
    "postgres-stopped-as-a-send-arrives",
    "postgres-stopped-as-a-webhook-is-acknowledged",
    "results-lost",
)
TAKES_AWAY = frozenset({Kind.PROCESSES, Kind.DATABASE})
UP_WITHIN_S = 20.0
APART_S = 0.2
LINES_EVERY_S = 2.0
LOOK_EVERY_S = 0.5
AT_REST_LOOKS = 3  # running; what one look misses the next one sees
STILL_S = 45.0  # longer than a send's lease
STRIKES_END_WITHIN_S = 90.0
UNREACHABLE = (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError)


def planned(plan: Plan) -> list[Appointment]:
    """What strikes when, of all the troubles that a torture is made of."""

    def bag(names: Sequence[str]) -> list[str]:
        return [name for name in names for _ in range(FAULTS[name].share)]

    others = [name for name in FAULTS if name not in (*KILLS, *STOPS)]
    return appointments(plan, kills=bag(KILLS), stops=bag(STOPS), others=bag(others))


class Storm:
    """Keeps the appointments. What lasts is mended early when it is to be calm.

    What takes servers or their database away waits until most of them are there: who kills those who are still starting
    shows nothing, and nobody would be served for minutes on a busy machine.
    """

    def __init__(self, scene: Scene) -> None:
        self.struck: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()  # there was nobody whom it could strike
        self._scene = scene
        self._calm = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._one_by_one = asyncio.Lock()

    async def run(self, plan: Plan) -> None:
        for appointment in planned(plan):
            await asyncio.sleep(max(appointment.at_s - self._scene.at_s(), 0.0))
            trouble = FAULTS[appointment.trouble]
            chance = random.Random(f"strike:{plan.seed}:{appointment.number}")
            task = asyncio.create_task(self.strike(trouble, chance, chance.uniform(*trouble.lasts_s)))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def strike(self, trouble: Trouble, chance: random.Random, lasts_s: float) -> None:
        scene = self._scene
        try:
            if trouble.kind in TAKES_AWAY:
                await self._wait_for_a_target()
            async with trouble.strike(scene, chance) as said:
                happening = Happening(trouble.name, trouble.kind.value, said, scene.at_s())
                scene.happenings.append(happening)
                self.struck[trouble.name] += 1
                scene.tell(f"{trouble.name}: {said}")
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._calm.wait(), lasts_s)
            happening.until_s = scene.at_s()
        except NothingToStrike:
            self.missed[trouble.name] += 1
        except UNREACHABLE as error:  # the database was struck, too
            self.missed[trouble.name] += 1
            scene.tell(f"{trouble.name}: could not be done ({type(error).__name__})")

    async def _wait_for_a_target(self) -> None:
        async with self._one_by_one:
            if not await self._scene.until(lambda: self._scene.is_up or self._calm.is_set(), UP_WITHIN_S):
                raise NothingToStrike
            if self._calm.is_set():
                raise NothingToStrike
            await asyncio.sleep(APART_S)

    async def end(self) -> None:
        """No more strikes; those that are under way are mended."""
        self._calm.set()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STRIKES_END_WITHIN_S)
        for task in self._under_way:
            task.cancel()


@asynccontextmanager
async def people(scene: Scene, crowd: Crowd) -> AsyncIterator[None]:
    """Customers talk, an operator settles what is in doubt, and lets lines go on whose token is good again."""
    tasks = [asyncio.create_task(work) for work in (crowd.run(), scene.operator.run(), _keep_lines(scene))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def _keep_lines(scene: Scene) -> None:
    while True:
        await asyncio.sleep(LINES_EVERY_S)
        with suppress(Unanswered):
            for row in await scene.api.get("lines"):
                if row["stopped_at"] is not None and scene.world.graph.has_token(row["phone_number_id"]):
                    await scene.api.resume_line(row["id"])


async def mend_all(scene: Scene) -> None:
    """Everything is up, and nothing is struck any more."""
    world = scene.world
    world.graph.faults.clear()
    world.graph.change_manners(replace(world.graph.manners, reporting=Reporting()))
    world.meta.habits = CALM_HABITS
    for line in world.lines:
        world.graph.renew_token(line.phone_number_id, line.access_token)
    for stand in scene.stands:
        for wire in stand.wires:
            await wire.mend()
        if stand.server.frozen:
            stand.server.thaw()
    await scene.postgres.start_again()


async def drain(scene: Scene, within_s: float) -> tuple[bool, OpenWork | None]:
    """Wait until every webhook is acknowledged and no work is open; whether it came to that, and what is left. Where
    nothing moves any more, and nothing is due later, it is not waited for."""
    began, rests, left = time.monotonic(), 0, None
    seen, moved_at = None, began
    while time.monotonic() - began < within_s:
        await asyncio.sleep(LOOK_EVERY_S)
        with suppress(*UNREACHABLE):
            left = await _look(scene)
            unacknowledged = len(scene.world.meta.unacknowledged())
            rests = rests + 1 if left.is_none and not unacknowledged else 0
            if rests == AT_REST_LOOKS:
                return True, left
            now = (left, unacknowledged, len(scene.world.graph.ledger))
            if now != seen or (left.later is not None and left.later > scene.world.clock()):
                seen, moved_at = now, time.monotonic()
            if time.monotonic() - moved_at > STILL_S:
                break
    return False, left


async def _look(scene: Scene) -> OpenWork:
    connection = await scene.connect()
    try:
        return await open_work(connection)
    finally:
        await connection.close()
