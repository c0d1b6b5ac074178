"""Fault 49: the clocks of our processes, or the database's, are an hour off, from the beginning or all of a sudden."""

import json
from datetime import datetime, timedelta

import asyncpg

from faults.afterwards import breaches_in_the_end, breaches_of
from faults.held_answer import HeldAnswers
from faults.served import a_served_world, all_told, serve
from support.deaths import succeed
from support.faults import fault
from support.servers import WORDS, rows_of, settings_of, talk_to_the_end
from support.shop import Shop, open_shop
from support.talk import SlowReader, accepted, hear, owe, replies, requests, statuses, talk, turns
from surereply.lab.faults import Fault, code
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.pacing import BREAKER_OPEN
from surereply.store import lines

FAMILY = "Hello, I need a family visa"
EMPLOYED = "I am employed"
SILENT = Fault(reporting=Reporting(stages=()))
TIMES = """
    SELECT min(at) AS first, max(at) AS last
      FROM (SELECT received_at AS at FROM message UNION ALL SELECT created_at FROM turn
             UNION ALL SELECT created_at FROM reply UNION ALL SELECT sent_at FROM reply UNION ALL SELECT ended_at
              FROM send_attempt) t
"""


@fault(49)
async def test_processes_whose_clocks_are_an_hour_off_serve_side_by_side(database_url: str) -> None:
    """One ahead, one behind: all their times are the database's, so they agree on every lease, and on every month."""
    async with a_served_world(ports=2) as (world, ports):
        phones = [world.phone(f"97150000{number:04d}") for number in range(8)]
        ahead, behind = [settings_of(world, port, DATABASE_URL=database_url) for port in ports]
        async with (
            serve(ahead, program=("faults.skewed", "1")) as first,
            serve(behind, program=("faults.skewed", "-1")) as second,
        ):
            began = await _database_now(database_url)
            await talk_to_the_end(phones)
            await all_told(world)
            held = await breaches_in_the_end(world, database_url)
            ended = await _database_now(database_url)
            lies = [_hours_off(server.lines, ended) for server in (first, second)]

    [times] = await rows_of(database_url, TIMES)
    assert lies == [1, -1]  # their logs, which nobody decides by, show what they take for the time
    assert began - timedelta(seconds=1) <= times["first"] <= times["last"] <= ended + timedelta(seconds=1)
    assert [len(phone.texts) for phone in phones] == [len(WORDS)] * len(phones)
    assert held == []


def _hours_off(lines: list[str], now: datetime) -> int:
    newest = json.loads(next(line for line in reversed(lines) if line.startswith("{")))
    return round((datetime.fromisoformat(newest["timestamp"]) - now) / timedelta(hours=1))


async def _database_now(url: str) -> datetime:
    connection = await asyncpg.connect(url)
    try:
        now: datetime = await connection.fetchval("SELECT clock_timestamp()")
        return now
    finally:
        await connection.close()


@fault(49)
async def test_a_clock_that_jumps_an_hour_ahead_ends_every_lease_and_nothing_is_done_twice(database_url: str) -> None:
    """A turn is being thought about, a send is on its way: both leases are over, and both end as they would have."""
    reader = SlowReader(EMPLOYED)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        thinking, sending, answers = await _a_turn_and_a_send_under_way(shop, reader)

        shop.clock.advance(hours=1)
        other = shop.processes[1]
        await other.reconcile()
        in_doubt = await statuses(shop, sending)
        await other.respond()
        await other.dispatch()
        reader.let_go(EMPLOYED)
        answers.let_go()
        await shop.process.responder.drain()
        await shop.process.dispatcher.drain()
        await shop.settle()

        assert in_doubt == ["UNKNOWN"]
        assert [len(turn["message_ids"]) for turn in await turns(shop, thinking)] == [1, 1]
        assert await statuses(shop, sending) == ["SENT"]
        assert len(requests(shop, sending)) == 1
        assert await breaches_of(shop) == []


async def _a_turn_and_a_send_under_way(shop: Shop, reader: SlowReader) -> tuple[Phone, Phone, HeldAnswers]:
    """A phone whose message is being thought about, one that a reply is being sent to, and the answer to that."""
    thinking, sending = shop.phone("971500000001"), shop.phone("971500000002")
    await talk(shop, thinking, FAMILY)
    await owe(shop, sending, FAMILY)
    shop.world.graph.faults.script(sending.address, [SILENT])
    answers = HeldAnswers(shop.process)
    await shop.process.dispatcher.dispatch_once()
    await answers.came()
    await hear(shop, thinking, EMPLOYED)
    await reader.think(shop.process, EMPLOYED)
    return thinking, sending, answers


@fault(49)
async def test_a_clock_that_is_set_back_by_an_hour_silences_nobody_for_an_hour(database_url: str) -> None:
    """Everybody was served by the old time, and goes on: in order, on the same state, within a minute."""
    async with open_shop(database_url, processes=2) as shop:
        served, unread, owed, refused = (shop.phone(f"97150000000{number}") for number in range(4))
        for phone in (served, unread, owed, refused):
            await talk(shop, phone, FAMILY)
        refused.says(EMPLOYED)
        owed.says(EMPLOYED)
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        shop.world.graph.faults.script(refused.address, [code(130429)])
        unread.says(EMPLOYED)
        await shop.world.deliver()

        shop.clock.advance(hours=-1)
        served.says(EMPLOYED)
        await shop.settle()
        at_once = len(served.texts)
        await _minutes(shop, 2)

        assert at_once == 2
        assert [phone.texts[1:] for phone in (served, unread, owed, refused)] == [["Where is your family now?"]] * 4
        assert await breaches_of(shop) == []


@fault(49, 28)
async def test_leases_of_processes_that_died_before_the_clock_was_set_back_end_all_the_same(database_url: str) -> None:
    """A turn and a send were leased by the old time: they do not stand still until it is that late again."""
    reader = SlowReader(EMPLOYED)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        thinking, sending, _ = await _a_turn_and_a_send_under_way(shop, reader)
        await succeed(shop)

        shop.clock.advance(hours=-1)
        await _minutes(shop, 3)
        in_doubt = await statuses(shop, sending)
        shop.world.tell_report(accepted(shop, sending)[0], "delivered")
        await shop.settle()

        assert thinking.texts[1:] == ["Where is your family now?"]
        assert in_doubt == ["UNKNOWN"]
        assert [(row["status"], row["resolution"]) for row in await replies(shop, sending)] == [("SENT", "echoed")]
        assert len(requests(shop, sending)) == 1
        assert await breaches_of(shop) == []


@fault(49)
async def test_a_line_that_was_closed_before_the_clock_was_set_back_opens_when_its_time_is_over(
    database_url: str,
) -> None:
    """A breaker closes it for half a minute, not for the hour that the clock lost."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone, FAMILY)
        async with shop.process.db.transaction() as tx:
            line = shop.process.directory.lines()[0]
            await lines.close_until(tx, line.bucket, line.id, shop.clock() + BREAKER_OPEN, "too many sends in doubt")

        shop.clock.advance(hours=-1)
        await _minutes(shop, 2)

        assert len(phone.texts) == 1
        assert await breaches_of(shop) == []


async def _minutes(shop: Shop, count: int) -> None:
    """So many minutes pass; every step is taken each time, `maintain` as well."""
    for _ in range(count):
        shop.clock.advance(minutes=1)
        for process in shop.processes:
            await process.reconciler.maintain_once()
        await shop.settle()
