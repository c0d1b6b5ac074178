"""OPS-6: an erased contact leaves no words behind, and no replay brings any back."""

import asyncio
from typing import Any

import pytest

from support.faults import fault
from support.models import model_shop
from support.records import count
from support.shop import Shop, open_shop
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab.phones import Phone
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import SendUnderway, erase
from surereply.store.person import find_person
from surereply.thinking import read_with_rules

NUMBER = "971501234567"
BSUID = "AE.13491208655302741918"
WORDS = "Zebulon Quartermain"
HASH_OF = wamid_hash("")  # the shop's processes have no secret key

# Where a customer's words, name, number or wamid (which holds the number) could be: every column that can hold text.
TEXT_COLUMNS = """
    SELECT c.relname, a.attname, a.atttypid::regtype::text AS type
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.atttypid::regtype::text IN ('text', 'jsonb', 'bytea') AND c.relname NOT IN ('flow_version')
"""


async def erase_everywhere(shop: Shop, named: str) -> None:
    async with shop.process.db.transaction() as tx:
        for person in await find_person(tx, named):
            await erase(tx, person, HASH_OF, "command line", shop.clock())


async def places_of(shop: Shop, *needles: str) -> set[str]:
    """Every column that holds one of the words."""
    found = set()
    for row in await shop.fetch(TEXT_COLUMNS):
        table, column = row["relname"], row["attname"]
        shown = f"encode({column}, 'escape')" if row["type"] == "bytea" else f"{column}::text"
        if any(
            needle in text["it"]
            for text in await shop.fetch(f"SELECT {shown} AS it FROM {table}")
            for needle in needles
            if text["it"]
        ):
            found.add(f"{table}.{column}")
    return found


async def wamids(shop: Shop) -> list[str]:
    rows = await shop.fetch(
        "SELECT wamid FROM message UNION SELECT provider_message_id FROM reply WHERE provider_message_id IS NOT NULL"
    )
    return [row["wamid"] for row in rows]


async def talk(shop: Shop) -> Phone:
    phone = shop.phone(NUMBER, bsuid=BSUID, name=WORDS)
    for text in ("Hello, I need a family visa", "I am employed", f"My name is {WORDS}"):
        phone.says(text)
        await shop.settle()
    return phone


async def test_ops_6_nothing_of_an_erased_contact_is_left(database_url: str) -> None:
    async with model_shop(database_url) as (shop, _):
        await talk(shop)
        needles = (NUMBER, BSUID, "Zebulon", "Quartermain", "family visa", "employed", *await wamids(shop))
        before = await places_of(shop, *needles)

        await erase_everywhere(shop, f"+{NUMBER}")

        assert {"message.raw", "message.text", "lead.fields", "reply.body", "identifier.value", "turn.model"} <= before
        assert await places_of(shop, *needles) == set()


@fault(60)
async def test_ops_6_no_replay_brings_anything_of_an_erased_contact_back(database_url: str) -> None:
    """OPS-6: deliveries of messages and reports are repeated for days, whatever was erased meanwhile."""
    async with open_shop(database_url) as shop:
        deliveries: list[tuple[bytes, Any]] = []
        post = shop.post

        async def remember(body: bytes, headers: Any) -> int:
            deliveries.append((body, headers))
            return await post(body, headers)

        shop.post = remember  # type: ignore[method-assign]
        phone = await talk(shop)
        said = len(phone.texts)
        await erase_everywhere(shop, NUMBER)
        kept = {table: await count(shop, table) for table in ("message", "conversation", "identifier", "report")}

        answers = [await post(body, headers) for body, headers in deliveries]
        await shop.settle()

        assert set(answers) == {200}
        assert {table: await count(shop, table) for table in kept} == kept
        assert kept["identifier"] == 0
        assert len(phone.texts) == said


