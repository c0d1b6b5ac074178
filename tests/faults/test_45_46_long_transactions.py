"""Faults 45, 46: transactions that stay open for minutes, with what they lock or only look at; and no autovacuum."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import asyncpg
import pytest

from faults.afterwards import breaches_of
from support.faults import fault
from support.shop import Shop, open_shop
from surereply.domain.line import Line, LineSettings
from surereply.domain.outcome import Outcome, Verdict
from surereply.store import outbox, turns
from surereply.store.database import Tx
from surereply.store.looking_back import A_WHILE, THE_BEGINNING
from surereply.store.outbox import Allowance, ClaimedReply
from surereply.store.settling import Settlement, settle

FAMILY = "Hello, I need a family visa"
PATIENCE = aiohttp.ClientTimeout(total=60)
FAST = LineSettings(messages_per_second=10_000)
CUSTOMERS, ROUNDS = 100, 6
MOST_LOOKS = 10  # at a reply's tickets, from its claim to its end
LAST_MINUTE = 4 * CUSTOMERS  # entries: what was done in it may be read once more
ENTRIES_READ = "SELECT pg_stat_get_xact_tuples_returned($1::text::regclass)"
LEAVES = """
    SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


async def entries_of_the_claims(shop: Shop) -> dict[str, int]:
    """How many index entries the process's next look for work reads, where there is none."""
    await shop.process.respond()
    await shop.process.dispatch()
    shop.clock.advance(seconds=1)
    line, now = shop.process.directory.lines()[0], shop.clock()
    responder, dispatcher = shop.process.responder, shop.process.dispatcher
    turns_since = responder._look_back.since(now)
    replies_since = dispatcher._look_backs([line.bucket])[line.bucket, line.id].since(now)
    return await entries_since(shop, line, turns_since, replies_since)


async def entries_since(shop: Shop, line: Line, turns_since: datetime, replies_since: datetime) -> dict[str, int]:
    allowance = Allowance(line.bucket, line.id, 10, office_is_open=True, templates_allowed=True, since=replies_since)
    async with undone(shop) as tx:
        before = await entries_read(tx, "conversation_ticket_due", "reply_ticket_due")
        await turns.claim(tx, [line.bucket], shop.clock(), timedelta(seconds=1), 10, turns_since)
        await outbox._candidates(tx, [allowance], shop.clock())
        after = await entries_read(tx, "conversation_ticket_due", "reply_ticket_due")
    return {name: after[name] - before[name] for name in after}


@asynccontextmanager
async def undone(shop: Shop) -> AsyncIterator[Tx]:
    """A transaction of the steps' own connections, rolled back."""
    async with shop.process.db.connection() as tx:
        transaction = tx.transaction()
        await transaction.start()
        yield tx
        await transaction.rollback()


async def entries_read(tx: Tx, *indexes: str) -> dict[str, int]:
    """By this session, so far."""
    return {name: await tx.fetchval(ENTRIES_READ, name) for name in indexes}


@asynccontextmanager
async def somebody_who_looks_on(url: str) -> AsyncIterator[None]:
    """A transaction like a dump's: it locks no row, and nothing that it could still see is cleared away."""
    reader = await asyncpg.connect(url)
    try:
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            await reader.fetch("SELECT FROM line")
            yield
    finally:
        await reader.close()


@asynccontextmanager
async def nobody(url: str) -> AsyncIterator[None]:
    yield


@fault(46, 45)
@pytest.mark.parametrize("who", [nobody, somebody_who_looks_on], ids=["autovacuum off", "and a long reader"])
async def test_looking_for_work_costs_the_same_however_much_was_done_before(database_url: str, who: Any) -> None:
    """What is done leaves dead entries that nobody clears away: the claims do not read them again each time."""
    async with open_shop(database_url, settings=FAST) as shop, who(database_url):
        for leaf in await shop.fetch(LEAVES):
            await shop.execute(f"ALTER TABLE {leaf['name']} SET (autovacuum_enabled = off)")
        shop.process.client.timeout = PATIENCE
        phones = [shop.phone(f"9715{number:08d}") for number in range(CUSTOMERS)]
        costs = []
        for number in range(ROUNDS):
            for phone in phones:
                phone.says(FAMILY if number == 0 else f"how much does it cost, number {number}?")
            await shop.settle()
            costs.append(await entries_of_the_claims(shop))
            shop.clock.advance(seconds=2 * A_WHILE.total_seconds())
            await shop.settle(wait=timedelta())
        line = shop.process.directory.lines()[0]
        all_the_way = await entries_since(shop, line, THE_BEGINNING, THE_BEGINNING)

        assert all(read <= LAST_MINUTE for cost in costs for read in cost.values()), costs
        if who is somebody_who_looks_on:  # the measure sees what it is for
            assert all(read > LAST_MINUTE for read in all_the_way.values()), all_the_way
        assert [len(phone.texts) for phone in phones] == [ROUNDS] * CUSTOMERS
        assert await breaches_of(shop) == []


@fault(46)
async def test_claiming_and_settling_a_reply_reads_its_own_tickets_however_many_are_owed(database_url: str) -> None:
    """Nobody ever counted the rows of these tables: the plans must be right without any statistics."""
    async with open_shop(database_url, settings=FAST) as shop:
        for number in range(CUSTOMERS):
            shop.phone(f"9715{number:08d}").says(FAMILY)
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        line, now = shop.process.directory.lines()[0], shop.clock()
        allowance = Allowance(line.bucket, line.id, CUSTOMERS, office_is_open=True, templates_allowed=True)

        async with undone(shop) as tx:
            before = await entries_read(tx, "reply_ticket_due", "reply_ticket_pkey")
            claimed = (await outbox.claim(tx, [allowance], now, timedelta(seconds=30))).sending
            await settle(tx, [_accepted(reply, now) for reply in claimed])
            after = await entries_read(tx, "reply_ticket_due", "reply_ticket_pkey")

        assert len(claimed) == CUSTOMERS
        assert sum(after.values()) - sum(before.values()) <= MOST_LOOKS * CUSTOMERS


def _accepted(reply: ClaimedReply, now: datetime) -> Settlement:
    outcome = Outcome(Verdict.ACCEPTED, wamid=f"wamid.{reply.id}")
    return Settlement(reply.bucket, reply.conversation_id, reply.id, reply.attempt, now, now, outcome)
