"""Fault 43: the database's disk is full, at every step: nothing is acknowledged, nothing half done, all of it later."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from faults.afterwards import breaches_of
from faults.held_answer import HeldAnswers
from faults.small_disk import SmallDisk, small_disk
from support.app import Web, open_web
from support.faults import fault
from support.postgres import in_a_loop, run_sql, template_database, with_database
from support.records import count
from support.shop import Shop, open_shop
from support.talk import SlowReader, accepted, hear, owe, replies, requests, statuses, turns
from support.webhooks import body_with, post
from surereply.dispatcher import LEASE
from surereply.lab.faults import Fault
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting

FAMILY = "Hello, I need a family visa"
MOST_UNTIL_FULL = 2000
SILENT = Fault(reporting=Reporting(stages=()))


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk, template_database(disk.dsn) as template:
        disk.template = template
        yield disk
        disk.make_room()


@pytest.fixture
def url(disk: SmallDisk) -> Iterator[str]:
    """A database of this test alone on the small disk, with room around it.

    None of them is dropped: their files are given back when some process closes them, in the middle of another test.
    """
    name = f"surereply_test_{uuid4().hex}"
    in_a_loop(lambda: run_sql(disk.dsn, f"CREATE DATABASE {name} TEMPLATE {disk.template} STRATEGY FILE_COPY"))
    yield with_database(disk.dsn, name)
    disk.make_room()


async def broken_in(shop: Shop) -> None:
    """Another customer was served before: every table has a page with room in it, so that the log alone has none."""
    phone = shop.phone("971507654321")
    phone.says("Hello, I need a golden visa")
    await shop.settle()


@fault(43)
async def test_what_finds_no_room_is_not_acknowledged_and_comes_in_when_there_is(disk: SmallDisk, url: str) -> None:
    """Tables cannot grow: an error for one statement after the other, and not one message in half."""
    async with open_web(url) as web:
        shop = web.shop
        phones = [shop.phone(f"97150{number:07d}") for number in range(MOST_UNTIL_FULL)]
        disk.fill()
        answers: dict[Phone, int] = {}
        for phone in phones:
            answers[phone] = await post(shop, body_with(phone.says(FAMILY)))
            if list(answers.values())[-5:] == [503] * 5:
                break
        kept, told = await count(shop, "message"), await _told(web)
        taken_before_the_end = await _work_while_full(shop)
        disk.make_room()
        again = [await post(shop, body_with(phone.said[0])) for phone, answer in answers.items() if answer == 503]
        await shop.settle()
        told_later = await _told(web)

        refused = [answer for answer in answers.values() if answer == 503]
        assert len(refused) >= 5
        assert kept == len(answers) - len(refused)
        assert taken_before_the_end <= kept
        assert set(again) == {200}
        assert (told, told_later) == (("red", ["database_unreachable"]), ("green", []))
        assert [len(phone.texts) for phone in answers] == [1] * len(answers)
        assert await breaches_of(shop) == []


async def _told(web: Web) -> tuple[str, list[str]]:
    """Health, from a database that can be read."""
    health = (await web.get("/health/ai")).json
    return health["verdict"], [reason["code"] for reason in health["reasons"]]


async def _work_while_full(shop: Shop) -> int:
    """Turns are tried and sends claimed, whatever comes of it; how many turns were taken."""
    shop.clock.advance(seconds=10)
    for step in (shop.process.respond, shop.process.dispatch):
        try:
            await step()
        except asyncpg.DiskFullError:
            continue
    return await count(shop, "turn")


@fault(43)
async def test_a_message_that_finds_no_room_in_the_log_is_kept_when_the_server_is_back(
    disk: SmallDisk, url: str
) -> None:
    """The server gives up as the message is committed: 503, and its copy is a new one."""
    async with open_shop(url) as shop:
        phone = shop.phone()
        await broken_in(shop)
        await disk.fill_before_the_log()

        refused = await post(shop, body_with(phone.says(FAMILY)))
        while_down = await post(shop, body_with(phone.said[0]))
        await _back(disk)
        kept_meanwhile = await count(shop, "unread")
        await shop.settle()

        assert (refused, while_down, kept_meanwhile) == (503, 503, 0)
        assert len(phone.texts) == 1
        assert await breaches_of(shop) == []


@fault(43)
async def test_a_turn_that_finds_no_room_in_the_log_is_taken_again_once(disk: SmallDisk, url: str) -> None:
    """The server gives up as the turn is committed: whether it was is asked until the answer comes."""
    reader = SlowReader(FAMILY)
    async with open_shop(url, read=reader) as shop:
        phone = shop.phone()
        await broken_in(shop)
        await hear(shop, phone, FAMILY)
        await reader.think(shop.process, FAMILY)
        await disk.fill_before_the_log()

        reader.let_go(FAMILY)
        draining = asyncio.create_task(shop.process.responder.drain())
        await _back(disk)
        await draining
        half_done = await turns(shop, phone) + await replies(shop, phone)
        shop.clock.advance(seconds=60)
        await shop.settle()

        assert half_done == []
        assert len(phone.texts) == 1
        assert await breaches_of(shop) == []


@fault(43)
async def test_a_claim_that_finds_no_room_in_the_log_sends_nothing(disk: SmallDisk, url: str) -> None:
    """It is not written down, so not a byte leaves; later it leaves once."""
    async with open_shop(url) as shop:
        phone = shop.phone()
        await broken_in(shop)
        await owe(shop, phone)
        await disk.fill_before_the_log()

        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await shop.process.dispatch()
        await _back(disk)
        sent_meanwhile, left = len(requests(shop, phone)), await statuses(shop, phone)
        await shop.settle(wait=timedelta(seconds=1))

        assert (sent_meanwhile, left) == (0, ["PENDING"])
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await breaches_of(shop) == []


@fault(43, 41)
async def test_a_result_that_finds_no_room_in_the_log_is_settled_by_its_echo(disk: SmallDisk, url: str) -> None:
    """WhatsApp took it, and that is lost with the server: in doubt, never sent again, until the report comes."""
    async with open_shop(url) as shop:
        phone = shop.phone()
        await broken_in(shop)
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [SILENT])
        answers = HeldAnswers(shop.process)
        await shop.process.dispatcher.dispatch_once()
        await answers.came()
        await disk.fill_before_the_log()

        answers.let_go()
        await shop.process.dispatcher.drain()
        await _back(disk)
        shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.process.reconcile()
        in_doubt = await statuses(shop, phone)
        shop.world.tell_report(accepted(shop, phone)[0], "delivered")
        await shop.settle(wait=timedelta(seconds=1))

        assert in_doubt == ["UNKNOWN"]
        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await breaches_of(shop) == []


async def _back(disk: SmallDisk) -> None:
    """The server has given up; now there is room, and it is started again."""
    await disk.gave_up()
    disk.make_room()
    await disk.answers()
