"""Wires that are cut, silent, slow or half closed: between servers and PostgreSQL, WhatsApp, and Meta."""

import random
from collections.abc import AsyncIterator

from surereply.lab.reporting import Reporting
from surereply.lab.torture.faults.registry import Kind, NothingToStrike, Stage, trouble
from surereply.lab.torture.faults.staging import MANY, reported
from surereply.lab.torture.points import SEND
from surereply.lab.torture.scene import Scene
from surereply.lab.wires import Link, Tap, Way, Wire

DELAYS_S = (0.01, 0.05)
TAPPED_WITHIN_S = 10.0  # so long is waited for what a tap is to meet
HALF_A_REQUEST = 0.6  # of its bytes
REPORTED_AFTER_S = 4.0  # what was cut off; who takes it for a failure has sent it again by then
MANY_TALK = Stage(crowding=MANY)


def calm(wires: list[Wire], chance: random.Random) -> Wire:
    """One that nothing else strikes now."""
    able = [wire for wire in wires if wire.is_calm]
    if not able:
        raise NothingToStrike
    return chance.choice(able)


def to_database(scene: Scene) -> list[Wire]:
    return [stand.database for stand in scene.ready()]


def to_provider(scene: Scene) -> list[Wire]:
    return [stand.provider for stand in scene.ready("dispatch")]


def from_meta(scene: Scene) -> list[Wire]:
    return [stand.webhook for stand in scene.ready("web") if stand.webhook is not None]


@trouble(Kind.WIRES, share=2, stage=MANY_TALK)
async def database_wires_cut(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """All connections of one server to PostgreSQL are reset, or of all servers."""
    wires = to_database(scene) if chance.random() < 0.3 else [calm(to_database(scene), chance)]
    cut = sum(wire.cut() for wire in wires)
    yield f"{cut} of {wires[0].name if len(wires) == 1 else 'all servers'}"


@trouble(Kind.WIRES, lasts_s=(2.0, 5.0), stage=MANY_TALK)
async def database_out_of_reach(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Nothing passes between one server and PostgreSQL, and nobody is told; then it passes, or all is reset."""
    wire = calm(to_database(scene), chance)
    wire.hold()
    try:
        yield wire.name
    finally:
        if chance.random() < 0.5:
            wire.cut()
        wire.release()


@trouble(Kind.WIRES, lasts_s=(3.0, 6.0), stage=MANY_TALK)
async def database_far_away(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Each way between one server and PostgreSQL takes some time."""
    wire = calm(to_database(scene), chance)
    wire.delay_s = chance.uniform(*DELAYS_S)
    try:
        yield f"{wire.name}, {wire.delay_s * 1000:.0f} ms"
    finally:
        wire.delay_s = 0.0


@trouble(Kind.WIRES, stage=MANY_TALK)
async def database_wires_half_closed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """One way of a server's connections to PostgreSQL ends, the other goes on."""
    wire, way = calm(to_database(scene), chance), chance.choice(list(Way))
    wire.half_close(way)
    yield f"{wire.name}, {way.value}"


@trouble(Kind.WIRES, 21, share=2, stage=MANY_TALK)
async def provider_wires_cut(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Connections of one server to WhatsApp are reset in mid-send, or end in an orderly manner without an answer."""
    wire = calm(to_provider(scene), chance)
    ended: list[Link] = []
    way = chance.choice(("reset", "ended"))

    def end(link: Link, direction: Way, data: bytes) -> bool:
        if direction is Way.REQUESTS:
            link.notes["sending"] = SEND in data
        elif link.notes.get("sending") and not ended:
            ended.append(link)  # accepted, and its answer is here
            link.reset() if way == "reset" else link.end(Way.ANSWERS)
            return False
        return True

    async with reported(scene, Reporting(delay_s=REPORTED_AFTER_S)):
        await tapped_until(scene, wire, end, ended)
    yield f"{wire.name}, {way}"


@trouble(Kind.WIRES, 22, lasts_s=(2.0, 5.0), stage=MANY_TALK)
async def provider_out_of_reach(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """WhatsApp refuses connections of one server's, or of all: nothing is written, and it is tried again by itself."""
    wires = to_provider(scene) if chance.random() < 0.3 else [calm(to_provider(scene), chance)]
    for wire in wires:
        wire.refuse()
    try:
        yield wires[0].name if len(wires) == 1 else "all servers"
    finally:
        for wire in wires:
            await wire.mend()


@trouble(Kind.WIRES, 23, stage=MANY_TALK)
async def requests_half_written(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A connection to WhatsApp is reset when half of a request is written."""
    wire = calm(to_provider(scene), chance)
    halved: list[Link] = []

    def halve(link: Link, way: Way, data: bytes) -> bool:
        if way is Way.ANSWERS or SEND not in data or halved:
            return True
        halved.append(link)
        link.write(way, data[: int(len(data) * HALF_A_REQUEST)])
        link.reset()
        return False

    await tapped_until(scene, wire, halve, halved)
    yield wire.name


async def tapped_until(scene: Scene, wire: Wire, tap: Tap, done: list[Link]) -> None:
    """The tap is on the wire until it has done what it does. Raises `NothingToStrike` where it does not come to it."""
    wire.tap = tap
    try:
        if not await scene.until(lambda: done, TAPPED_WITHIN_S):
            raise NothingToStrike
    finally:
        wire.tap = None


@trouble(Kind.WIRES, 26, stage=MANY_TALK)
async def stale_connections(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Connections to WhatsApp that are kept for the next request lead nowhere any more; the next request finds out."""
    wires = [wire for wire in to_provider(scene) if wire.is_calm]
    stale = sum(wire.make_stale() for wire in wires)
    if not stale:
        raise NothingToStrike
    yield f"{stale} of them"


@trouble(Kind.WIRES, lasts_s=(2.0, 6.0), stage=MANY_TALK)
async def provider_silent_for_a_while(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Nothing passes between one server and WhatsApp, and nobody is told; then it all passes."""
    wire = calm(to_provider(scene), chance)
    wire.hold()
    try:
        yield wire.name
    finally:
        wire.release()


@trouble(Kind.WIRES, 33, lasts_s=(5.0, 12.0), stage=Stage(crowding=MANY, lasts_s=20.0))
async def webhooks_refused(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """No webhook reaches any server while sends go on; messages and reports come later, many at once."""
    wires = from_meta(scene)
    for wire in wires:
        wire.refuse()
    try:
        yield f"at {len(wires)} servers"
    finally:
        for wire in wires:
            await wire.mend()


@trouble(Kind.WIRES, share=2, stage=MANY_TALK)
async def webhooks_cut(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Meta's connections to one server are reset, or half closed, whatever is under way."""
    wire, way = calm(from_meta(scene), chance), chance.choice((None, *Way))
    count = wire.cut() if way is None else wire.half_close(way)
    yield f"{count} of {wire.name}, {'reset' if way is None else f'{way.value} ended'}"


@trouble(Kind.WIRES, 5, lasts_s=(2.0, 4.0), share=2, stage=MANY_TALK)
async def clients_gone_before_the_200(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Whoever delivers a webhook is gone before its 200, which nobody hears; it is delivered again, and kept once."""
    wire = calm(from_meta(scene), chance)

    def go(link: Link, way: Way, data: bytes) -> bool:
        if way is Way.ANSWERS:
            link.reset()
            return False
        return True

    wire.tap = go
    try:
        yield wire.name
    finally:
        wire.tap = None
