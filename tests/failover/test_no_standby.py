"""Both standbys are down: commits wait, nothing is acknowledged or sent, and all goes on when one is back."""

import asyncio
from datetime import timedelta

from failover.cluster import Cluster
from failover.scene import WAITING, at_most, broken, ends_or_waits, left_undone, rows, waits_for_a_standby
from support.faults import fault
from support.shop import Shop, open_shop
from support.talk import owe, statuses
from surereply.receiver import Receiver
from surereply.store.database import NotReplicated

pytestmark = fault(38)


def impatient_receiver(shop: Shop) -> Receiver:
    """Answers as the shop's own does, only sooner."""
    process = shop.process
    within = timedelta(milliseconds=300)
    return Receiver(process.db, process.directory, shop.clock, shop.patience, answer_within=within)


async def test_webhooks_are_refused_in_time_and_do_not_pile_up_while_both_standbys_are_down(cluster: Cluster) -> None:
    async with open_shop(cluster.url) as shop:
        shop.process.receiver = impatient_receiver(shop)
        phones = [shop.phone(f"97150000{number:04d}") for number in range(5)]
        await cluster.stop_standbys()
        for phone in phones:
            phone.says("Hello, I need a family visa")
            await at_most(20, shop.world.meta.deliver_once())
        commits_waiting = await rows(cluster.primary, WAITING.replace("LIMIT 1", ""))
        while_down = [list(update.answers) for update in shop.world.meta.book]
        sent_while_down = shop.world.graph.ledger.entries

        await cluster.start_standbys()
        shop.clock.advance(seconds=10)  # until Meta tries again
        await shop.settle()

        assert all(answers and set(answers) == {503} for answers in while_down)
        assert len(commits_waiting) == 1  # one batch is being written; what came later waits before the database
        assert sent_while_down == ()
        assert [len(phone.texts) for phone in phones] == [1] * 5
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


async def test_what_was_kept_is_answered_once_when_a_standby_is_back(cluster: Cluster) -> None:
    """One of the two is enough. Until then the turn waits where it commits, and nothing leaves."""
    async with open_shop(cluster.url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        await shop.world.deliver()
        await cluster.stop_standbys()
        working = asyncio.create_task(shop.settle())
        await waits_for_a_standby(cluster.primary)
        sent_while_down = shop.world.graph.ledger.entries

        await cluster.nodes[1].start()
        await at_most(20, working)

        assert sent_while_down == ()
        assert len(phone.texts) == 1
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


async def test_a_reply_whose_claim_was_given_up_is_sent_by_machine_when_a_standby_is_back(cluster: Cluster) -> None:
    """The dispatcher alone knows that not a byte of it left: without its word the reply would be in doubt for ever."""
    async with open_shop(cluster.url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        await cluster.stop_standbys()
        sending = asyncio.create_task(shop.process.dispatch())
        waits = await ends_or_waits(sending, cluster.primary)
        await cluster.primary.value("SELECT pg_cancel_backend($1)", waits)
        given_up = (await asyncio.gather(sending, return_exceptions=True))[0]
        await cluster.start_standbys()
        marked = await statuses(shop, phone)
        shop.clock.advance(seconds=31)  # the lease has ended, too
        await shop.process.reconcile()
        in_doubt = await statuses(shop, phone)
        await shop.settle()  # gives it back …
        await shop.settle()  # … and when it may be tried again, it leaves

        assert in_doubt == ["UNKNOWN"]
        assert isinstance(given_up, NotReplicated)
        assert marked == ["SENDING"]
        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == 1
        assert await broken(cluster.primary, shop.world) == []
        assert await left_undone(cluster.primary, shop.world) == []


async def test_no_reply_leaves_before_its_claim_is_replicated(cluster: Cluster) -> None:
    """The claim waits, however long; the reply leaves afterwards, once."""
    async with open_shop(cluster.url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await cluster.stop_standbys()
        sending = asyncio.create_task(shop.process.dispatch())
        waits = await ends_or_waits(sending, cluster.primary)
        sent_while_down = shop.world.graph.ledger.entries

        await cluster.start_standbys()
        await at_most(20, sending)
        await shop.settle()

        assert waits is not None
        assert sent_while_down == ()
        assert len(phone.texts) == 1
        assert shop.world.graph.ledger.sent_twice() == {}
        assert await broken(cluster.primary, shop.world) == []
