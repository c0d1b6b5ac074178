"""The people of the business: they look at their lists, answer, correct, consent; each act through the gates."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from simulation.business import SECRET_KEY, flow_of
from simulation.callers import Caller
from simulation.gates import OWNER, STEP
from surereply.admin import handover, settle
from surereply.admin.lead import edit_lead
from surereply.admin.lines import resume
from surereply.admin.reply import Draft, send_reply
from surereply.domain.flow import FieldType
from surereply.domain.replies import Body
from surereply.lab.witness import on_a_phone
from surereply.store.database import CONNECTION_LOST, Database
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import SendUnderway, erase
from surereply.store.lines import all_lines
from surereply.store.person import find_person

if TYPE_CHECKING:
    from simulation.play import Play

NADIA = "Nadia"
LOOKS_EVERY_SECONDS = (120.0, 900.0)
TRIES = 5
NUMBERS = ("One", "Two", "Three", "Four")
UNDERWAY_SECONDS = 60.0
FAILURES = (*CONNECTION_LOST, asyncpg.PostgresError, TimeoutError, SendUnderway)


class Office:
    """One person, Nadia. She sends again what is not on the customer's phone, and only now and then what is."""

    def __init__(self, play: "Play") -> None:
        self.name = "office"
        self.is_dead = False
        self.is_stopped = False
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.edited: dict[tuple[UUID, str], Any] = {}  # lead and field: what she wrote last
        self.erased: set[str] = set()  # wamids
        self._play = play
        self._chance = random.Random(f"office:{play.seed}")
        self._drafts = 0

    async def open(self) -> None:
        self.db: Database = await self._play.server.database(self, "office")

    async def work(self) -> None:
        """A look at the lists now and then, as long as there is something to see."""
        for _ in range(self._chance.randint(2, 6)):
            await asyncio.sleep(self._chance.uniform(*LOOKS_EVERY_SECONDS))
            await self.look_at_the_lists()

    def begin(self, act: Callable[[], Awaitable[Any]]) -> "asyncio.Task[Any]":
        """A task in her name; a failure of the database is hers to try again, or to leave."""
        owner, step = OWNER.set(self), STEP.set("office")
        try:
            return asyncio.create_task(self._tried(act))
        finally:
            OWNER.reset(owner)
            STEP.reset(step)

    async def _tried(self, act: Callable[[], Awaitable[Any]]) -> Any:
        for attempt in range(TRIES):
            try:
                return await act()
            except FAILURES:
                await asyncio.sleep(UNDERWAY_SECONDS if attempt else 1.0)
        return None

    async def look_at_the_lists(self) -> int:
        """Settle what is in doubt or failed; how many replies were sent again."""
        listed = await self._play.server.fetch(
            "SELECT bucket, reply_id, status FROM reply_ticket WHERE status IN ('UNKNOWN', 'FAILED') ORDER BY reply_id"
        )
        resent = 0
        for row in listed:
            there = on_a_phone(self._play.world, row["reply_id"].hex)
            if not there or self._chance.random() < 0.1:
                resent += await self.begin(partial(self.resend, row["bucket"], row["reply_id"])) is True
        return resent

    async def resend(self, bucket: int, reply_id: UUID) -> bool:
        self._says("sends again", reply_id)
        return await settle.resend(self.db, bucket, reply_id, NADIA, self._play.now()) is None

    async def discard(self, bucket: int, reply_id: UUID) -> None:
        self._says("discards", reply_id)
        await settle.discard(self.db, bucket, reply_id, NADIA, self._play.now())

    async def take_over(self, bucket: int, conversation_id: UUID) -> None:
        self._says("takes over", conversation_id)
        await handover.take_over(self.db, bucket, conversation_id, NADIA, self._play.now())

    async def give_back(self, bucket: int, conversation_id: UUID) -> None:
        self._says("gives back", conversation_id)
        await handover.give_back(self.db, bucket, conversation_id, NADIA, self._play.now())

    async def reply(self, bucket: int, conversation_id: UUID) -> None:
        """Her own words, once: the draft's key is kept whatever becomes of the first try."""
        self._drafts += 1
        key = f"draft-{self._drafts}"
        async with self.db.connection() as tx:
            newest = await tx.fetchval(
                "SELECT id FROM reply WHERE conversation_id = $1 AND status <> 'SUPPRESSED' ORDER BY id DESC LIMIT 1",
                conversation_id,
            )
        self._says("answers herself", conversation_id)
        draft = Draft(key, Body(f"This is Nadia, number {self._drafts}. Let me see."), newest)
        for _ in range(self._chance.choice((1, 2))):
            await send_reply(self.db, bucket, conversation_id, draft, NADIA, self._play.now())

    async def edit(self, bucket: int, conversation_id: UUID) -> None:
        """One field of the lead, by hand."""
        async with self.db.connection() as tx:
            lead = await tx.fetchrow(
                """
                SELECT l.id, l.flow_name, n.phone_number_id
                  FROM conversation c
                  JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
                  JOIN line n ON n.bucket = c.bucket AND n.id = c.line_id
                 WHERE c.bucket = $1 AND c.id = $2
                """,
                bucket,
                conversation_id,
            )
        if lead is None:
            return
        flow = flow_of(lead["phone_number_id"])
        names = [name for name, field in flow.fields.items() if field.type in (FieldType.PERSON, FieldType.TEXT)]
        if not names:
            return
        name, value = self._chance.choice(names), f"Edited Number {self._chance.choice(NUMBERS)}"
        self._says(f"writes {name} = {value}", conversation_id)
        edited = await edit_lead(
            self.db, bucket, lead["id"], conversation_id, {name: value}, None, flow, {}, NADIA, self._play.now()
        )
        if edited:
            self.edited[lead["id"], name] = value

    async def erase(self, caller: Caller) -> bool:
        hash_of = wamid_hash(SECRET_KEY)
        self._says("erases", caller.phone.address)
        hashes: set[bytes] = set()
        async with self.db.transaction() as tx:
            for person in await find_person(tx, caller.phone.address):
                await erase(tx, person, hash_of, "operator", self._play.now())
                # Only now: what came while it waited for a lock is erased, too.
                rows = await tx.fetch("SELECT hash FROM erased_key WHERE bucket = $1", person.bucket)
                hashes |= {row["hash"] for row in rows}
        kept = {said.wamid for said in caller.phone.said if hash_of(said.wamid) in hashes}
        self.erased |= kept
        caller.is_one_contact = caller.is_one_contact and not kept
        return bool(kept)

    async def resume_lines(self) -> None:
        """A new token is set: everything owed goes out."""
        async with self.db.connection() as tx:
            lines = [one.line for one in await all_lines(tx)]
        for line in lines:
            await resume(self.db, line, NADIA, self._play.now())

    def _says(self, what: str, about: object) -> None:
        self._play.note(NADIA, what, str(about))
