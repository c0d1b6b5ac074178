"""OUT-7, OUT-8, OUT-17: what WhatsApp refuses, and what it does not say."""

from datetime import timedelta

import pytest

from support.app import open_web
from support.deaths import succeed
from support.faults import fault
from support.records import at_rest, count
from support.shop import Shop, open_shop
from support.talk import accepted, answer_by_hand, owe, replies, requests, statuses
from surereply.admin.lines import resume
from surereply.admin.settle import discard
from surereply.domain.line import LineSettings
from surereply.lab.faults import Fault, Harm, Rule, code, server_error
from surereply.lab.lines import make_lines
from surereply.lab.reporting import Reporting
from surereply.pacing import BREAKER_OPEN, BREAKER_UNKNOWN

SILENT = Reporting(stages=())
HANDED_OVER = "Thank you. One of our consultants is taking over and will answer you here."


async def pace(shop: Shop) -> dict[str, float]:
    """How fast each line may go, by its name; its own rate where nothing slowed it."""
    rows = await shop.fetch("SELECT l.name, p.slowed_to FROM line_pace p JOIN line l ON l.id = p.line_id")
    return {row["name"]: row["slowed_to"] for row in rows}


@fault(25)
async def test_out_7_a_number_at_its_limit_backs_off_and_the_others_do_not_wait(database_url: str) -> None:
    """OUT-7: 130429: the line goes at half its rate, and again at half; each reply leaves once."""
    async with open_shop(database_url, lab_lines=make_lines(2)) as shop:
        first, second = shop.world.lines
        full, other = shop.phone(line=first), shop.phone(line=second)
        await owe(shop, full)
        await owe(shop, other)
        shop.world.graph.faults.script(first.phone_number_id, [code(130429), code(130429)])

        await shop.process.dispatch()
        told_off_once = await pace(shop)
        shop.clock.advance(seconds=2)
        await shop.process.dispatch()
        told_off_twice = await pace(shop)
        waiting = await statuses(shop, full)
        shop.clock.advance(seconds=3)
        await shop.settle(wait=timedelta())

        assert told_off_once == {first.name: 20, second.name: None}
        assert 10 <= told_off_twice[first.name] < 12
        assert waiting == ["PENDING"]
        assert len(full.texts) == len(other.texts) == 1
        assert [row["attempt"] for row in await replies(shop, full)] == [3]
        assert await at_rest(shop)


async def test_out_7_an_app_or_an_account_at_its_limit_slows_all_of_its_lines(database_url: str) -> None:
    """OUT-7: 4 and 80007 are of the app and of the account, not of the number that happened to send."""
    async with open_shop(database_url, lab_lines=make_lines(2)) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [code(4)])

        await shop.process.dispatch()

        assert set((await pace(shop)).values()) == {20}


@fault(25)
async def test_out_7_a_pair_at_its_limit_is_held_and_keeps_its_order(database_url: str) -> None:
    """OUT-7: 131056: 4^n seconds for this conversation alone; what comes after it waits behind it."""
    async with open_shop(database_url) as shop:
        held, other = shop.phone(), shop.phone("971507654321")
        await owe(shop, held, "I want to talk to a human please")
        shop.world.graph.faults.script(held.address, [code(131056), code(131056)])
        await shop.process.dispatch()
        await answer_by_hand(shop, held, "I am Nadia")

        await owe(shop, other)
        await shop.process.dispatch()
        others, waits = list(other.texts), await statuses(shop, held)
        due = (await shop.fetch("SELECT due_at FROM reply_ticket ORDER BY reply_id"))[0]["due_at"]
        shop.clock.advance(seconds=4)
        await shop.settle(wait=timedelta())

        assert len(others) == 1
        assert waits == ["PENDING", "PENDING"]
        assert due - shop.clock() == timedelta(0)
        assert held.texts == [
            "Thank you. One of our consultants is taking over and will answer you here.",
            "I am Nadia",
        ]


async def test_out_7_a_number_that_is_upgraded_waits_a_minute(database_url: str) -> None:
    """OUT-7: 131057: nothing of the line leaves meanwhile, everything after it."""
    async with open_shop(database_url) as shop:
        first, second = shop.phone(), shop.phone("971507654321")
        await owe(shop, first)
        shop.world.graph.faults.script(first.address, [code(131057)])
        await shop.process.dispatch()

        await owe(shop, second)
        shop.clock.advance(seconds=45)
        await shop.process.dispatch()
        too_early = [*first.texts, *second.texts]
        shop.clock.advance(seconds=10)
        await shop.settle(wait=timedelta())

        assert too_early == []
        assert (len(first.texts), len(second.texts)) == (1, 1)


