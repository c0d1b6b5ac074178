"""Servers that are killed, frozen, told to stop and replaced, at random and at exact points."""

import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace

from surereply.lab.reporting import Reporting
from surereply.lab.torture.faults.registry import Kind, NothingToStrike, Stage, trouble
from surereply.lab.torture.faults.staging import (
    AND_ANOTHER,
    MANY,
    at_point,
    frozen_at,
    one_of,
    reported,
    said_by_a_stranger,
)
from surereply.lab.torture.plan import Post
from surereply.lab.torture.points import AtCommit, AtSend, Moment, SendPoint
from surereply.lab.torture.scene import Scene, Stand
from surereply.lab.wires import Link, Place, Tap
from surereply.store import flows

SENDERS_LEASE_S = 30.0
LATE_S = SENDERS_LEASE_S + 8.0  # its UNKNOWN is seen by then, and whoever wrongly sends it again has done so
END_WITHIN_S = 30.0
READY_WITHIN_S = 40.0


@trouble(Kind.PROCESSES, share=5)
async def server_killed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """One server is killed (`kill -9`) at a random moment."""
    stand = one_of(scene.ready(), chance)
    scene.kill(stand)
    yield stand.post.name


@trouble(Kind.PROCESSES, share=2, stage=Stage((Post("pair", processes=2), Post("other", "second"))))
async def worker_killed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """One of several processes that a server keeps is killed; its parent starts another one."""
    stand = one_of([stand for stand in scene.ready() if stand.server.workers()], chance)
    pid = chance.choice(stand.server.workers())
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    scene.kills += 1
    yield f"one of {stand.post.name}"


@trouble(Kind.PROCESSES)
async def all_servers_killed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """All servers are killed at the same moment."""
    stands = scene.ready()
    if not stands:
        raise NothingToStrike
    for stand in stands:
        scene.kill(stand)
    yield f"{len(stands)} of them"


