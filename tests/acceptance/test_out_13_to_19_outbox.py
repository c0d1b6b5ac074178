"""OUT-13, OUT-14, OUT-15, OUT-19, OPS-10: one outbox, in order, and what never left was never asked."""

from datetime import timedelta
from uuid import UUID

import pytest

from support.records import at_rest, count, known, unexplained
from support.shop import Shop, open_shop
from support.talk import accepted, answer_by_hand, arrived, hear, owe, replies, requests, statuses, talk
from surereply.admin.handover import give_back
from surereply.admin.settle import resend, withdraw
from surereply.domain.line import LineSettings
from surereply.domain.replies import Template
from surereply.lab.faults import Fault, Harm, code, latency, lost
from surereply.lab.phones import Phone
from surereply.store.outbox import DOUBT_HOLDS_BACK

FAMILY = "Hello, I need a family visa"
PERSON = "I want to talk to a human please"
HANDED_OVER = "Thank you. One of our consultants is taking over and will answer you here."


async def test_out_13_retry_on_a_failed_reply_really_sends_once(database_url: str) -> None:
    """OUT-13: the same reply under the same key; pressed twice, it goes once."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [code(131026)])
        await shop.process.dispatch()
        failed = await replies(shop, phone)

        pressed = [await resend(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock()) for _ in range(2)]
        await shop.settle()
        once_more = await resend(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())
        await shop.settle()

        assert (failed[0]["status"], failed[0]["error_code"]) == ("FAILED", 131026)
        assert pressed[0] is None
        assert pressed[1] is not None
        assert once_more is not None
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["attempt"], row["error"]) == ("SENT", 2, None)
        assert row["outbound_dedupe_key"] == failed[0]["outbound_dedupe_key"]
        assert len(phone.texts) == 1
        assert await at_rest(shop)


async def test_out_14_everything_leaves_through_the_one_outbox(database_url: str) -> None:
    """OUT-14: questions, follow-ups, handovers, people's words and templates: each has its row, its key, its name."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        shop.clock.advance(hours=3)
        await shop.settle()
        await talk(shop, phone, PERSON)
        await answer_by_hand(shop, phone, "I am Nadia")
        await answer_by_hand(shop, phone, "", Template("hello_again", "en"))
        await shop.settle()
        await talk(shop, phone, "STOP")

        rows = await replies(shop, phone)
        kinds = ["question", "follow_up", "handover", "human", "template", "opt_out"]
        assert [row["reply_type"] for row in rows] == kinds
        assert [UUID(entry.reply_id or "") for entry in requests(shop, phone)] == [row["id"] for row in rows]
        assert shop.world.graph.ledger.without_callback_data() == []
        keys = await shop.fetch("SELECT reply_id FROM reply_key ORDER BY reply_id")
        assert [row["reply_id"] for row in keys] == [row["id"] for row in rows]
        assert await count(shop, "send_attempt") == len(rows)


async def test_out_15_the_second_reply_waits_while_the_first_is_on_its_way(database_url: str) -> None:
    """OUT-15: whatever process looks, and however slow the first is."""
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        await owe(shop, phone, PERSON)
        await answer_by_hand(shop, phone, "I am Nadia")
        shop.world.graph.faults.script(phone.address, [latency(0.3, after=True)])

        first, second = shop.processes
        await first.dispatcher.dispatch_once()
        await arrived(shop, phone)
        meanwhile = [await second.dispatcher.dispatch_once(), await first.dispatcher.dispatch_once()]
        await first.dispatcher.drain()
        await shop.settle()

        assert meanwhile == [0, 0]
        assert phone.texts == [HANDED_OVER, "I am Nadia"]


async def test_out_15_a_first_reply_in_doubt_holds_the_second_back_for_20_seconds(database_url: str) -> None:
    """OUT-15: order against silence: no longer than that."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone, PERSON)
        await answer_by_hand(shop, phone, "I am Nadia")
        shop.world.graph.faults.script(phone.address, [lost(Harm.RESET, accepted=False)])

        await shop.process.dispatch()
        shop.clock.advance(seconds=DOUBT_HOLDS_BACK.total_seconds() - 1)
        await shop.process.dispatch()
        too_early = list(phone.texts)
        shop.clock.advance(seconds=1)
        await shop.process.dispatch()

        assert too_early == []
        assert phone.texts == ["I am Nadia"]
        assert await statuses(shop, phone) == ["UNKNOWN", "SENT"]


async def test_out_15_a_doubt_that_is_settled_holds_nothing_back(database_url: str) -> None:
    """OUT-15: the echo came after a second, and the next reply leaves at once, behind it."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone, PERSON)
        await answer_by_hand(shop, phone, "I am Nadia")
        shop.world.graph.faults.script(phone.address, [Fault(Harm.RESET, accepted=True)])

        await shop.process.dispatch()
        shop.clock.advance(seconds=1)
        await shop.settle(wait=timedelta())

        assert phone.texts == [HANDED_OVER, "I am Nadia"]
        assert await at_rest(shop)


