"""A business that is open: a real `surereply serve`, customers on the lab's phones, and operators who can sign in."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from support.commands import FLOWS, SECRET_KEY, running
from support.listener import Listener, open_listener
from support.ports import own_port
from support.servers import PATIENCE_SECONDS, settings_of, until, webhook_of
from surereply.admin import operators
from surereply.admin.endpoints import NewSecret, add_endpoint
from surereply.admin.operators import Token, link_for
from surereply.domain.announcements import DEFAULT_TOPICS, Topic
from surereply.domain.operators import Role
from surereply.lab.clock import wall_clock
from surereply.lab.faults import Harm, code, lost
from surereply.lab.phones import Phone
from surereply.lab.world import World
from surereply.store.database import connect
from surereply.store.secrets import seal

BY = "command line"


@dataclass
class Business:
    """`url`: where its panel answers. `listener`: a system outside that it may tell what happens."""

    url: str
    database_url: str
    world: World
    listener: Listener
    clock: Callable[[], datetime] = wall_clock
    _operators: set[str] = field(default_factory=set)

    def phone(self, number: str = "971501234567", name: str = "Customer") -> Phone:
        return self.world.phone(number, name=name)

    async def talk(self, phone: Phone, *texts: str) -> None:
        """The customer writes the next message when the last one was answered."""
        for text in texts:
            before = len(phone.texts)
            phone.says(text)
            await until(lambda: len(phone.texts) > before)  # noqa: B023 - awaited in this round

    async def link(self, name: str = "Layla", role: Role = Role.ADMIN) -> str:
        """A link that signs an operator in."""
        db = await connect(self.database_url, name="test", most=1)
        try:
            make = operators.make_link if name in self._operators else None
            now = self.clock()
            token = (
                await make(db, BY, now, name=name) if make else await operators.add_operator(db, name, role, BY, now)
            )
        finally:
            await db.close()
        self._operators.add(name)
        assert isinstance(token, Token), token
        return link_for(self.url, token)

    async def tells(self, *topics: Topic) -> NewSecret:
        """The listener is told of these from now on."""
        db = await connect(self.database_url, name="test", most=1)
        try:
            made = await add_endpoint(
                db,
                self.listener.url,
                topics,
                lambda keys: seal(keys, SECRET_KEY),
                "Layla",
                self.clock(),
                private_allowed=True,
            )
        finally:
            await db.close()
        assert isinstance(made, NewSecret), made
        return made

    async def value(self, sql: str, *arguments: Any) -> Any:
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(sql, *arguments)
        finally:
            await connection.close()

    async def execute(self, sql: str, *arguments: Any) -> None:
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(sql, *arguments)
        finally:
            await connection.close()

    async def until_value(self, sql: str, wanted: Any, *arguments: Any) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.value(sql, *arguments) != wanted:  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)

    async def conversation(self, phone: Phone) -> str:
        sql = "SELECT conversation_id FROM identifier WHERE value = $1"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (found := await self.value(sql, phone.address)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return str(found)


@asynccontextmanager
async def open_business(database_url: str, flow: str = "business-services", **settings: str) -> AsyncIterator[Business]:
    port = own_port()
    async with World(webhook_url=webhook_of(port), clock=wall_clock) as world, open_listener() as listener:
        given = settings_of(
            world,
            port,
            DATABASE_URL=database_url,
            FLOW=str(FLOWS / f"{flow}.yaml"),
            SECRET_KEY=SECRET_KEY,
            PRIVATE_ENDPOINTS="true",  # the listener is on this machine
            **settings,
        )
        async with running("serve", settings=given) as server:
            await server.ready()
            yield Business(f"http://127.0.0.1:{port}", database_url, world, listener)


async def busy_day(business: Business, passport: bytes | None = None) -> dict[str, str]:
    """Customers of every kind, and what goes wrong with them; the address of each page, by name.

    `passport`: the photo that a customer sends, a PNG; a small one unless given.
    """
    faults = business.world.graph.faults
    await business.tells(*DEFAULT_TOPICS, Topic.LEAD_STAGE_CHANGED)
    amina = business.phone("971501234567", "Amina Rahman")
    await business.talk(
        amina,
        "Hello, I need a freelance visa. My name is Amina Rahman",
        "I am from India",
        "no wait, I'm from Pakistan. How much does it cost?",
    )
    amina.sends_photo("my passport", passport)
    omar = business.phone("971507654321", "عمر الفارسي")
    await business.talk(omar, "مرحبا، أريد تأسيس شركة في المنطقة الحرة", "أريد أن أتحدث مع شخص")
    sara = business.phone("971502223344", "Sara Haddad")
    await business.talk(
        sara, "Hi, family visa for my wife and two children please", "I am employed", "They are abroad", "Lebanese"
    )
    for number, name, fault in (
        ("971503334455", "Jonas Weber", code(131026)),
        ("971504445566", "Priya Nair", lost(Harm.RESET, accepted=False)),
    ):
        faults.script(number, [fault])
        business.phone(number, name).says("Good morning, I want to open a mainland company")
    await business.until_value("SELECT count(*) FROM reply_ticket WHERE status IN ('FAILED', 'UNKNOWN')", 2)
    await business.until_value("SELECT count(*) FROM conversation_card", 5)
    conversation = f"/conversations/{await business.conversation(amina)}"
    return {
        "overview": "/",
        "inbox": "/inbox",
        "conversation": conversation,
        "handed-over": f"/conversations/{await business.conversation(omar)}",
        "in-doubt": f"/conversations/{await business.conversation(business.phone('971504445566'))}",
        "leads": "/leads",
        "board": "/leads?view=board",
        "problems": "/problems",
        "flow": "/flow",
        "settings": "/settings",
        "webhooks": "/settings/webhooks",
    }
