"""Faults 2, 6, 60: a copy six days later in another month, one POST of everything odd, a copy of what was erased."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from faults.afterwards import breaches_of
from support.app import open_web
from support.deaths import succeed
from support.faults import fault
from support.records import count, counts
from support.rivals import somebody_waits
from support.shop import Shop, open_shop
from support.webhooks import body_of_items, body_with, in_other_bytes, post, post_at_once
from surereply.lab import payloads
from surereply.lab.envelope import signature_of
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import erase
from surereply.store.person import find_person

FAMILY = "Hello, I need a family visa"
NUMBER = "971501234567"
HASH_OF = wamid_hash("")  # the shop's processes have no secret key


@fault(2)
@pytest.mark.parametrize("process", ["the same", "another"])
async def test_a_copy_six_days_later_falls_into_another_month_and_is_known(database_url: str, process: str) -> None:
    """The keys are not partitioned by time, and are pruned later than WhatsApp repeats anything."""
    async with open_shop(database_url, processes=2) as shop:
        shop.clock.set(shop.clock().replace(day=27))
        phone = shop.phone()
        body = body_with(phone.says(FAMILY))
        await post(shop, body)
        await shop.settle()
        for _ in range(6):
            shop.clock.advance(days=1)
            await shop.process.reconciler.maintain_once()
        if process == "another":
            await succeed(shop)
        heard = list(phone.texts)

        answers = await post_at_once(shop, [body, in_other_bytes(body)], copies=3)
        await shop.settle()

        months = await shop.fetch("SELECT DISTINCT tableoid::regclass::text AS name FROM delivery ORDER BY 1")
        assert [row["name"] for row in months] == ["delivery_2026_11", "delivery_2026_12"]
        assert answers == {200}
        assert len(heard) == 1
        assert phone.texts == heard
        assert await count(shop, "message") == 1
        assert await breaches_of(shop) == []


WRONG_SCHEMA: tuple[Any, ...] = (17, None, {"id": ["no", "id"], "type": 17, "from": NUMBER}, {"type": "text"})
MEGABYTES = 3


@fault(6)
async def test_everything_odd_in_one_post_spoils_nothing_beside_it(database_url: str) -> None:
    """NUL, a lone surrogate, 3 MB, a wrong schema and an unknown type stand between good ones, over HTTP."""
    async with open_web(database_url) as web:
        shop = web.shop
        phones = [shop.phone(f"97150000000{number}") for number in range(6)]
        first, nul, surrogate, long, unknown, last = phones
        said = [
            first.says(FAMILY),
            nul.says(f"{FAMILY}\x00"),
            surrogate.says(f"{FAMILY}\ud800"),
            long.says(f"{FAMILY}. " + "x" * (MEGABYTES << 20)),
            unknown.sends(payloads.unheard_of()),
            last.says(FAMILY),
        ]
        items = [one.update.content for one in said]
        body = body_of_items(shop, [items[0], WRONG_SCHEMA[0], *items[1:5], *WRONG_SCHEMA[1:], items[5]])
        signed = [(b"x-hub-signature-256", signature_of(body, shop.world.secrets.app_secret).encode())]

        answers = [(await web.raw("POST", "/webhooks/whatsapp", body, signed)).status for _ in range(2)]
        kept = await count(shop, "message")
        await shop.settle()

        raw = {row["wamid"]: row["raw"] for row in await shop.fetch("SELECT wamid, raw FROM message")}
        reasons = [json.loads(row["raw"]) for row in await shop.fetch("SELECT raw FROM quarantine ORDER BY id")]
        assert len(body) > MEGABYTES << 20
        assert answers == [200, 200]
        assert kept == len(said)
        assert b"\\u0000" in raw[said[1].wamid]
        assert b"\\ud800" in raw[said[2].wamid]
        assert [len(phone.texts) for phone in phones] == [1] * 6
        assert all(wrong in reasons for wrong in WRONG_SCHEMA)
        # Beside them only the type that is not known, for a person to see.
        assert {one["id"] for one in reasons if one not in WRONG_SCHEMA} == {said[4].wamid}
        assert await breaches_of(shop) == []


@fault(60)
@pytest.mark.parametrize("when", ["before the erasure", "while it is at work", "days after it"])
async def test_a_copy_of_an_erased_contacts_message_brings_nothing_back(database_url: str, when: str) -> None:
    """Also a copy that finds its key still there, waits, and is served when it is gone."""
    async with open_shop(database_url) as shop:
        phone = shop.phone(NUMBER)
        bodies = [body_with(phone.says(FAMILY))]
        await post(shop, bodies[0])
        await shop.settle()
        bodies.append(body_with(phone.says("I am employed")))
        await post(shop, bodies[1])
        await shop.settle()
        heard = list(phone.texts)

        if when == "before the erasure":
            await post_at_once(shop, bodies)
        answers = await _erase_while_copies_come(shop, bodies if when == "while it is at work" else [])
        if when == "days after it":
            shop.clock.advance(days=7)
            await shop.process.reconciler.maintain_once()
        answers |= await post_at_once(shop, [*bodies, *map(in_other_bytes, bodies)])
        await shop.settle(wait=timedelta(seconds=10))

        assert answers == {200}
        assert phone.texts == heard
        assert await count(shop, "message", "text <> ''") == 0
        assert await counts(shop, "identifier", "unread", "inbound_key") == {
            "identifier": 0, "unread": 0, "inbound_key": 0,
        }  # fmt: skip
        assert await count(shop, "conversation") == 1


async def _erase_while_copies_come(shop: Shop, bodies: list[bytes]) -> set[int]:
    """The copies arrive when everything was overwritten and nothing is committed; what they were answered."""
    rival = await asyncpg.connect(shop.url)
    async with shop.process.db.transaction() as tx:
        for person in await find_person(tx, NUMBER):
            await erase(tx, person, HASH_OF, "command line", shop.clock())
        copies = asyncio.create_task(post_at_once(shop, bodies))
        if bodies:
            await somebody_waits(rival)
    await rival.close()
    return await copies