async def test_ops_6_new_messages_start_a_new_contact(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = await talk(shop)
        erased = await shop.conversation_of(phone)
        await erase_everywhere(shop, NUMBER)

        phone.says("Hello again, a golden visa please")
        await shop.settle()

        begun = await shop.conversation_of(phone)
        assert begun["id"] != erased["id"]
        assert begun["contact_id"] != erased["contact_id"]
        assert "employed" not in str(begun["known_fields"])


async def test_what_is_owed_to_an_erased_contact_is_withdrawn(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER)
        phone.says("Hello, I need a family visa")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()

        await erase_everywhere(shop, NUMBER)
        await shop.settle()

        assert phone.texts == []
        assert [row["suppression"] for row in await shop.fetch("SELECT suppression FROM reply")] == ["withdrawn"]
        assert await count(shop, "reply_ticket") == 0


async def test_an_unread_message_of_an_erased_contact_has_its_reason(database_url: str) -> None:
    """OPS-5, OPS-6"""
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER)
        phone.says("Hello")
        await shop.world.deliver()

        await erase_everywhere(shop, NUMBER)
        await shop.settle()

        assert phone.texts == []
        assert [row["needs_no_turn"] for row in await shop.fetch("SELECT needs_no_turn FROM message")] == ["erased"]
        assert await count(shop, "unread") == await count(shop, "conversation_ticket") == 0


async def test_a_turn_that_is_being_decided_is_beaten_by_the_erasure(database_url: str) -> None:
    """OPS-6: whoever read the words before has nothing to commit them to."""
    reading, erased = asyncio.Event(), asyncio.Event()

    async def slow(flow: Flow, message: Message, context: Context) -> Reading:
        reading.set()
        await erased.wait()
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=slow) as shop:
        phone = shop.phone(NUMBER)
        phone.says("Hello, I need a family visa")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        turn = asyncio.create_task(shop.process.respond())
        await reading.wait()
        await erase_everywhere(shop, NUMBER)
        erased.set()
        await turn
        await shop.settle()

        assert phone.texts == []
        assert await count(shop, "turn") == await count(shop, "lead") == 0


async def test_erasing_waits_while_a_reply_is_on_its_way(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = await talk(shop)
        conversation = await shop.conversation_of(phone)
        reply = (await shop.replies_of(conversation["id"]))[-1]
        await shop.execute(
            """
            INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, status, reply_type, due_at, since)
            VALUES ($1, $2, $3, $4, 'SENDING', 'question', now(), now())
            """,
            conversation["bucket"],
            conversation["id"],
            reply["id"],
            conversation["line_id"],
        )

        with pytest.raises(SendUnderway):
            await erase_everywhere(shop, NUMBER)
        assert (await shop.conversation_of(phone))["phone"] == NUMBER


async def test_an_alias_is_erased_with_the_contact_it_turned_out_to_be(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        by_number = shop.phone(NUMBER, bsuid=BSUID)
        by_number.shows_bsuid = False
        by_number.says("Hello, I need a family visa")
        await shop.settle()
        by_number.shows_number = False
        by_number.shows_bsuid = True
        by_number.says("I am employed")
        await shop.settle()
        by_number.shows_number = True
        by_number.says("My family is abroad")
        await shop.settle()

        await erase_everywhere(shop, BSUID)

        assert await places_of(shop, NUMBER, BSUID, "family visa", "employed", "abroad") == set()


async def test_other_contacts_are_left_alone(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        other = shop.phone("971509999999")
        other.says("Hello, I need a golden visa")
        await shop.settle()
        await talk(shop)
        mine = ("conversation", "lead", "message", "reply", "turn")
        sql = "SELECT to_jsonb(t)::text AS it FROM {} t WHERE to_jsonb(t)::text LIKE $1"
        conversation = await shop.conversation_of(other)
        before = {table: await shop.fetch(sql.format(table), f"%{conversation['id']}%") for table in mine}

        await erase_everywhere(shop, NUMBER)

        after = {table: await shop.fetch(sql.format(table), f"%{conversation['id']}%") for table in mine}
        assert after == before
        assert all(before.values())