@trouble(Kind.PROCESSES, 20, share=3, stage=Stage(AND_ANOTHER, MANY))
async def dispatcher_killed_at_each_point(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """The dispatcher is killed before the claim's commit, after it, in mid-body, after the answer, after the result."""
    points: list[tuple[str, bool, Callable[[Callable[[Link], None]], Tap]]] = [
        ("before the claim's commit", True, lambda act: AtCommit("claim", Moment.BEFORE, act)),
        ("after it", True, lambda act: AtCommit("claim", Moment.ANSWERED, act)),
        ("in mid-body", False, lambda act: AtSend(SendPoint.IN_MID_BODY, act)),
        ("after the answer", False, lambda act: AtSend(SendPoint.ANSWERED, act)),
        ("after the result", True, lambda act: AtCommit("result", Moment.ANSWERED, act)),
    ]
    done = []
    for name, on_database, tap in points:
        if await at_point(scene, "dispatch", on_database, tap, scene.kill):
            done.append(name)
    if not done:
        raise NothingToStrike
    yield ", ".join(done)


@trouble(Kind.PROCESSES, 20, lasts_s=(LATE_S, LATE_S + 2.0))
async def dispatcher_killed_and_the_echo_late(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """The dispatcher is killed when WhatsApp has accepted a reply and nothing reports it until long after its lease."""
    async with reported(scene, Reporting(delay_s=LATE_S)):
        number = said_by_a_stranger(scene, chance).address
        struck = await at_point(
            scene, "dispatch", False, lambda act: AtSend(SendPoint.ANSWERED, act, number), scene.kill
        )
    if not struck:
        raise NothingToStrike
    yield "once"


@trouble(Kind.PROCESSES, 4, share=2, stage=Stage(AND_ANOTHER, MANY))
async def killed_after_the_commit_before_the_200(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A server is killed when a webhook's messages are on disk and nobody has heard of it; Meta delivers them again."""
    if not await at_point(scene, "web", True, lambda act: AtCommit("ingest", Moment.ANSWERED, act), scene.kill):
        raise NothingToStrike
    yield "once"


@trouble(Kind.PROCESSES, share=2, stage=Stage(AND_ANOTHER, MANY))
async def killed_at_the_commit_of_a_turn(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A server is killed when it has said COMMIT to a turn: before that arrives, or before its answer does."""
    moment = chance.choice(list(Moment))
    if not await at_point(scene, "respond", True, lambda act: AtCommit("turn", moment, act), scene.kill):
        raise NothingToStrike
    yield moment.value


@trouble(Kind.PROCESSES, 28, lasts_s=(SENDERS_LEASE_S + 1.0, SENDERS_LEASE_S + 4.0), stage=Stage(AND_ANOTHER))
async def frozen_between_claim_and_send(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A dispatcher is stopped (SIGSTOP) when its claim is committed and nothing is sent, beyond its lease; then it goes
    on (SIGCONT), and must not send."""

    def tap(act: Callable[[Link], None]) -> Tap:
        return AtCommit("claim", Moment.ANSWERED, act, swallows=False)

    async with frozen_at(scene, "dispatch", tap) as name:
        yield name


@trouble(Kind.PROCESSES, 55, stage=Stage(crowding=MANY))
async def told_to_stop_then_killed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """SIGTERM under load: with its grace, or with SIGKILL before it has drained."""
    stand = one_of(scene.ready(), chance)
    server = stand.server
    grace_s = chance.choice((0.05, 0.3, END_WITHIN_S))
    server.retired = True  # it is we who start it again
    server.tell_to_stop()
    try:
        drained = await scene.until(server.has_ended, grace_s)
        if not drained:
            server.kill()
            scene.kills += 1
    finally:
        server.start()
        server.retired = False
    yield f"{stand.post.name}, {'drained' if drained else f'killed after {grace_s:.1f} s'}"


@trouble(Kind.PROCESSES, 53, stage=Stage(AND_ANOTHER, MANY))
async def deployed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A rolling deploy with a new version of the flow: each server of a deployment is started anew beside the old one,
    takes over its webhooks, and the old one drains."""
    if any(happening.trouble == "deployed" and happening.until_s is None for happening in scene.happenings):
        raise NothingToStrike
    scene.deploys += 1
    await _put_flows(scene)
    deployment = chance.choice(sorted({stand.post.deployment for stand in scene.stands}))
    replaced = [
        stand.post.name
        for stand in scene.stands
        if stand.post.deployment == deployment and await _replace(scene, stand)
    ]
    yield f"the {deployment} one: {', '.join(replaced) or 'nobody'}"


async def _put_flows(scene: Scene) -> None:
    connection = await scene.connect()
    try:
        async with connection.transaction():
            for business in {business.flow.name: business for business in scene.businesses}.values():
                source = f"{business.source}\n# deploy {scene.deploys}\n"
                await flows.put_flow(connection, business.flow.name, source, "deploy", scene.world.clock())
    finally:
        await connection.close()


async def _replace(scene: Scene, stand: Stand) -> bool:
    """Whether a new one took the old one's place: not where the old one is away itself."""
    old = stand.server
    if not old.ready or old.frozen or old.retired:
        return False
    new = scene.new_server(stand.post, stand.database, stand.provider)
    new.start()
    scene.servers.all.append(new)
    came = await scene.until(lambda: new.ready, READY_WITHIN_S)
    leaving = old if came else new
    leaving.retired = True
    if came:
        if stand.webhook is not None and new.port is not None:
            stand.webhook.place = Place(port=new.port)
        stand.server = new
    leaving.tell_to_stop()
    if not await scene.until(leaving.has_ended, END_WITHIN_S):
        leaving.kill()
    scene.servers.all.remove(leaving)
    scene.replaced.append(leaving)
    return came


@trouble(
    Kind.PROCESSES, 56, share=0, stage=Stage((Post("one"), Post("other", "second", processes=2)), MANY, lasts_s=4.0)
)
async def two_deployments(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Two deployments on one database, and every webhook at both at the same instant."""
    habits = scene.world.meta.habits
    scene.world.meta.habits = replace(habits, copies_at_once=4)
    try:
        yield "each webhook four times at once"
    finally:
        scene.world.meta.habits = habits
