"""Turns that are held up: messages that come meanwhile, leases that end, tickets that are made anew."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID

from surereply.lab.phones import Phone
from surereply.lab.torture.faults.registry import Kind, NothingToStrike, Stage, trouble
from surereply.lab.torture.faults.staging import MANY, POINT_WITHIN_S, frozen_at, said_by_a_stranger
from surereply.lab.torture.points import AtAnswer, HeldAt
from surereply.lab.torture.scene import Scene, Stand

RESPONDERS_LEASE_S = 15.0
KEPT_WITHIN_S = 5.0
TAKEN_WITHIN_S = 20.0
COMMITS_WITHIN_S = 1.0
WORDS = "and one more thing"


@trouble(Kind.PROCESSES, 16, share=2, stage=Stage(crowding=MANY))
async def messages_while_the_bot_thinks(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A turn is decided and held up before its commit; its customers write more, which is kept; then it commits."""
    with held_turns(scene, "fence") as held:
        count = await write_more(scene, held)
    yield f"{count} customers wrote more"


@trouble(Kind.PROCESSES, 17, share=2, stage=Stage(crowding=MANY))
async def messages_at_the_end_of_a_turn(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A turn has found nothing unread and is held up before it deletes its ticket; its customers write more; then it
    goes on. What they wrote has to wait for it, and needs a ticket of its own."""
    with held_turns(scene, "ticket") as held:
        count = await write_more(scene, held, until_kept=False)
        await asyncio.sleep(COMMITS_WITHIN_S)  # their messages come to where they have to wait
    yield f"{count} customers wrote more"


@contextmanager
def held_turns(scene: Scene, step: str, besides: Stand | None = None) -> Iterator[list[HeldAt]]:
    """Turns that come to this step are held there, on all servers but one, until the block ends."""
    wires = [
        stand.database
        for stand in scene.ready("respond", alone=True)
        if stand is not besides and stand.database.tap is None
    ]
    taps = [HeldAt(step, lambda _: None, every=True) for _ in wires]
    for wire, tap in zip(wires, taps, strict=True):
        wire.tap = tap
    try:
        yield taps
    finally:
        for wire, tap in zip(wires, taps, strict=True):
            tap.let_go()
            wire.tap = None if wire.tap is tap else wire.tap


async def write_more(scene: Scene, held: list[HeldAt], *, until_kept: bool = True) -> int:
    """The customers whose turns are held write once more, and perhaps see it acknowledged; how many they are."""
    if not await scene.until(lambda: any(tap.held for tap in held), POINT_WITHIN_S):
        raise NothingToStrike
    said = [data for tap in held for _, _, data in tap.held]
    phones = [phone for one, phone in (await scene.conversations()).items() if any(one.bytes in data for data in said)]
    if not phones:
        raise NothingToStrike
    updates = [phone.says(WORDS).update for phone in phones]
    if until_kept:
        await scene.until(lambda: all(update.acknowledged_at for update in updates), KEPT_WITHIN_S)
    return len(phones)


@trouble(Kind.PROCESSES, 14, lasts_s=(RESPONDERS_LEASE_S + 0.5, RESPONDERS_LEASE_S + 2.5))
async def frozen_beyond_the_lease(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A responder is stopped (SIGSTOP) in the middle of its turn, beyond its lease; another one takes the turn; then it
    goes on (SIGCONT) with what it has read."""
    phone, conversation_id = await acquaintance(scene, chance)
    phone.says(WORDS)
    async with frozen_at(scene, "respond", lambda act: AtAnswer("load", act, conversation_id.bytes)) as name:
        yield name


@trouble(Kind.PROCESSES, 15)
async def frozen_while_the_ticket_is_made_anew(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A responder is stopped in the middle of its turn, beyond its lease; another one takes the turn, its customer
    writes again, and that turn is being decided when the first one goes on with its own."""
    phone, conversation_id = await acquaintance(scene, chance)
    phone.says(WORDS)
    async with frozen_at(scene, "respond", lambda act: AtAnswer("load", act, conversation_id.bytes)) as name:
        count = len(phone.receives)
        if not await scene.until(lambda: len(phone.receives) > count, TAKEN_WITHIN_S):
            raise NothingToStrike
        stood = next(stand for stand in scene.stands if stand.post.name == name)
        with held_turns(scene, "fence", besides=stood) as second:
            phone.says(WORDS)
            await scene.until(lambda: any(one.held for one in second), POINT_WITHIN_S)
            stood.server.thaw()
            await asyncio.sleep(COMMITS_WITHIN_S)
        yield name


async def acquaintance(scene: Scene, chance: random.Random) -> tuple[Phone, UUID]:
    """A stranger who wrote and was answered, and the conversation that this is."""
    phone = said_by_a_stranger(scene, chance)
    if not await scene.until(lambda: phone.receives, POINT_WITHIN_S):
        raise NothingToStrike
    return phone, next(one for one, whose in (await scene.conversations()).items() if whose is phone)
