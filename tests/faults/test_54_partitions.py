"""Fault 54: the month has no partition: nothing is lost or done twice, somebody is told, and it is put right."""

import asyncio
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from faults.afterwards import breaches_of
from support.app import Web, open_web
from support.faults import fault
from support.records import count
from support.shop import Shop, open_shop
from support.talk import talk
from support.webhooks import body_with, in_other_bytes, post
from surereply.doctor import check_partitions
from surereply.reconciler import MAINTAIN_AGAIN
from surereply.store import partitions
from surereply.store.checklist import missing_partitions
from surereply.store.partitions import PARTITIONED, ensure_partitions

FAMILY = "Hello, I need a family visa"
NEXT_YEAR = datetime.fromisoformat("2027-03-02T10:00:00+00:00")  # nobody has made partitions for so long
MARCH = [f"{parent}_2027_03" for parent in PARTITIONED]


async def codes(web: Web) -> list[str]:
    return [reason["code"] for reason in (await web.get("/health/ai")).json["reasons"]]


async def in_default(shop: Shop) -> dict[str, int]:
    return {parent: await count(shop, f"{parent}_default") for parent in PARTITIONED}


async def missing(shop: Shop) -> list[str]:
    async with shop.process.db.connection() as tx:
        return await missing_partitions(tx, shop.clock())


@fault(54)
async def test_a_month_without_partitions_is_served_told_and_put_right(database_url: str) -> None:
    """Its rows fall into the defaults; health and doctor say so; `maintain` makes the months and moves the rows."""
    async with open_web(database_url) as web:
        shop, phone = web.shop, web.shop.phone()
        shop.clock.set(NEXT_YEAR)
        body = body_with(phone.says(FAMILY))
        await post(shop, body)
        await shop.settle()
        strayed, told, doctor = await in_default(shop), await codes(web), check_partitions(await missing(shop))
        held_there = await breaches_of(shop)

        await shop.process.reconciler.maintain_once()
        moved, told_later = await in_default(shop), await codes(web)
        await post(shop, in_other_bytes(body))
        await talk(shop, phone, "I am employed")

        assert all(strayed[parent] > 0 for parent in PARTITIONED)
        assert {"default_partition", "partitions_low"} <= set(told)
        assert not doctor.ok
        assert "surereply migrate" in doctor.line
        assert set(moved.values()) == {0}
        assert not {"default_partition", "partitions_low"} & set(told_later)
        assert len(phone.texts) == 2
        assert "Where is your family now?" in phone.texts[1]
        assert held_there == await breaches_of(shop) == []


@fault(54)
async def test_many_strayed_rows_are_moved_by_a_person_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They move under a lock: that is for a quiet hour, with `migrate`. Other tables' months are made all the same."""
    monkeypatch.setattr(partitions, "MOST_MOVED", 1)
    async with open_web(database_url) as web:
        shop, phone = web.shop, web.shop.phone()
        shop.clock.set(NEXT_YEAR)
        await talk(shop, phone, FAMILY, "I am employed")
        await shop.process.reconciler.maintain_once()
        left, told = await missing(shop), await codes(web)
        async with shop.process.db.transaction() as tx:
            await ensure_partitions(tx, shop.clock())

        assert "message_2027_03" in left
        assert "message_2027_04" not in left
        assert "default_partition" in told
        assert set((await in_default(shop)).values()) == {0}
        assert await breaches_of(shop) == []


@fault(54, 45)
async def test_making_a_month_waits_for_no_reader_and_holds_up_nobody(database_url: str) -> None:
    """A dump reads the tables for hours, just when the month turns: whoever waited for it would stop all webhooks."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        shop.clock.set(shop.clock().replace(month=12, day=1))
        dump = await asyncpg.connect(database_url)
        async with dump.transaction(isolation="repeatable_read", readonly=True):
            await dump.fetch("SELECT FROM message")
            maintaining = asyncio.create_task(shop.process.reconciler.maintain_once())
            answers = [await post(shop, body_with(phone.says(words))) for words in (FAMILY, "I am employed")]
            await maintaining
            await shop.settle()
            meanwhile = list(phone.texts)
        await dump.close()
        await shop.process.reconciler.maintain_once()
        too_early = await _is_there(shop, "message_2027_02")
        shop.clock.advance(seconds=MAINTAIN_AGAIN.total_seconds())
        await shop.process.reconciler.maintain_once()

        assert answers == [200, 200]
        assert len(meanwhile) == 1
        assert not too_early
        assert await _is_there(shop, "message_2027_02")
        assert await breaches_of(shop) == []


@fault(54)
async def test_many_processes_make_the_same_months_at_once_beside_those_who_write(database_url: str) -> None:
    """Each of them looks every hour, and all of them find the month missing at the same time."""
    async with open_shop(database_url, processes=3) as shop:
        shop.clock.set(NEXT_YEAR)
        phones = [shop.phone(f"97150000{number:04d}") for number in range(12)]
        made = [process.reconciler.maintain_once() for process in shop.processes]
        posts = [
            post(shop, body_with(phone.says(FAMILY)), shop.processes[number % 3]) for number, phone in enumerate(phones)
        ]
        answers = await asyncio.gather(*posts, *made)
        shop.clock.advance(seconds=MAINTAIN_AGAIN.total_seconds())
        for process in shop.processes:
            await process.reconciler.maintain_once()
        await shop.settle()

        assert set(answers[: len(posts)]) == {200}
        assert await missing(shop) == []
        assert set((await in_default(shop)).values()) == {0}
        assert [len(phone.texts) for phone in phones] == [1] * len(phones)
        assert await breaches_of(shop) == []


async def _is_there(shop: Shop, name: str) -> Any:
    return await shop.value("SELECT to_regclass($1) IS NOT NULL", name)
