"""OPS-8: SIGTERM under load: drained, or left for the next process; nothing lost, nothing twice."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from support.commands import Running, free_port, running
from surereply.lab.faults import Fault, latency
from surereply.lab.graph import Manners
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.lab.world import World

FLOW = Path(__file__).resolve().parents[2] / "flows" / "business-services.yaml"
WORDS = ("Hello, I need a family visa", "I am employed", "My family is abroad")
HURRY = Redelivery(first_s=0.02, then_s=0.05, growth=1.5, at_most_s=0.3)
PATIENCE_SECONDS = 30


async def test_ops_8_a_server_that_is_told_to_stop_under_load_loses_nothing_and_sends_nothing_twice(
    database_url: str,
) -> None:
    """OPS-8: old ones are told to stop, new ones start, while customers write and Meta repeats itself."""
    ports = [free_port(), free_port()]
    habits = Habits(batch=(1, 3), repeated=0.3, copies_at_once=2, redelivery=HURRY)
    manners = Manners(reporting=Reporting(delay_s=0.01))
    async with World(webhook_url=[_webhook(port) for port in ports], habits=habits, manners=manners) as world:
        phones = [world.phone(f"97150000{number:04d}") for number in range(30)]
        async with _serving(world, database_url, ports[0], 2) as old:
            talking = asyncio.create_task(_talk(phones))
            await _until(lambda: sum(len(phone.texts) for phone in phones) >= 10)
            async with _serving(world, database_url, ports[1], 2) as new:
                ended = await old.end(signal.SIGTERM)
                await talking
                await _until(lambda: not world.meta.unacknowledged())
                ended_too = await new.end(signal.SIGTERM)

        replies = await _rows(database_url, "SELECT id, status FROM reply WHERE status <> 'SUPPRESSED'")
        on_the_phones = {entry.reply_id for entry in world.graph.ledger.accepted}
        assert (ended, ended_too) == (0, 0)
        assert [len(phone.texts) for phone in phones] == [len(WORDS)] * 30
        assert all(len(set(phone.texts)) == len(WORDS) for phone in phones)
        assert world.graph.ledger.sent_twice() == {}
        assert {row["id"].hex for row in replies} == on_the_phones
        assert len(await _rows(database_url, "SELECT FROM message")) == 30 * len(WORDS)
        assert await _rows(database_url, _UNEXPLAINED) == []


async def test_ops_8_what_is_under_way_is_settled_and_what_is_owed_is_left_for_the_next(database_url: str) -> None:
    """OPS-8: a slow answer of WhatsApp's is waited for; what was not begun stays PENDING, and leaves later."""
    ports = [free_port(), free_port()]
    async with World(webhook_url=_webhook(ports[0]), habits=Habits(redelivery=HURRY)) as world:
        first, later = world.phone("971500000001"), world.phone("971500000002")
        world.graph.faults.script(first.address, [_slowly(2.5)])
        async with _serving(world, database_url, ports[0], 1) as old:
            first.says(WORDS[0])
            await _until(lambda: bool(world.graph.ledger.entries))
            later.says(WORDS[0])
            await _until(lambda: not world.meta.unacknowledged())
            ended = await old.end(signal.SIGTERM)
        at_the_end = await _rows(database_url, "SELECT status FROM reply")
        async with _serving(world, database_url, ports[1], 1):
            await _until(lambda: len(later.texts) == 1)

        assert ended == 0
        assert not any(row["status"] in ("SENDING", "UNKNOWN") for row in at_the_end)
        assert [len(first.texts), len(later.texts)] == [1, 1]
        assert world.graph.ledger.sent_twice() == {}


async def _talk(phones: list[Phone]) -> None:
    """Each customer writes the next message when the last one was answered."""

    async def converse(phone: Phone) -> None:
        for number, words in enumerate(WORDS, start=1):
            phone.says(words)
            await _until(lambda: len(phone.texts) >= number)  # noqa: B023 - awaited in this round

    await asyncio.gather(*(converse(phone) for phone in phones))


@asynccontextmanager
async def _serving(world: World, database_url: str, port: int, processes: int) -> AsyncIterator[Running]:
    """A real `surereply serve`, taking webhooks."""
    line = world.lines[0]
    settings = {
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "FLOW": str(FLOW),
        "WHATSAPP_API_URL": f"{world.api_url}/v23.0",
        "WHATSAPP_PHONE_NUMBER_ID": line.phone_number_id,
        "WHATSAPP_ACCESS_TOKEN": line.access_token,
        "WHATSAPP_APP_SECRET": world.secrets.app_secret,
        "WHATSAPP_VERIFY_TOKEN": world.secrets.verify_token,
        "DEBOUNCE_MS": "0",
    }
    async with running("serve", "--processes", str(processes), settings=settings) as server:
        await server.ready()
        yield server


def _slowly(seconds: float) -> Fault:
    return latency(seconds, after=True)


async def _until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not happened():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)


def _webhook(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks/whatsapp"


async def _rows(database_url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


_UNEXPLAINED = """
    SELECT m.wamid
      FROM message m
     WHERE (SELECT count(*) FROM turn t WHERE m.id = ANY(t.message_ids)) <> (m.needs_no_turn IS NULL)::integer
"""
