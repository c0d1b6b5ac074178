"""OUT-5, OUT-6, OUT-18: what WhatsApp reports: early, late, twice, out of order, and a failure after all."""

from datetime import timedelta
from itertools import permutations

import pytest

from support.faults import fault
from support.records import at_rest, count
from support.shop import Shop, open_shop
from support.talk import accepted, hear, owe, replies, reported, requests, statuses, talk
from surereply.lab.faults import Fault, Harm
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting

SILENT = Fault(reporting=Reporting(stages=()))
FAMILY = "Hello, I need a family visa"


async def report(shop: Shop, phone: Phone, *stages: str, code: int | None = None) -> None:
    """Report on the newest accepted send, one delivery each, folded one by one."""
    for stage in stages:
        shop.world.tell_report(accepted(shop, phone)[-1], stage, failed_code=code if stage == "failed" else None)
        await shop.world.deliver()
        await shop.process.reconcile()


async def sent_in_silence(shop: Shop, phone: Phone) -> None:
    """A reply that left, and of which nothing was reported yet."""
    await owe(shop, phone)
    shop.world.graph.faults.script(phone.address, [SILENT])
    await shop.process.dispatch()
    assert await statuses(shop, phone) == ["SENT"]


@fault(31)
@pytest.mark.parametrize("harm", [Harm.NONE, Harm.SILENCE])
async def test_out_5_a_status_overtakes_the_response_of_its_own_send(database_url: str, harm: Harm) -> None:
    """OUT-5: the webhook comes, and is folded, while the answer is still on its way; or the answer never comes."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        reporting = Reporting(before_answer=True)
        shop.world.graph.faults.script(
            phone.address, [Fault(harm, accepted=True, delay_s=0.2, delay_after=True, reporting=reporting)]
        )

        await shop.process.dispatcher.dispatch_once()
        await reported(shop)
        early = await replies(shop, phone)
        await shop.process.dispatcher.drain()
        await shop.settle()

        assert early[0]["status"] == "SENT"
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"], row["attempt"], row["error"]) == ("SENT", "delivered", 1, None)
        assert row["provider_message_id"] == accepted(shop, phone)[0].wamid
        assert row["sent_at"] <= row["delivered_at"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await at_rest(shop)


async def test_out_5_a_status_without_callback_data_waits_for_the_answer_that_names_it(database_url: str) -> None:
    """OUT-5: it is found by the wamid once the answer is written down."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        reporting = Reporting(before_answer=True, echoes_callback=False)
        shop.world.graph.faults.script(phone.address, [Fault(delay_s=0.2, delay_after=True, reporting=reporting)])

        await shop.process.dispatcher.dispatch_once()
        await reported(shop)
        unnamed = await replies(shop, phone)
        await shop.process.dispatcher.drain()
        shop.clock.advance(seconds=3)
        await shop.process.reconcile()

        assert (unnamed[0]["status"], unnamed[0]["reported"]) == ("SENDING", None)
        assert (await replies(shop, phone))[0]["reported"] == "delivered"
        assert await count(shop, "report_ticket") == 0


@fault(31)
@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "read"])), ids="-".join)
async def test_out_6_statuses_out_of_order_and_twice_never_step_back(database_url: str, order: tuple[str, ...]) -> None:
    """OUT-6: whatever comes first, each twice: it ends as read, with every time it was given."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sent_in_silence(shop, phone)

        seen = []
        for stage in order:
            shop.clock.advance(seconds=1)
            await report(shop, phone, stage, stage)
            seen.append((await replies(shop, phone))[0]["reported"])

        ranks = ["sent", "delivered", "read"]
        assert [ranks.index(stage) for stage in seen] == sorted(ranks.index(stage) for stage in seen)
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"]) == ("SENT", "read")
        assert row["delivered_at"] is not None
        assert row["read_at"] is not None
        assert await at_rest(shop)
        assert await count(shop, "report") == 3


@fault(32)
async def test_out_6_a_failure_that_comes_late_does_not_undo_a_delivery(database_url: str) -> None:
    """OUT-6: who got it has got it; and no list is filled with what arrived."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sent_in_silence(shop, phone)

        await report(shop, phone, "delivered", "failed", "sent")

        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"], row["failed_at"]) == ("SENT", "delivered", None)
        assert await at_rest(shop)


@fault(32)
async def test_out_18_accepted_and_hours_later_reported_failed(database_url: str) -> None:
    """OUT-18: SENT becomes FAILED and is listed; `sent_at` stays; no machine sends it again."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sent_in_silence(shop, phone)
        sent_at = (await replies(shop, phone))[0]["sent_at"]

        shop.clock.advance(hours=3)
        await report(shop, phone, "sent", "failed", code=131026)
        shop.clock.advance(hours=1)
        await shop.settle()

        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"], row["error_code"], row["sent_at"]) == (
            "FAILED", "failed", 131026, sent_at,
        )  # fmt: skip
        assert [one["status"] for one in await shop.fetch("SELECT status FROM reply_ticket")] == ["FAILED"]
        assert len(requests(shop, phone)) == 1
        assert await count(shop, "contact", "undeliverable_at IS NOT NULL") == 1


async def test_out_18_the_question_that_failed_after_all_was_not_asked(database_url: str) -> None:
    """OUT-18, OUT-19: the customer's next words are not its answer; it is put again, uncounted."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sent_in_silence(shop, phone)
        await report(shop, phone, "failed", code=131026)

        await talk(shop, phone, "are you there?")

        conversation = await shop.conversation_of(phone)
        assert conversation["questions_asked_count"] == 1
        last = (await replies(shop, phone))[-1]
        assert (last["question_key"], last["reply_type"]) == ("sponsor_status", "question")
        assert "Palm Gate" in phone.texts[-1]


@pytest.mark.parametrize("code", [190, 131031, 131042], ids=["token", "blocked", "payment"])
async def test_out_18_the_error_table_applies_to_a_later_failure_too(database_url: str, code: int) -> None:
    """OUT-18: a token, a block, a missing payment stop the line, or what costs, as they do in an answer."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sent_in_silence(shop, phone)

        await report(shop, phone, "failed", code=code)
        await hear(shop, phone, "hello?")
        await shop.settle(wait=timedelta())

        pace = (await shop.fetch("SELECT * FROM line_pace"))[0]
        assert (pace["stopped_at"] is not None) == (code != 131042)
        assert (pace["templates_stopped_at"] is not None) == (code == 131042)
        assert (await statuses(shop, phone))[-1] == ("SENT" if code == 131042 else "PENDING")
