"""The lab's other faults, pressed on a conversation: three layers stop each, and a guard that is gone is seen."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support.app import Web, open_web, talked
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role
from surereply.store import partitions
from surereply.web.app import create_app

FAULTS = ("rebatched", "shuffled", "days_late", "all_servers")


async def in_the_lab(web: Web, *texts: str) -> tuple[Browser, str]:
    conversation_id = await talked(web, *texts)
    web.parts = replace(web.parts, is_lab=True)
    web.app = create_app(web.parts)
    return await signed_in(web, Role.MEMBER), f"/conversations/{conversation_id}"


async def tried(browser: Browser, path: str, fault: str) -> str:
    answer = await browser.post(f"{path}/simulated-retries", {"fault": fault})
    assert answer.status == 200, answer.body
    return text_of(answer)


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_is_blocked_in_three_layers_and_sends_nothing(database_url: str, fault: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa", "I am from India")

        text = await tried(browser, path, fault)
        await web.shop.settle()

        assert "Blocked" in text
        assert "Kept again 0" in text
        assert len(web.shop.phone().receives) == 2
        assert await web.shop.value("SELECT count(*) FROM message") == 2
        assert await web.shop.value("SELECT count(*) FROM turn") == 2
        assert await web.shop.value("SELECT coalesce(bool_and(simulated), true) FROM repetition")


@pytest.mark.parametrize(("fault", "repetitions"), [("rebatched", 3), ("shuffled", 2), ("days_late", 0)])
async def test_a_fault_leaves_nothing_but_marked_repetitions(database_url: str, fault: str, repetitions: int) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa", "I am from India")

        await tried(browser, path, fault)

        assert await web.shop.value("SELECT count(*) FROM repetition") == repetitions


async def test_all_servers_take_the_delivery_each_in_a_transaction_of_its_own(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa")

        await tried(browser, path, "all_servers")

        assert await web.shop.value("SELECT count(DISTINCT xmin::text) FROM delivery WHERE simulated") == 4


@pytest.mark.parametrize("fault", ["rebatched", "shuffled"])
async def test_a_missing_key_of_an_earlier_message_is_seen_as_a_duplicate_and_nothing_is_kept(
    database_url: str, fault: str
) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa", "I am from India")
        await web.shop.execute("DELETE FROM inbound_key WHERE message_id = (SELECT min(id::text)::uuid FROM message)")

        text = await tried(browser, path, fault)

        assert "Duplicated" in text
        assert await web.shop.value("SELECT count(*) FROM message") == 2


async def test_keys_that_are_kept_for_too_short_are_seen_by_what_comes_days_late(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa")
        monkeypatch.setattr(partitions, "KEEP_INBOUND_KEYS", timedelta(days=6))

        assert "Duplicated" in await tried(browser, path, "days_late")
        assert "Blocked" in await tried(browser, path, "repeated")


async def test_what_is_older_than_any_retry_is_left_out_of_a_batch(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa")
        web.shop.clock.advance(seconds=16 * 24 * 3600)
        async with web.shop.process.db.transaction() as tx:
            await partitions.prune_keys(tx, web.shop.clock())
        browser, path = await in_the_lab(web, "I am from India", "my name is Amina Rahman")

        assert "Blocked" in await tried(browser, path, "rebatched")


async def test_one_message_cannot_be_shuffled(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await in_the_lab(web, "I need a freelance visa")

        assert "there is no order to change" in await tried(browser, path, "shuffled")


async def test_on_a_live_line_the_page_says_why_there_are_no_faults_and_none_is_tried(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa", "I am from India")
        browser, path = await signed_in(web, Role.MEMBER), f"/conversations/{conversation_id}"

        page = await browser.get(path)
        answer = await browser.post(f"{path}/simulated-retries", {"fault": "rebatched"}, hx_request="true")

        assert "can be tried where WhatsApp is a lab. This line is live" in text_of(page)
        assert b'id="fault-' not in page.body
        assert answer.status == 409
        assert await web.shop.value("SELECT count(*) FROM repetition") == 0
        assert (await browser.post(f"{path}/simulated-retries", {"fault": "gremlins"})).status == 422
