"""Stages that several troubles are played on, and how a trouble finds its moment."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.lab.torture.faults.registry import NothingToStrike
from surereply.lab.torture.plan import Crowding, Post
from surereply.lab.torture.scene import Scene, Stand
from surereply.lab.wires import Link, Tap

APART = (Post("front", roles="web"), Post("thinker", roles="respond"), Post("sender", roles="dispatch,reconcile"))
AND_ANOTHER = (*APART, Post("whole", "second"))
MANY = Crowding(per_s=6.0, most=24)
WORDS = "hello"
POINT_WITHIN_S = 12.0  # how long traffic is waited for that comes to the point


def said_by_a_stranger(scene: Scene, chance: random.Random) -> Phone:
    """Somebody who says one thing, reads what comes, and says no more: whose doubts nothing else settles."""
    phone = scene.stranger(chance.choice(scene.businesses)).phone
    phone.says(WORDS)
    return phone


def one_of(stands: list[Stand], chance: random.Random) -> Stand:
    if not stands:
        raise NothingToStrike
    return chance.choice(stands)


async def at_point(
    scene: Scene,
    role: str,
    on_database: bool,
    tap: Callable[[Callable[[Link], None]], Tap],
    act: Callable[[Stand], None],
) -> bool:
    """Wait until one of the servers with this role comes to the point, and act on it at that very moment."""
    struck: list[Stand] = []
    tapped = []
    for stand in scene.ready(role, alone=True):
        wire = stand.database if on_database else stand.provider
        if wire.tap is None:

            def strike(link: Link, stand: Stand = stand) -> None:
                if not struck:
                    struck.append(stand)
                    act(stand)
                else:
                    link.reset()  # another one came to its point at the same moment, and swallowed something

            wire.tap = tap(strike)
            tapped.append((wire, wire.tap))
    try:
        return await scene.until(lambda: struck, POINT_WITHIN_S) if tapped else False
    finally:
        for wire, ours in tapped:
            if wire.tap is ours:
                wire.tap = None


@asynccontextmanager
async def frozen_at(scene: Scene, role: str, tap: Callable[[Callable[[Link], None]], Tap]) -> AsyncIterator[str]:
    """The server that comes to the point stands still until the block ends."""
    frozen: list[Stand] = []

    def freeze(stand: Stand) -> None:
        stand.server.freeze()
        frozen.append(stand)

    if not await at_point(scene, role, True, tap, freeze):
        raise NothingToStrike
    try:
        yield frozen[0].post.name
    finally:
        if frozen[0].server.frozen:  # and was not killed meanwhile
            frozen[0].server.thaw()


@asynccontextmanager
async def reported(scene: Scene, reporting: Reporting) -> AsyncIterator[None]:
    """Sends are reported so until the block ends; one such way at a time."""
    graph = scene.world.graph
    if graph.manners.reporting != Reporting():
        raise NothingToStrike
    graph.change_manners(replace(graph.manners, reporting=reporting))
    try:
        yield
    finally:
        graph.change_manners(replace(graph.manners, reporting=Reporting()))
