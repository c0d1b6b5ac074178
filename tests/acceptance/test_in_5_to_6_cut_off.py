"""IN-5, IN-6: work that did not commit leaves no mark, and what was kept is read in spite of failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from support.faults import fault
from support.records import at_rest, count, counts, unexplained
from support.rivals import Rival, kill_who_waits, somebody_waits
from support.severed import open_wire
from support.shop import open_shop
from support.webhooks import body_with, in_other_bytes, post
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab.ledger import Entry
from surereply.thinking import read_with_rules


async def test_in_5_a_database_that_is_down_is_a_503_and_the_retry_is_answered(database_url: str) -> None:
    """IN-5: nothing is acknowledged while nothing can be kept; Meta's own retries bring it in."""
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        wire.cut()
        await shop.world.meta.deliver_once()
        while_down = list(phone.said[0].update.answers)
        wire.mend()
        kept_while_down = await count(shop, "message")
        await shop.settle()

        assert while_down == [503]
        assert kept_while_down == 0
        assert phone.said[0].update.acknowledgements == 1
        assert len(phone.texts) == 1
        assert await at_rest(shop)


async def test_in_5_a_receiver_killed_in_mid_transaction_leaves_no_mark(database_url: str) -> None:
    """IN-5: the key goes with the transaction that took it, so the retry is not taken for a repetition."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        async with _message_table_locked(database_url) as rival:
            first = asyncio.create_task(post(shop, body))
            killed = await kill_who_waits(rival)
        answer = await first
        left_behind = await counts(shop)
        retry, kept = await post(shop, body), await count(shop, "message")
        await shop.settle()

        assert killed == 1
        assert answer == 503
        assert not any(left_behind.values())
        assert (retry, kept) == (200, 1)
        assert len(phone.texts) == 1
        assert await count(shop, "message") == 1


async def test_in_5_a_process_that_dies_before_the_commit_gives_no_answer_and_leaves_no_mark(database_url: str) -> None:
    """IN-5: the process is gone with its connections; another one takes the retry, in other bytes."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        async with _message_table_locked(database_url) as rival:
            answer = asyncio.create_task(post(shop, body))
            await somebody_waits(rival)
            answer.cancel()
            await shop.restart()
        left_behind = await counts(shop)
        retry, kept = await post(shop, in_other_bytes(body)), await count(shop, "message")
        await shop.settle()

        assert not any(left_behind.values())
        assert (retry, kept) == (200, 1)
        assert len(phone.texts) == 1


@fault(12)
async def test_in_5_a_commit_whose_answer_was_lost_is_not_acknowledged_and_kept_once(database_url: str) -> None:
    """IN-5: whether it committed is not known, so it is a 503; the retry finds it kept, and is a 200."""
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        wire.lose_the_answer_to("COMMIT")
        in_doubt = await post(shop, body)
        kept = await count(shop, "message")
        retry = await post(shop, body)
        await shop.settle()

        assert wire.answers_lost == 1
        assert (in_doubt, kept, retry) == (503, 1, 200)
        assert len(phone.texts) == 1
        assert await at_rest(shop)


async def test_in_5_a_flood_beyond_what_may_wait_is_a_503_and_comes_in_later(database_url: str) -> None:
    """IN-5: what cannot even wait is refused, never acknowledged."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        bodies = [body_with(phone.says(f"message {number}")) for number in range(2100)]
        async with _message_table_locked(database_url):
            posts = [asyncio.create_task(post(shop, body)) for body in bodies]
            await asyncio.sleep(0)
        answers = await asyncio.gather(*posts)
        refused = [body for body, answer in zip(bodies, answers, strict=True) if answer == 503]
        again = {await post(shop, body) for body in refused}

        assert set(answers) == {200, 503}
        assert again == {200}
        assert await count(shop, "message") == 2100


async def test_in_6_a_message_whose_first_turn_failed_is_answered_by_the_next_try(database_url: str) -> None:
    """IN-6: a failed turn puts the message back, and a retry of the delivery does not throw it away."""
    tries: list[str] = []

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        tries.append(message.wamid)
        if len(tries) == 1:
            raise ConnectionResetError
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        await post(shop, body)
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        after_the_failure = await counts(shop, "unread", "turn", "reply")
        on_record = await shop.value("SELECT last_error FROM conversation_ticket")
        await post(shop, body)
        await shop.settle()

        assert after_the_failure == {"unread": 1, "turn": 0, "reply": 0}
        assert on_record == "ConnectionResetError"
        assert len(tries) == 2
        assert len(phone.texts) == 1
        assert "Who sponsors?" in phone.texts[0]
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_6_a_message_whose_reader_was_killed_is_answered_when_the_lease_ends(database_url: str) -> None:
    """IN-6: nobody puts it back; the lease ends by itself, and another process takes the turn."""
    thinking = asyncio.Event()

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        if not thinking.is_set():
            thinking.set()
            await asyncio.Event().wait()
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        body = body_with(phone.says("Hello, I need a family visa"))
        await post(shop, body)
        shop.clock.advance(seconds=10)
        await shop.process.responder.respond_once()
        await thinking.wait()
        await shop.restart()
        too_early = await shop.process.respond()
        await post(shop, body)
        shop.clock.advance(seconds=31)
        await shop.settle()

        assert too_early == 0
        assert len(phone.texts) == 1
        assert await unexplained(shop) == []


@fault(12)
@pytest.mark.parametrize("statement", ["INSERT INTO turn", "COMMIT"])
async def test_in_6_a_turn_cut_off_while_it_is_written_down_is_answered_once(database_url: str, statement: str) -> None:
    """IN-6: cut before the commit it is taken again; cut after it, its own id tells that it is done. Then it owes."""
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        phone = shop.phone()
        await post(shop, body_with(phone.says("Hello, I need a family visa")))
        shop.clock.advance(seconds=10)
        await shop.process.responder.respond_once()
        wire.lose_the_answer_to(statement)
        await shop.process.responder.drain()
        shop.clock.advance(seconds=31)
        await shop.settle()

        accepted: tuple[Entry, ...] = shop.world.graph.ledger.accepted
        assert wire.answers_lost == 1
        assert shop.process.told_owed == 1
        assert [entry.text for entry in accepted] == phone.texts
        assert len(phone.texts) == 1
        assert await count(shop, "turn") == 1
        assert await at_rest(shop)


@asynccontextmanager
async def _message_table_locked(database_url: str) -> AsyncIterator[Rival]:
    """Whoever keeps a message has its key, and waits here before the message itself."""
    rival = await asyncpg.connect(database_url)
    try:
        async with rival.transaction():
            await rival.execute("LOCK TABLE message IN SHARE MODE")
            yield rival
    finally:
        await rival.close()
