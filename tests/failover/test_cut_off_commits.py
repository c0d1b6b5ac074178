"""A commit whose wait for the standby was cut off is not acknowledged, and neither is its repetition.

The hole: a standby is frozen, the wait of a commit is cut off, and the message lies on the primary's disk alone. Meta
delivers again; the message is known, so there is nothing to write, so there is nothing to wait for: 200. Then the
primary is destroyed. The bugs that open it are planted here, and the message is seen to be lost.
"""

import asyncio
from dataclasses import dataclass

import pytest

from failover.cluster import Cluster
from failover.scene import at_most, broken, ends_or_waits, left_undone, lost, waits_for_a_standby
from failover.wires import FollowingWire, TranslatingWire
from mutants import MUTANTS, plant
from support.faults import fault
from support.severed import carrying
from support.shop import Shop, open_shop

CUT_OFF = ("pg_cancel_backend", "pg_terminate_backend")
HOLES = (
    ("duplicates_write_nothing", "pg_cancel_backend"),
    ("duplicates_write_nothing", "pg_terminate_backend"),
    ("standby_warning_ignored", "pg_cancel_backend"),
)


@dataclass(frozen=True)
class Story:
    """What Meta was answered before the primary was destroyed, and what was lost with it."""

    answers: list[int | None]
    lost: list[str]


async def tell(cluster: Cluster, shop: Shop, cut_off: str) -> Story:
    phone = shop.phone()
    phone.says("Hello, I need a family visa")
    await cluster.freeze_standbys()
    first = asyncio.create_task(shop.world.meta.deliver_once())
    if (waiting := await ends_or_waits(first, cluster.primary)) is not None:
        await cluster.primary.value(f"SELECT {cut_off}($1)", waiting)
    await first
    again = asyncio.create_task(shop.world.meta.deliver_once())
    await ends_or_waits(again, cluster.primary)
    await cluster.destroy_primary()
    await at_most(30, again)
    await cluster.fail_over()
    return Story(list(phone.said[0].update.answers), await lost(cluster.primary, shop.world))


@fault(37)
@pytest.mark.parametrize("cut_off", CUT_OFF)
async def test_a_repetition_is_not_acknowledged_before_its_first_copy_is_replicated(
    cluster: Cluster, cut_off: str
) -> None:
    async with carrying(FollowingWire(cluster)) as wire, open_shop(wire.url) as shop:
        story = await tell(cluster, shop, cut_off)
        shop.clock.advance(seconds=10)  # until Meta tries again
        await shop.settle()

        phone = shop.phone()
        assert story == Story([503, 503], [])
        assert phone.said[0].update.acknowledgements == 1
        assert len(phone.texts) == 1
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


@fault(37)
@pytest.mark.parametrize(("mutant", "cut_off"), HOLES)
async def test_without_the_guard_an_acknowledged_message_is_lost(
    cluster: Cluster, mutant: str, cut_off: str, sound_code: None
) -> None:
    """The hole is real: what is guarded against does happen."""
    with plant(MUTANTS[mutant]):
        async with carrying(FollowingWire(cluster)) as wire, open_shop(wire.url) as shop:
            story = await tell(cluster, shop, cut_off)

            phone = shop.phone()
            assert 200 in story.answers
            assert story.lost == [f"kept once: message {phone.said[0].wamid} was answered with 200 and is not kept"]


async def test_a_commit_that_was_not_replicated_is_told_in_whatever_language_the_server_speaks(
    cluster: Cluster,
) -> None:
    async with carrying(TranslatingWire(cluster.primary.url)) as wire, open_shop(wire.url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        await cluster.freeze_standbys()
        delivering = asyncio.create_task(shop.world.meta.deliver_once())
        await cluster.primary.value("SELECT pg_cancel_backend($1)", await waits_for_a_standby(cluster.primary))
        await delivering

        assert wire.translated == 1
        assert phone.said[0].update.answers == [503]
