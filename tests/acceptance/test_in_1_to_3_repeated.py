"""IN-1, IN-2, IN-3: a message is answered once, however often and however wrapped it is delivered."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from support.records import at_rest, count, unexplained
from support.rivals import somebody_waits
from support.shop import open_shop
from support.webhooks import body_of_items, body_with, in_other_bytes, post, post_at_once, work_at_once
from surereply.lab.lines import make_lines
from surereply.store.turns import claim

TAKE_KEY = """
    INSERT INTO inbound_key (bucket, wamid, message_id, received_at) VALUES ($1, $2, gen_random_uuid(), now())
"""


async def test_in_1_thirty_copies_at_once_on_three_servers_are_one_row_and_one_answer(database_url: str) -> None:
    """IN-1: the same delivery at the same instant on several servers."""
    async with open_shop(database_url, processes=3) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))

        answers = await post_at_once(shop, [body], copies=10)
        shop.clock.advance(seconds=10)
        await work_at_once(shop)
        await post_at_once(shop, [body], copies=10)
        await shop.settle()

        assert answers == {200}
        assert len(phone.texts) == 1
        assert "Who sponsors?" in phone.texts[0]
        assert len(shop.world.graph.ledger) == 1
        assert await count(shop, "message") == await count(shop, "inbound_key") == await count(shop, "turn") == 1
        assert await count(shop, "repetition") == 60
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_1_a_copy_waits_for_the_server_that_is_just_keeping_it(database_url: str) -> None:
    """IN-1: an acknowledgement never rests on a rival's work that is not committed yet."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        said = phone.says("Hello, I need a family visa")
        rival = await asyncpg.connect(database_url)
        transaction = rival.transaction()
        await transaction.start()
        await rival.execute(TAKE_KEY, shop.bucket, said.wamid)

        copy = asyncio.create_task(post(shop, body_with(said)))
        await somebody_waits(rival)
        still_waiting = not copy.done()
        await transaction.rollback()
        answer = await copy
        await rival.close()
        await shop.settle()

        assert still_waiting
        assert answer == 200
        assert len(phone.texts) == 1
        assert await count(shop, "message") == 1


async def test_in_1_servers_that_claim_at_once_share_the_turns_out(database_url: str) -> None:
    """IN-1: what one server leased, another does not see; many conversations are each answered once."""
    async with open_shop(database_url, processes=3) as shop:
        phones = [shop.phone(f"97150000{number:04d}") for number in range(12)]
        bodies = [body_with(phone.says("Hello, I need a golden visa")) for phone in phones]

        await post_at_once(shop, bodies)
        shop.clock.advance(seconds=10)
        await work_at_once(shop)

        assert [len(phone.texts) for phone in phones] == [1] * 12
        assert await count(shop, "turn") == 12
        assert await count(shop, "conversation_ticket", "attempts > 0") == 0


async def test_in_1_a_lease_that_is_being_taken_is_not_waited_for(database_url: str) -> None:
    """IN-1: while a rival holds the ticket's lock, a claim passes it by and takes the others."""
    async with open_shop(database_url) as shop:
        first, second = shop.phone("971500000001"), shop.phone("971500000002")
        await post(shop, body_with(first.says("family visa"), second.says("golden visa")))
        shop.clock.advance(seconds=10)
        held = (await shop.conversation_of(first))["id"]
        rival = await asyncpg.connect(database_url)
        async with rival.transaction():
            await rival.execute("SELECT FROM conversation_ticket WHERE conversation_id = $1 FOR UPDATE", held)
            async with shop.process.db.transaction() as tx:
                leases = await claim(tx, [shop.bucket], shop.clock(), timedelta(seconds=30), 10)
        await rival.close()

        assert [lease.conversation_id for lease in leases] == [(await shop.conversation_of(second))["id"]]