@fault(34)
async def test_out_8_an_expired_token_stops_the_line_and_a_new_one_sends_what_is_still_in_time(
    database_url: str,
) -> None:
    """OUT-8: the queue is kept, health is red and says why; late replies are checked against the window."""
    async with open_web(database_url) as web:
        shop = web.shop
        line = shop.process.directory.lines()[0]
        late, timely = shop.phone(), shop.phone("971507654321")
        shop.world.graph.expire_token(line.phone_number_id)
        await owe(shop, late)
        await shop.process.dispatch()
        stopped = (await shop.fetch("SELECT * FROM line_pace"))[0]
        shop.clock.advance(hours=20)
        await owe(shop, timely)
        shop.clock.advance(hours=4)
        await shop.process.dispatch()
        health = (await web.get("/health/ai")).json
        requests_while_stopped = len(shop.world.graph.ledger)

        shop.world.graph.renew_token(line.phone_number_id, shop.world.lines[0].access_token)
        await resume(shop.process.db, line, "Nadia", shop.clock())
        await shop.settle()

        assert "token" in stopped["stopped_reason"]
        assert health["verdict"] == "red"
        assert any("token" in reason["sentence"] for reason in health["reasons"])
        assert requests_while_stopped == 1
        assert (late.texts, len(timely.texts)) == ([], 1)
        row = (await replies(shop, late))[0]
        assert (row["status"], row["suppression"]) == ("SUPPRESSED", "window_closed")


IN_DOUBT = {
    "500": server_error(500, accepted=False),
    "502 accepted": server_error(502, accepted=True),
    "503": server_error(503, accepted=False),
    "504 accepted": server_error(504, accepted=True),
    "code 1": code(1),
    "code 2": code(2, accepted=True),
    "131000": code(131000, accepted=True),
    "131016": code(131016),
    "unlisted code": code(987654, accepted=True),
    "200 without an id": Fault(Harm.NO_ID),
    "200 in broken JSON": Fault(Harm.BROKEN_JSON),
}


@fault(24)
@pytest.mark.parametrize("name", IN_DOUBT)
async def test_out_17_an_answer_that_does_not_say_leaves_the_send_in_doubt(database_url: str, name: str) -> None:
    """OUT-17: never sent again by itself; the echo settles what was accepted, a person the rest."""
    fault = IN_DOUBT[name]
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        told = Fault(fault.harm, fault.accepted, fault.http_status, fault.code, reporting=SILENT)
        shop.world.graph.faults.script(phone.address, [told])

        await shop.process.dispatch()
        await succeed(shop)
        shop.clock.advance(hours=1)
        await shop.settle()
        in_doubt = await statuses(shop, phone)
        if fault.lets_through:
            shop.world.tell_report(accepted(shop, phone)[0], "delivered")
        else:
            await discard(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())
        await shop.settle()

        assert in_doubt == ["UNKNOWN"]
        ended = ("SENT", "echoed") if fault.lets_through else ("UNKNOWN", "discarded")
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [ended]
        assert len(requests(shop, phone)) == 1
        assert await at_rest(shop)


async def test_out_17_the_owner_may_know_more_codes_that_mean_not_sent(database_url: str) -> None:
    """OUT-17: a code on the owner's list is tried again, and never in doubt."""
    async with open_shop(database_url, settings=LineSettings(codes_not_sent=(987654,))) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [code(987654)])

        await shop.settle()
        await shop.settle()

        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == 1


async def test_out_17_a_breaker_keeps_a_brown_out_from_turning_the_backlog_into_doubt(database_url: str) -> None:
    """OUT-17: more than 5 unknown, and 2 %, in 30 s: the line waits, then all that still waited goes out."""
    async with open_shop(database_url, settings=LineSettings(messages_per_second=BREAKER_UNKNOWN + 1)) as shop:
        phones = [shop.phone(f"97150222{number:04d}") for number in range(20)]
        for phone in phones:
            await owe(shop, phone)
        shop.world.graph.faults.add(Rule(server_error(503, accepted=False)))

        await shop.process.dispatch()
        shop.clock.advance(seconds=BREAKER_OPEN.total_seconds() - 1)
        while_open = await shop.process.dispatch()
        doubts = await count(shop, "reply", "status = 'UNKNOWN'")
        shop.world.graph.faults.clear()
        for _ in range(5):
            shop.clock.advance(seconds=1)
            await shop.settle(wait=timedelta())

        assert while_open == 0
        assert doubts == BREAKER_UNKNOWN + 1
        assert sum(len(phone.texts) for phone in phones) == len(phones) - doubts
        assert await count(shop, "reply", "status = 'PENDING'") == 0


async def test_out_17_a_few_doubts_do_not_close_the_line(database_url: str) -> None:
    """OUT-17: five unknown sends are five customers' trouble."""
    async with open_shop(database_url) as shop:
        phones = [shop.phone(f"97150222{number:04d}") for number in range(BREAKER_UNKNOWN + 1)]
        for phone in phones:
            await owe(shop, phone)
        shop.world.graph.faults.add(Rule(server_error(503, accepted=False), times=BREAKER_UNKNOWN))

        await shop.process.dispatch()

        assert sum(len(phone.texts) for phone in phones) == 1
        assert await count(shop, "line_pace", "closed_until IS NOT NULL") == 0