async def to_the_name(shop: Shop, phone: Phone) -> None:
    """A conversation up to the question for the name, which is owed and did not leave."""
    await talk(shop, phone, "visa renewal", "15 April 2027", "15 May 2029")
    await hear(shop, phone, "philippines")
    await shop.process.respond()
    assert (await replies(shop, phone))[-1]["question_key"] == "full_name"


@pytest.mark.parametrize("fate", ["failed", "withdrawn", "window_closed"])
async def test_out_19_a_question_that_surely_never_left_was_not_asked(database_url: str, fate: str) -> None:
    """OUT-19: the next words are not read as its answer; it is put again, uncounted."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await to_the_name(shop, phone)
        counted = (await shop.conversation_of(phone))["questions_asked_count"]
        if fate == "failed":
            shop.world.graph.faults.script(phone.address, [code(131026)])
        elif fate == "withdrawn":
            reply = (await replies(shop, phone))[-1]
            assert await withdraw(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock()) is None
        else:
            shop.clock.advance(hours=24)
        await shop.process.dispatch()
        never_left = (await replies(shop, phone))[-1]

        heard = await talk(shop, phone, "Maria Santos")

        assert never_left["suppression"] == (None if fate == "failed" else fate)
        assert "full_name" not in await known(shop, phone)
        assert len(heard) == 1
        assert "May I have your full name" in heard[0]
        row = await shop.conversation_of(phone)
        assert (row["questions_asked_count"], row["last_question_key"]) == (counted, "full_name")
        await talk(shop, phone, "Maria Santos")
        assert (await known(shop, phone))["full_name"] == "Maria Santos"


async def test_out_19_a_question_in_doubt_may_have_been_asked(database_url: str) -> None:
    """OUT-19: only what surely did not leave is put again; doubt counts as asked."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await to_the_name(shop, phone)
        shop.world.graph.faults.script(phone.address, [lost(Harm.RESET, accepted=False)])
        await shop.process.dispatch()

        await talk(shop, phone, "Maria Santos")

        assert (await known(shop, phone))["full_name"] == "Maria Santos"
        assert (await replies(shop, phone))[-1]["reply_type"] == "closing"


async def test_ops_10_two_bots_do_not_talk_for_ever(database_url: str) -> None:
    """OPS-10: the ceiling of replies in an hour holds, the last of them hands over, and somebody is told."""
    async with open_shop(database_url, settings=LineSettings(replies_per_hour=6)) as shop:
        phone = shop.phone()
        await talk(shop, phone, "hello, how much does a family visa cost?")

        for number in range(30):
            await talk(
                shop, phone, f"Our office is open from 9 to 5. Your message is important to us, number {number}."
            )

        assert len(accepted(shop, phone)) == 6
        assert (await replies(shop, phone))[-1]["reply_type"] == "handover"
        handovers = await shop.fetch("SELECT reason, told FROM handover")
        assert [row["reason"] for row in handovers] == ["ceiling"]
        assert "ceiling" in handovers[0]["told"]
        assert await unexplained(shop) == []


async def test_ops_10_the_ceiling_is_of_an_hour_and_of_one_contact(database_url: str) -> None:
    """OPS-10: other customers are answered meanwhile; given back an hour later, this one is, too."""
    async with open_shop(database_url, settings=LineSettings(replies_per_hour=4)) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        price = "how much does a family visa cost?"
        await talk(shop, phone, *[price] * 8)

        await talk(shop, other, price)
        shop.clock.advance(hours=1)
        conversation = await shop.conversation_of(phone)
        await give_back(shop.process.db, shop.bucket, conversation["id"], "Nadia", shop.clock())
        await shop.settle()
        heard = await talk(shop, phone, price)

        assert len(other.texts) == 1
        assert "AED" in heard[0]


async def test_ops_10_a_flood_is_one_turn_and_one_reply(database_url: str) -> None:
    """OPS-10: a hundred messages at once are read together."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        await hear(shop, phone, *[f"hello {number}" for number in range(100)])
        await shop.settle()

        assert len(phone.texts) == 1
        assert await count(shop, "turn") == 1
        assert await count(shop, "message") == 100
