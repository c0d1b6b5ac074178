"""Where a reply may stand, and every way from there: answers, reports and time, in whatever order."""

import asyncio
from datetime import timedelta

import pytest

from support.faults import fault
from support.records import at_rest
from support.shop import Shop, open_shop
from support.talk import accepted, arrived, hear, owe, replies, reported, requests, statuses, talk
from surereply.dispatcher import LEASE
from surereply.lab.faults import Fault, Harm, code, lost
from surereply.lab.ledger import Entry
from surereply.lab.reporting import Reporting

SILENT = Reporting(stages=())
FAMILY = "Hello, I need a family visa"
ACCEPTED_UNHEARD = Fault(Harm.RESET, accepted=True, reporting=SILENT)
NEVER_ARRIVED = lost(Harm.RESET, accepted=False)


async def report(shop: Shop, entry: Entry, stage: str, failed_code: int | None = None) -> None:
    shop.world.tell_report(entry, stage, failed_code=failed_code)
    await shop.world.deliver()
    await shop.process.reconcile()


async def listed(shop: Shop) -> list[str]:
    return [row["status"] for row in await shop.fetch("SELECT status FROM reply_ticket ORDER BY reply_id")]


@fault(32)
async def test_delivered_outranks_failed_and_takes_the_reply_off_the_list(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=SILENT)])
        await shop.process.dispatch()

        entry = accepted(shop, phone)[0]
        await report(shop, entry, "failed", 131000)
        failed = (await statuses(shop, phone), await listed(shop))
        await report(shop, entry, "delivered")

        assert failed == (["FAILED"], ["FAILED"])
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"], row["error"]) == ("SENT", "delivered", None)
        assert await at_rest(shop)


@fault(32)
async def test_failed_does_not_outrank_delivered(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)

        await report(shop, accepted(shop, phone)[0], "failed", 131000)

        assert await statuses(shop, phone) == ["SENT"]
        assert await at_rest(shop)


async def test_a_failure_that_is_reported_before_the_answer_stays_on_the_list(database_url: str) -> None:
    """The answer says accepted, and comes when the report has said that it failed for good."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        reporting = Reporting(stages=("failed",), failed_code=131000, before_answer=True)
        shop.world.graph.faults.script(phone.address, [Fault(delay_s=0.2, delay_after=True, reporting=reporting)])

        await shop.process.dispatcher.dispatch_once()
        await reported(shop)
        await shop.process.dispatcher.drain()

        row = (await replies(shop, phone))[0]
        assert (row["status"], row["error_code"]) == ("FAILED", 131000)
        assert row["provider_message_id"] == accepted(shop, phone)[0].wamid
        assert await listed(shop) == ["FAILED"]


async def test_an_answer_after_the_lease_still_counts(database_url: str) -> None:
    """The reply had become UNKNOWN meanwhile; that it was accepted settles it, without any echo."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [Fault(delay_s=0.2, delay_after=True, reporting=SILENT)])

        await shop.process.dispatcher.dispatch_once()
        await arrived(shop, phone)
        shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.process.reconcile()
        meanwhile = await statuses(shop, phone)
        await shop.process.dispatcher.drain()

        assert meanwhile == ["UNKNOWN"]
        assert await statuses(shop, phone) == ["SENT"]
        assert await at_rest(shop)


@fault(28, 30)
async def test_the_lease_of_a_send_never_makes_it_pending(database_url: str) -> None:
    """The bytes may have left: time alone is no evidence."""
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        await shop.process.dispatcher._claim(shop.process.directory.buckets(), shop.clock(), 10)

        shop.clock.advance(hours=1)
        for process in shop.processes:
            await process.reconcile()
            await process.dispatch()

        assert await statuses(shop, phone) == ["UNKNOWN"]
        assert requests(shop, phone) == []


async def test_two_dispatchers_share_what_is_owed_and_send_nothing_twice(database_url: str) -> None:
    async with open_shop(database_url, processes=3) as shop:
        phones = [shop.phone(f"97150333{number:04d}") for number in range(20)]
        for phone in phones:
            await hear(shop, phone, FAMILY)
        await shop.process.respond()

        await asyncio.gather(*(process.dispatch() for process in shop.processes))
        await shop.settle()

        assert [len(requests(shop, phone)) for phone in phones] == [1] * 20
        assert await at_rest(shop)


@pytest.mark.parametrize("what", ["stopped", "handed_over", "window_closed"])
async def test_going_to_sending_looks_again(database_url: str, what: str) -> None:
    """What changed after the reply was decided holds it back, with its reason, and no byte is written."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        change = {
            "stopped": "UPDATE conversation SET stopped_at = $1",
            "handed_over": "UPDATE conversation SET handed_over_at = $1, handover_reason = 'operator'",
            "window_closed": "UPDATE conversation SET window_from = $1::timestamptz - INTERVAL '1 day'",
        }
        await shop.execute(change[what], shop.clock())

        await shop.process.dispatch()

        row = (await replies(shop, phone))[0]
        assert (row["status"], row["suppression"], row["sending_at"]) == ("SUPPRESSED", what, None)
        assert requests(shop, phone) == []
        assert await at_rest(shop)


@pytest.mark.parametrize("refusal", [131052, 131053, 130429])
async def test_what_surely_was_not_sent_is_pending_again_and_leaves_once(database_url: str, refusal: int) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [code(refusal)])

        await shop.process.dispatch()
        refused = await statuses(shop, phone)
        shop.clock.advance(seconds=5)
        await shop.settle(wait=timedelta())

        assert refused == ["PENDING"]
        assert [(row["status"], row["attempt"]) for row in await replies(shop, phone)] == [("SENT", 2)]
        assert len(phone.texts) == 1


@fault(22)
async def test_a_provider_that_cannot_be_reached_costs_time_and_no_doubt(database_url: str) -> None:
    """No byte was written: it is tried again, and never UNKNOWN."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        await shop.world.server.refuse_connections()

        await shop.process.dispatch()
        unreached = await statuses(shop, phone)
        await shop.world.server.listen()
        shop.clock.advance(seconds=5)
        await shop.settle(wait=timedelta())

        assert unreached == ["PENDING"]
        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == 1
