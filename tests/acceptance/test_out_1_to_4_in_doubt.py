"""OUT-1 to OUT-4: a send is cut off at every point, and never sent again blindly."""

from datetime import timedelta

import pytest

from support.deaths import kill_at, succeed
from support.faults import fault
from support.records import at_rest
from support.shop import Shop, open_shop
from support.talk import accepted, arrived, owe, replies, requests, statuses
from surereply.admin.settle import discard, resend
from surereply.dispatcher import LEASE
from surereply.domain.line import LineSettings
from surereply.lab.faults import Fault, Harm, lost
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.store.doubts import QUIET_AFTER

SILENT = Reporting(stages=())


async def pass_the_lease(shop: Shop) -> None:
    shop.clock.advance(seconds=LEASE.total_seconds())
    await shop.process.reconcile()
    await shop.process.dispatch()


async def send(shop: Shop, phone: Phone, fault: Fault) -> str:
    """Send what is owed into this fault, and no report comes by itself; its status then."""
    shop.world.graph.faults.script(phone.address, [fault])
    await shop.process.dispatch()
    return (await statuses(shop, phone))[-1]


async def echo(shop: Shop, phone: Phone) -> None:
    """WhatsApp reports what it really took."""
    shop.world.tell_report(accepted(shop, phone)[-1], "delivered")
    await shop.settle(wait=timedelta(seconds=1))


@fault(20)
async def test_out_1_a_process_that_dies_before_it_claimed_leaves_the_reply_for_the_next(database_url: str) -> None:
    """OUT-1: killed in the claim's transaction: nothing was marked, so it is sent later, once."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)

        await kill_at(shop, "dispatch", "claim")
        left = await statuses(shop, phone)
        await shop.settle()

        assert left == ["PENDING"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await at_rest(shop)


@fault(20, 28)
async def test_out_1_one_that_dies_between_its_mark_and_the_request_is_shown_and_sent_on_consent(
    database_url: str,
) -> None:
    """OUT-1: marked, and no byte written; nobody can know that, so a person decides, and it goes out once."""
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)

        await shop.process.dispatcher.dispatch_once()
        await succeed(shop)
        marked = await statuses(shop, phone)
        await pass_the_lease(shop)
        shown = await shop.fetch("SELECT status FROM reply_ticket")
        refused = await resend(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())
        await shop.settle()

        assert marked == ["SENDING"]
        assert [row["status"] for row in shown] == ["UNKNOWN"]
        assert refused is None
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [("SENT", "resent")]
        assert await at_rest(shop)


@fault(20)
@pytest.mark.parametrize("point", ["answer", "result"])
async def test_out_2_a_process_killed_after_the_provider_accepted_is_settled_by_the_echo(
    database_url: str, point: str
) -> None:
    """OUT-2: `kill -9` with the answer in hand, and with the result written but not committed."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=SILENT)])

        await kill_at(shop, "dispatch", point)
        await pass_the_lease(shop)
        in_doubt = await statuses(shop, phone)
        await echo(shop, phone)

        assert in_doubt == ["UNKNOWN"]
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["resolution"], row["reported"]) == ("SENT", "echoed", "delivered")
        assert row["provider_message_id"] == accepted(shop, phone)[0].wamid
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await at_rest(shop)


@fault(21, 30)
async def test_out_2_in_this_process_too_nothing_is_sent_again_because_time_passed(database_url: str) -> None:
    """OUT-2: two servers, hours, and no echo: one request, and it stays on the list."""
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [Fault(Harm.SILENCE, accepted=True, reporting=SILENT)])
        await shop.process.dispatcher.dispatch_once()
        await arrived(shop, phone)

        await succeed(shop)
        for _ in range(5):
            for process in shop.processes:
                await process.reconcile()
                await process.dispatch()
            shop.clock.advance(hours=1)

        assert await statuses(shop, phone) == ["UNKNOWN"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await shop.value("SELECT count(*) FROM reply_ticket WHERE status = 'UNKNOWN'") == 1


@fault(21)
@pytest.mark.parametrize("harm", [Harm.SILENCE, Harm.RESET, Harm.CLOSE])
async def test_out_3_time_out_after_the_request_was_written(database_url: str, harm: Harm) -> None:
    """OUT-3: the provider had accepted; the echo of our callback data says so, and the answer never does."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)

        in_doubt = await send(shop, phone, Fault(harm, accepted=True, reporting=SILENT))
        await shop.process.dispatch()
        await pass_the_lease(shop)
        unsettled = await statuses(shop, phone)
        await echo(shop, phone)

        assert in_doubt == "UNKNOWN"
        assert unsettled == ["UNKNOWN"]
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [("SENT", "echoed")]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await at_rest(shop)


async def test_out_4_what_the_provider_never_got_is_shown_to_the_operator(database_url: str) -> None:
    """OUT-4: no status comes; by default nothing is sent again by itself, however quiet it is."""
    async with open_shop(database_url) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        reply = await owe(shop, phone)

        in_doubt = await send(shop, phone, lost(Harm.RESET, accepted=False))
        await prove_the_silence(shop, other)
        quiet = await statuses(shop, phone)
        await discard(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())
        await shop.settle()

        assert (in_doubt, quiet) == ("UNKNOWN", ["UNKNOWN"])
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [("UNKNOWN", "discarded")]
        assert phone.texts == []
        assert len(requests(shop, phone)) == 1
        assert await shop.value("SELECT count(*) FROM act WHERE name = 'discard' AND operator = 'Nadia'") == 1


async def test_out_4_the_policy_sends_it_again_once_after_the_quiet_time(database_url: str) -> None:
    """OUT-4: where the owner set `resend`, and later sends of the line were reported; on record."""
    settings = LineSettings(unknown_policy="resend")
    async with open_shop(database_url, settings=settings) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        await owe(shop, phone)

        await send(shop, phone, lost(Harm.RESET, accepted=False))
        shop.clock.advance(seconds=QUIET_AFTER.total_seconds() + 1)
        await shop.process.reconcile()
        without_evidence = await statuses(shop, phone)
        await prove_the_silence(shop, other)

        assert without_evidence == ["UNKNOWN"]
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [("SENT", "resent")]
        assert len(phone.texts) == 1
        assert len(requests(shop, phone)) == 2
        assert await shop.value("SELECT operator FROM act WHERE name = 'resend'") == "policy: resend"


async def test_out_4_a_refused_webhook_is_no_silence(database_url: str) -> None:
    """OUT-4: our own endpoint was away, so that no status came proves nothing."""
    settings = LineSettings(unknown_policy="resend")
    async with open_shop(database_url, settings=settings) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        await owe(shop, phone)
        await send(shop, phone, Fault(Harm.RESET, accepted=True, reporting=SILENT))

        shop.process.receiver.refused_at = shop.clock()
        await prove_the_silence(shop, other)

        assert await statuses(shop, phone) == ["UNKNOWN"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1


async def prove_the_silence(shop: Shop, other: Phone) -> None:
    """A later send of the line is reported, and the quiet time passes, twice as long as nothing was reported."""
    shop.clock.advance(seconds=30)
    await owe(shop, other)
    await shop.settle()
    assert len(other.texts) == 1
    shop.clock.advance(seconds=3 * QUIET_AFTER.total_seconds())
    await shop.settle()
