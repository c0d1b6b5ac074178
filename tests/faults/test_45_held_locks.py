"""Fault 45: somebody holds a customer's row and stands still: that customer waits, and nobody else."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import pytest

from faults.afterwards import breaches_of
from faults.held_answer import HeldAnswers
from support.faults import fault
from support.records import count
from support.shop import open_shop
from support.talk import SlowReader, accepted, hear, owe, replies, rival_lock, statuses
from support.webhooks import body_with, post, post_at_once
from surereply.dispatcher import LEASE
from surereply.lab.faults import Fault
from surereply.lab.reporting import Reporting
from surereply.store import database

FAMILY, GOLDEN = "Hello, I need a family visa", "Hello, I need a golden visa"
SILENT = Fault(reporting=Reporting(stages=()))
OTHERS = 6


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the patience, so that tests have it, too."""
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        monkeypatch.setitem(database.STEP_SETTINGS, name, str(int(database.STEP_SETTINGS[name]) // 10))


@fault(45)
async def test_webhooks_of_others_are_kept_while_somebody_holds_one_customers_ticket(database_url: str) -> None:
    """They came together and are written together, but for the one that has to wait: 503, and it comes again."""
    async with open_shop(database_url) as shop:
        held, *others = (shop.phone(f"97150000000{number}") for number in range(OTHERS + 1))
        await post(shop, body_with(held.says(FAMILY)))
        later = body_with(held.says("I am employed"))
        async with rival_lock(shop, "SELECT FROM conversation_ticket FOR UPDATE"):
            answers = await asyncio.gather(
                post(shop, later), *(post(shop, body_with(phone.says(GOLDEN))) for phone in others)
            )
            shop.clock.advance(seconds=10)
            await shop.process.respond()
            await shop.process.dispatch()
            answered_meanwhile = [len(phone.texts) for phone in (held, *others)]
        again = await post(shop, later)
        await shop.settle()

        assert answers == [503] + [200] * OTHERS
        assert answered_meanwhile == [0] + [1] * OTHERS
        assert again == 200
        assert "Where is your family now?" in held.texts[-1]
        assert await breaches_of(shop) == []


@fault(45)
async def test_turns_of_others_are_committed_while_somebody_holds_one_conversation(database_url: str) -> None:
    """All of them were decided at the same time; the one that has to wait is taken again later."""
    words = [f"{FAMILY}, I am number {number}" for number in range(OTHERS + 1)]
    reader = SlowReader(*words)
    async with open_shop(database_url, read=reader) as shop:
        held, *others = (shop.phone(f"97150000000{number}") for number in range(OTHERS + 1))
        for phone, text in zip((held, *others), words, strict=True):
            await hear(shop, phone, text)
        conversation = await shop.conversation_of(held)
        async with rival_lock(shop, "SELECT FROM conversation WHERE id = $1 FOR UPDATE", conversation["id"]):
            for text in words:
                await reader.think(shop.process, text)
            for text in words:
                reader.let_go(text)
            await shop.process.responder.drain()
            taken_meanwhile = await count(shop, "turn")
        shop.clock.advance(seconds=5)
        await shop.settle()

        assert taken_meanwhile == OTHERS
        assert [len(phone.texts) for phone in (held, *others)] == [1] * (OTHERS + 1)
        assert await breaches_of(shop) == []


@fault(45)
async def test_results_of_others_are_written_down_while_somebody_holds_one_reply(database_url: str) -> None:
    """The one that has to wait too long stays SENDING, is in doubt later, and settled by its echo."""
    async with open_shop(database_url) as shop:
        held, *others = (shop.phone(f"97150000000{number}") for number in range(OTHERS + 1))
        for phone in (held, *others):
            await owe(shop, phone, FAMILY)
        shop.world.graph.faults.script(held.address, [SILENT])
        reply = (await replies(shop, held))[0]
        answers = HeldAnswers(shop.process)
        await shop.process.dispatcher.dispatch_once()
        await answers.came(OTHERS + 1)
        async with rival_lock(shop, "SELECT FROM reply WHERE id = $1 FOR UPDATE", reply["id"]):
            answers.let_go()
            await shop.process.dispatcher.drain()
            meanwhile = [(await statuses(shop, phone))[0] for phone in (held, *others)]
        shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.process.reconcile()
        in_doubt = await statuses(shop, held)
        shop.world.tell_report(accepted(shop, held)[0], "delivered")
        await shop.settle()

        assert meanwhile == ["SENDING"] + ["SENT"] * OTHERS
        assert in_doubt == ["UNKNOWN"]
        assert [len(phone.texts) for phone in (held, *others)] == [1] * (OTHERS + 1)
        assert await breaches_of(shop) == []


@fault(45, 29)
@pytest.mark.parametrize("table", ["conversation_ticket", "line_pace"])
async def test_a_process_of_ours_that_stands_still_in_a_transaction_gives_its_locks_up(
    database_url: str, table: str
) -> None:
    """Suspended between two statements: another process goes on with everything as soon as the session was ended."""
    async with open_shop(database_url, processes=2) as shop, AsyncExitStack() as suspended:
        phone = shop.phone()
        await post(shop, body_with(phone.says(FAMILY)), shop.processes[1])
        tx = await suspended.enter_async_context(shop.process.db.connection())
        transaction = tx.transaction()
        await transaction.start()
        await tx.execute(f"SELECT FROM {table} FOR UPDATE")

        await _ended(shop.url, await tx.fetchval("SELECT pg_backend_pid()"))
        with pytest.raises((asyncpg.PostgresError, *database.CONNECTION_LOST)):
            await transaction.commit()
        shop.processes.reverse()
        answers = await post_at_once(shop, [body_with(phone.says("I am employed"))])
        await shop.settle()

        assert answers == {200}
        assert "Where is your family now?" in phone.texts[-1]
        assert await breaches_of(shop) == []


async def _ended(url: str, pid: int) -> None:
    """Return when the server has no such session any more."""
    witness = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(30):
            while await witness.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        await witness.close()


@fault(45)
async def test_who_waits_for_a_lock_gives_up_soon_and_who_stands_still_with_one_not_much_later(
    database_url: str,
) -> None:
    """On the steps' connections; those of people and commands have more patience."""
    patience = {}
    for name, for_steps in (("steps", True), ("people", False)):
        db = await database.connect(database_url, name=name, most=1, for_steps=for_steps)
        async with db.connection() as tx:
            patience[name] = [
                await tx.fetchval("SELECT extract(epoch FROM current_setting($1)::interval)::float", setting)
                for setting in ("lock_timeout", "idle_in_transaction_session_timeout")
            ]
        await db.close()

    assert patience == {"steps": [0.5, 1], "people": [15, 60]}
