"""Real `surereply serve` processes on a test's database, and customers who talk to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from support.commands import ADMIN_TOKEN, Running, running
from surereply.lab.meta import Redelivery
from surereply.lab.phones import Phone
from surereply.lab.world import World

FLOW = Path(__file__).resolve().parents[2] / "flows" / "business-services.yaml"
WORDS = ("Hello, I need a family visa", "I am employed", "My family is abroad")
HURRY = Redelivery(first_s=0.02, then_s=0.05, growth=1.5, at_most_s=0.3)
PATIENCE_SECONDS = 30


async def talk_to_the_end(phones: list[Phone]) -> None:
    """Each customer writes the next message when the last one was answered."""

    async def converse(phone: Phone) -> None:
        for number, words in enumerate(WORDS, start=1):
            phone.says(words)
            await until(lambda: len(phone.texts) >= number)  # noqa: B023 - awaited in this round

    await asyncio.gather(*(converse(phone) for phone in phones))


async def say_and_hear(phones: list[Phone], words: str) -> None:
    """Each customer says it, and gets an answer."""
    said = [len(phone.texts) for phone in phones]
    for phone in phones:
        phone.says(words)
    await until(lambda: all(len(phone.texts) > before for phone, before in zip(phones, said, strict=True)))


def settings_of(world: World, port: int, **more: str) -> dict[str, str]:
    """SUREREPLY_… without the prefix. Neither a DATABASE_URL nor a HOME, unless it is given."""
    line = world.lines[0]
    return {
        "PORT": str(port),
        "FLOW": str(FLOW),
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "WHATSAPP_API_URL": f"{world.api_url}/v23.0",
        "WHATSAPP_PHONE_NUMBER_ID": line.phone_number_id,
        "WHATSAPP_ACCESS_TOKEN": line.access_token,
        "WHATSAPP_APP_SECRET": world.secrets.app_secret,
        "WHATSAPP_VERIFY_TOKEN": world.secrets.verify_token,
        "DEBOUNCE_MS": "0",
    } | more


@asynccontextmanager
async def serving(
    world: World, database_url: str, port: int, processes: int, **more_settings: str
) -> AsyncIterator[Running]:
    """A real `surereply serve`, taking webhooks."""
    settings = settings_of(world, port, DATABASE_URL=database_url, **more_settings)
    async with running("serve", "--processes", str(processes), settings=settings) as server:
        await server.ready()
        yield server


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not happened():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.01)


def webhook_of(port: int) -> str:
    return f"http://127.0.0.1:{port}/webhooks/whatsapp"


async def rows_of(database_url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


UNEXPLAINED = """
    SELECT m.wamid
      FROM message m
     WHERE (SELECT count(*) FROM turn t WHERE m.id = ANY(t.message_ids)) <> (m.needs_no_turn IS NULL)::integer
"""