@pytest.mark.parametrize("answered_between", [False, True])
async def test_in_2_a_retry_batched_differently_is_answered_once(database_url: str, answered_between: bool) -> None:
    """IN-2: `[w9]`, then `[w9, w10]`: the second message of the retry is not taken for a repetition."""
    async with open_shop(database_url, processes=2) as shop:
        phone = shop.phone()
        ninth = phone.says("Hello, I need a family visa")
        first = await post(shop, body_with(ninth), shop.processes[0])
        if answered_between:
            shop.clock.advance(seconds=10)
            await work_at_once(shop)
        tenth = phone.says("I am employed")
        second = await post(shop, body_with(ninth, tenth), shop.processes[1])
        await shop.settle()

        assert (first, second) == (200, 200)
        assert "Where is your family now?" in phone.texts[-1]
        assert len(phone.texts) == (2 if answered_between else 1)
        assert await count(shop, "message") == 2
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_2_batches_that_overlap_in_opposite_orders_do_not_block_each_other(database_url: str) -> None:
    """IN-2: rows are sorted by key, so a server that has to wait holds nothing that the one before it will want."""
    async with open_shop(database_url, processes=2) as shop:
        phones = [shop.phone(f"97150000{number:04d}") for number in range(11)]
        said = sorted((phone.says("Hello, I need a golden visa") for phone in phones), key=lambda one: one.wamid)
        items = [one.update.content for one in said]
        there, back = body_of_items(shop, items), body_of_items(shop, items[::-1])
        rival = await asyncpg.connect(database_url)
        transaction = rival.transaction()
        await transaction.start()
        await rival.execute(TAKE_KEY, shop.bucket, said[5].wamid)

        first = asyncio.create_task(post(shop, there, shop.processes[0]))
        await somebody_waits(rival)
        second = asyncio.create_task(post(shop, back, shop.processes[1]))
        await somebody_waits(rival, 2)
        wait_for_the_rival = await rival.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
        )
        await transaction.rollback()
        answers = [await first, await second]
        await rival.close()
        await shop.settle()

        assert wait_for_the_rival == 1
        assert answers == [200, 200]
        assert await count(shop, "message") == 11
        assert [len(phone.texts) for phone in phones] == [1] * 11


async def test_in_2_the_same_wamid_on_two_lines_is_two_messages(database_url: str) -> None:
    """IN-2: a message is known by its line and its wamid."""
    lines = make_lines(2)
    async with open_shop(database_url, lab_lines=lines) as shop:
        body = body_with(shop.phone(line=lines[0]).says("Hello, I need a family visa"))
        elsewhere = body.replace(lines[0].phone_number_id.encode(), lines[1].phone_number_id.encode())

        assert {await post(shop, body), await post(shop, elsewhere)} == {200}
        assert await count(shop, "message") == 2


async def test_in_3_other_bytes_a_restart_and_seven_days_later_are_still_one_answer(database_url: str) -> None:
    """IN-3: the wamid decides, on disk, and longer than WhatsApp repeats anything (7 days)."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hallo / Привет, I need a family visa"))
        await post(shop, body)
        await shop.settle()

        in_other_words = await post(shop, in_other_bytes(body))
        await shop.settle()
        await shop.restart()
        after_a_restart = await post(shop, body)
        await shop.settle()
        answers = list(phone.texts)
        shop.clock.advance(days=7)
        await shop.process.reconciler.maintain_once()
        after_a_week = await post(shop, in_other_bytes(body))
        await shop.settle()

        assert in_other_bytes(body) != body
        assert (in_other_words, after_a_restart, after_a_week) == (200, 200, 200)
        assert len(answers) == 1
        assert phone.texts == answers
        assert await count(shop, "message") == 1
        assert await count(shop, "repetition") >= 3
        assert await unexplained(shop) == []


async def test_in_3_a_copy_in_the_next_months_partition_collides_with_the_first(database_url: str) -> None:
    """IN-3: keys are not partitioned by time, so the turn of the month lets nothing through twice."""
    async with open_shop(database_url) as shop:
        shop.clock.set(shop.clock().replace(day=30, hour=23, minute=59, second=30))
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        await post(shop, body)
        await shop.settle()
        shop.clock.advance(minutes=2)
        await post(shop, body)
        await shop.settle()

        partitions = await shop.fetch("SELECT DISTINCT tableoid::regclass::text AS name FROM delivery ORDER BY 1")
        assert [row["name"] for row in partitions] == ["delivery_2026_11", "delivery_2026_12"]
        assert await count(shop, "message") == 1
        assert len(phone.texts) == 1
