"""When a reply may leave: office hours, a pause, a hold, the line's rate and WhatsApp's limit for one customer."""

from datetime import timedelta

import pytest

from support.shop import open_shop
from support.talk import accepted, answer_by_hand, hear, owe, replies, requests, statuses, talk
from surereply.domain.line import PAIR_BURST, PAIR_INTERVAL, LineSettings
from surereply.domain.replies import Template
from surereply.lab.faults import code
from surereply.lab.graph import Manners
from surereply.lab.limits import Limits
from surereply.store import lines

FAMILY = "Hello, I need a family visa"
# The tests begin on a Monday, at 13:00 in Dubai.
MORNINGS = LineSettings(office_hours={"mon": [("09:00", "12:00")], "tue": [("09:00", "12:00")]})


async def test_outside_office_hours_a_machine_reply_stays_pending(database_url: str) -> None:
    async with open_shop(database_url, settings=MORNINGS) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        shut = await statuses(shop, phone)

        shop.clock.advance(hours=20)
        await shop.settle()

        assert shut == ["PENDING"]
        assert len(phone.texts) == 1


@pytest.mark.parametrize("kind", ["human", "opt_out"])
async def test_people_and_the_opt_out_leave_at_any_hour(database_url: str, kind: str) -> None:
    async with open_shop(database_url, settings=MORNINGS) as shop:
        phone = shop.phone()
        await talk(shop, phone, "STOP" if kind == "opt_out" else FAMILY)
        if kind == "human":
            await answer_by_hand(shop, phone, "I am Nadia")

        shop.clock.advance(seconds=1)
        await shop.settle()

        sent = [row["reply_type"] for row in await replies(shop, phone) if row["status"] == "SENT"]
        assert sent == [kind]


@pytest.mark.parametrize("shut", ["pause", "hold"])
async def test_a_pause_and_a_hold_keep_everything_and_lose_nothing(database_url: str, shut: str) -> None:
    """Also what people wrote; what comes in is read all the same."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        line = shop.process.directory.lines()[0]
        async with shop.process.db.transaction() as tx:
            await (
                lines.pause(tx, line.bucket, line.id, shop.clock()) if shut == "pause" else lines.hold(tx, shop.clock())
            )
        await talk(shop, phone, "I want to talk to a human please")
        await answer_by_hand(shop, phone, "I am Nadia")
        await shop.settle()
        kept = await statuses(shop, phone)

        async with shop.process.db.transaction() as tx:
            await (lines.resume(tx, line.bucket, line.id) if shut == "pause" else lines.release(tx))
        await shop.settle()

        assert kept == ["PENDING", "PENDING"]
        assert len(requests(shop, phone)) == len(phone.texts) == 2


async def test_what_waits_for_a_payment_silences_nobody(database_url: str) -> None:
    """A template that cannot be paid is kept; free-form replies inside the window cost nothing, and leave."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        shop.world.graph.faults.script(phone.address, [code(131042)])
        await answer_by_hand(shop, phone, "", Template("hello_again", "en"))
        await shop.settle()
        await answer_by_hand(shop, phone, "I am Nadia")
        await shop.settle()
        stopped = await statuses(shop, phone)

        line = shop.process.directory.lines()[0]
        async with shop.process.db.transaction() as tx:
            await lines.resume(tx, line.bucket, line.id)
        await shop.settle()

        assert stopped == ["SENT", "PENDING", "SENT"]
        assert await statuses(shop, phone) == ["SENT"] * 3


async def test_a_line_sends_no_faster_than_its_rate_whoever_claims(database_url: str) -> None:
    """Two dispatchers, one pace: a second's worth at a time, and WhatsApp refuses none of it."""
    async with open_shop(database_url, settings=LineSettings(messages_per_second=5), processes=2) as shop:
        phones = [shop.phone(f"97150444{number:04d}") for number in range(13)]
        for phone in phones:
            await hear(shop, phone, FAMILY)
        await shop.process.respond()

        sent = []
        for _ in range(4):
            sent.append([await process.dispatch() for process in shop.processes])
            shop.clock.advance(seconds=1)

        assert [sum(one) for one in sent] == [5, 5, 3, 0]
        assert [len(phone.texts) for phone in phones] == [1] * 13


async def test_one_customer_gets_no_more_in_a_row_than_whatsapp_lets_through(database_url: str) -> None:
    """The pair limit is kept by us: held back, in order, and never refused with 131056."""
    async with open_shop(database_url, settings=LineSettings(messages_per_second=80)) as shop:
        phone = shop.phone()
        shop.world.graph.change_manners(Manners(limits=Limits(pair=True)))
        await owe(shop, phone, "I want to talk to a human please")
        for number in range(PAIR_BURST + 1):
            await answer_by_hand(shop, phone, f"line {number}")

        at_once = await shop.process.dispatch()
        shop.clock.advance(seconds=PAIR_INTERVAL.total_seconds())
        await shop.settle(wait=timedelta())
        shop.clock.advance(seconds=PAIR_INTERVAL.total_seconds())
        await shop.settle(wait=timedelta())

        assert at_once == PAIR_BURST
        assert [entry.answer for entry in requests(shop, phone)] == ["200"] * (PAIR_BURST + 2)
        assert phone.texts[1:] == [f"line {number}" for number in range(PAIR_BURST + 1)]
        assert len(accepted(shop, phone)) == PAIR_BURST + 2
