"""A conversation in as few words as a test needs: say something, come to rest, look at what came."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from support.shop import Process, Shop
from surereply.admin.reply import Accepted, Draft, send_reply
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.domain.replies import Body, Template
from surereply.lab.ledger import Entry
from surereply.lab.phones import Phone
from surereply.thinking import read_with_rules

PRICE = "how much does a family visa cost?"


async def talk(shop: Shop, phone: Phone, *texts: str) -> list[str]:
    """Say these one by one, each answered before the next; the bubbles that came, as the customer sees them."""
    before = len(phone.texts)
    for text in texts:
        phone.says(text)
        await shop.settle()
    return phone.texts[before:]


async def hear(shop: Shop, phone: Phone, *texts: str) -> None:
    """Say these, kept and not yet read."""
    for text in texts:
        phone.says(text)
    await shop.world.deliver()
    shop.clock.advance(seconds=10)


async def owe(shop: Shop, phone: Phone, text: str = "Hello, I need a family visa") -> Any:
    """Say something and take the turn; the reply that is owed now."""
    await hear(shop, phone, text)
    await shop.process.respond()
    return (await replies(shop, phone))[-1]


async def answer_by_hand(shop: Shop, phone: Phone, text: str, template: Template | None = None) -> UUID:
    """A person answers in the panel, on a screen that shows everything; the reply's id."""
    conversation, shown = await shop.conversation_of(phone), await replies(shop, phone)
    seen = shown[-1]["id"] if shown else None
    draft = Draft(f"draft {len(shown)}", Body(text, template=template), seen)
    bucket = conversation["bucket"]
    sent = await send_reply(shop.process.db, bucket, conversation["id"], draft, "Nadia", shop.clock())
    assert isinstance(sent, Accepted), sent.sentence
    return sent.reply_id


async def replies(shop: Shop, phone: Phone) -> list[Any]:
    """The rows of the outbound log for a phone, in order."""
    conversation = await shop.conversation_of(phone)
    return await shop.replies_of(conversation["id"]) if conversation else []


async def statuses(shop: Shop, phone: Phone) -> list[str]:
    return [row["status"] for row in await replies(shop, phone)]


async def turns(shop: Shop, phone: Phone) -> list[Any]:
    conversation = await shop.conversation_of(phone)
    return await shop.fetch("SELECT * FROM turn WHERE conversation_id = $1 ORDER BY id", conversation["id"])


async def state(shop: Shop, phone: Phone) -> dict[str, Any]:
    """What the bot remembers for the open lead."""
    kept: dict[str, Any] = json.loads((await shop.conversation_of(phone))["state"])
    return kept


def accepted(shop: Shop, phone: Phone) -> list[Entry]:
    """What the provider really took for this phone, whatever answer we got to see."""
    entries = shop.world.graph.ledger.to(phone.line.phone_number_id, phone.names)
    return [entry for entry in entries if entry.accepted]


def requests(shop: Shop, phone: Phone) -> list[Entry]:
    """Every request for this phone that the provider got to judge."""
    return shop.world.graph.ledger.to(phone.line.phone_number_id, phone.names)


async def arrived(shop: Shop, phone: Phone, count: int = 1) -> None:
    """Return when the provider has so many requests for this phone."""
    came = asyncio.Event()
    shop.world.graph.ledger.listeners.append(lambda entry: came.set())
    async with asyncio.timeout(10):
        while len(requests(shop, phone)) < count:
            await came.wait()
            came.clear()


async def reported(shop: Shop) -> None:
    """Return when a report came and was folded, whatever else is under way."""
    async with asyncio.timeout(10):
        folded = 0
        while not folded:
            folded = await shop.process.reconciler.apply_reports_once()


class SlowReader:
    """Reads as the rules do, and waits with chosen messages (the first time each) until they are let go."""

    def __init__(self, *slow: str) -> None:
        self.reached = {text: asyncio.Event() for text in slow}
        self.read: list[str] = []
        self._gates = {text: asyncio.Event() for text in slow}

    async def __call__(self, flow: Flow, message: Message, context: Context) -> Reading:
        again = message.text in self.read
        self.read.append(message.text)
        if message.text in self._gates and not again:
            self.reached[message.text].set()
            await self._gates[message.text].wait()
        return await read_with_rules(flow, message, context)

    async def think(self, process: Process, text: str) -> None:
        """Let the process lease what is due, and return when it is thinking about this message."""
        await process.responder.respond_once()
        async with asyncio.timeout(10):
            await self.reached[text].wait()

    def let_go(self, text: str) -> None:
        self._gates[text].set()


@asynccontextmanager
async def rival_lock(shop: Shop, sql: str, *args: Any) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A rival transaction that holds a real lock until the block ends."""
    rival = await asyncpg.connect(shop.url)
    transaction = rival.transaction()
    await transaction.start()
    try:
        await rival.execute(sql, *args)
        yield rival
    finally:
        await transaction.rollback()
        await rival.close()


async def waits_for_a_lock(rival: "asyncpg.Connection[Any]", tasks: Sequence["asyncio.Task[Any]"]) -> None:
    """Return when as many statements as there are tasks wait for a lock, or a task ended."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(10):
        while await rival.fetchval(waiting) < len(tasks) and not any(task.done() for task in tasks):
            await asyncio.sleep(0.01)
            await rival.execute("SELECT pg_stat_clear_snapshot()")


async def forget(shop: Shop) -> None:
    """A bug beyond the fence: the message stands as unread again, and its turn will be taken a second time."""
    message = (await shop.fetch("SELECT * FROM message ORDER BY id LIMIT 1"))[0]
    keys = (message["bucket"], message["conversation_id"])
    await shop.execute("DELETE FROM conversation_ticket")
    await shop.execute("INSERT INTO unread VALUES ($1, $2, $3, $4)", *keys, message["id"], shop.clock())
    await shop.execute(
        """
        INSERT INTO conversation_ticket (bucket, conversation_id, line_id, first_unread_at, unread_due_at)
        SELECT bucket, id, line_id, $3, $3 FROM conversation WHERE bucket = $1 AND id = $2
        """,
        *keys,
        shop.clock(),
    )
