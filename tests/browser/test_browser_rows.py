"""Rows of the field's failures as a person meets them on the page; nothing happens before the test lets it happen."""

import pytest
from playwright.async_api import Browser, Page, expect

from browser.test_browser_hostile import opened_up
from support.counter import open_counter
from support.desk import Desk
from support.shop import FLOWS, Shop
from support.talk import SlowReader, hear, replies, requests, statuses, talk
from surereply.lab.faults import Fault, code
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting

FAMILY = "Hello, I need a family visa"
PERSON = "I want to talk to a human please"
CALLS_FOR_A_PERSON = {
    "asked for one": PERSON,
    "angry": "this is ridiculous, you are useless, worst service ever",
    "legal threat": "if you don't refund me i will go to my lawyer",
}


async def opened(shop: Shop, desk: Desk, phone: Phone) -> Page:
    return await desk.sits(path=f"/conversations/{(await shop.conversation_of(phone))['id']}")


async def answer_on_the_page(page: Page, text: str) -> None:
    await page.get_by_placeholder("Write a reply").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_placeholder("Write a reply")).to_have_value("")


@pytest.mark.parametrize("reason", CALLS_FOR_A_PERSON)
async def test_turn_15_who_needs_a_person_waits_for_one_and_the_page_says_why(
    browser: Browser, database_url: str, reason: str
) -> None:
    """TURN-15: one message, a bot that is silent, and a way back."""
    async with open_counter(browser, database_url) as (shop, desk):
        phone = shop.phone(name="Amina")
        await talk(shop, phone, FAMILY, CALLS_FOR_A_PERSON[reason])
        page = await opened(shop, desk, phone)
        await expect(page.locator("#head")).to_contain_text("Waits for a person")
        await expect(page.locator("#thread .note")).to_contain_text(f"Handed over to a person: {reason}")
        await talk(shop, phone, "i am employed")
        await expect(page.locator("#thread")).to_contain_text("i am employed")
        await expect(page.locator("#thread .bubble.bot")).to_have_count(2)
        await expect(page.locator("#debug .entry.turn").first).to_contain_text("no reply: a person has it")
        assert len(phone.texts) == 2

        await page.get_by_role("button", name="Take it").click()
        await expect(page.locator("#head")).to_contain_text("With Layla")
        await page.get_by_role("button", name="Give back to the bot").click()
        await expect(page.locator("#head")).to_contain_text("The bot answers")
        await shop.settle()

        await expect(page.locator("#thread .bubble.bot")).to_have_count(3)
        assert len(phone.texts) == 3


@pytest.mark.parametrize("how", ["takes over", "answers", "writes from the phone app"])
async def test_turn_16_who_comes_while_the_bot_thinks_is_not_talked_over(
    browser: Browser, database_url: str, how: str
) -> None:
    """TURN-16: what it was thinking of is never owed, the page says why, and the person's own reply leaves once."""
    reader = SlowReader(FAMILY)
    async with open_counter(browser, database_url, read=reader) as (shop, desk):
        phone = shop.phone()
        await talk(shop, phone, "hello")
        page = await opened(shop, desk, phone)
        await hear(shop, phone, FAMILY)
        await reader.think(shop.process, FAMILY)
        if how == "takes over":
            await page.get_by_role("button", name="Take over").click()
        elif how == "answers":
            await answer_on_the_page(page, "Layla here")
        else:
            shop.world.owner_writes(phone, "I am on it")
            await shop.world.deliver()
        await expect(page.get_by_role("button", name="Give back to the bot")).to_be_visible()
        assert len(requests(shop, phone)) == 1

        reader.let_go(FAMILY)
        await shop.process.responder.drain()
        await shop.settle()
        if how != "answers":
            await answer_on_the_page(page, "Layla here")
            await shop.settle()

        why = page.locator("#debug .entry.turn").first
        await expect(why).to_contain_text("no reply: a person has it")
        await expect(page.locator("#thread .bubble.bot")).to_have_count(1)
        await expect(page.locator("#thread .bubble.person", has_text="Layla here")).to_contain_text("Delivered")
        assert [entry.accepted for entry in requests(shop, phone)] == [True, True]
        assert phone.texts[1:] == ["Layla here"]
        assert await statuses(shop, phone) == ["SENT", "SENT"]
        assert reader.read == ["hello", FAMILY]


async def test_turn_16_a_reply_that_waits_when_somebody_takes_over_is_not_sent_and_says_why(
    browser: Browser, database_url: str
) -> None:
    async with open_counter(browser, database_url) as (shop, desk):
        phone = shop.phone()
        await hear(shop, phone, FAMILY)
        await shop.process.respond()
        page = await opened(shop, desk, phone)
        await expect(page.locator("#thread .bubble.bot")).to_contain_text("Waiting")

        await page.get_by_role("button", name="Take over").click()
        await expect(page.locator("#head")).to_contain_text("With Layla")
        await shop.settle()

        await expect(page.locator("#thread .unsent")).to_contain_text("Not sent: a person had the conversation")
        assert requests(shop, phone) == []


async def test_turn_17_nobody_comes_and_after_the_set_time_the_page_shows_the_bot_again(
    browser: Browser, database_url: str
) -> None:
    source = (
        (FLOWS / "business-services.yaml").read_text().replace("handover:\n", "handover:\n  give_back_after: 2h\n", 1)
    )
    async with open_counter(browser, database_url, flow_source=source) as (shop, desk):
        phone = shop.phone()
        await talk(shop, phone, FAMILY, PERSON, "i am employed")
        page = await opened(shop, desk, phone)
        await expect(page.locator("#head")).to_contain_text("Waits for a person")

        shop.clock.advance(hours=2)
        await shop.settle()

        await expect(page.locator("#head")).to_contain_text("The bot answers")
        await expect(page.locator("#thread .note").last).to_contain_text("Given back to the bot")
        await expect(page.locator("#thread .bubble.bot")).to_have_count(3)
        assert len(phone.texts) == 3


@pytest.mark.parametrize("where", ["conversation", "problems"])
async def test_out_13_send_again_on_a_failed_reply_really_sends_once(
    browser: Browser, database_url: str, where: str
) -> None:
    """OUT-13: also where it is pressed twice."""
    async with open_counter(browser, database_url) as (shop, desk):
        phone = shop.phone()
        shop.world.graph.faults.script(phone.address, [code(131026)])
        await talk(shop, phone, "hello")
        page = await (opened(shop, desk, phone) if where == "conversation" else desk.sits(path="/problems"))
        failed = page.locator("#thread .bubble.bot" if where == "conversation" else "#replies")
        await expect(failed).to_contain_text("Failed")

        await page.get_by_role("button", name="Send again").dblclick()
        await expect(page.get_by_role("button", name="Send again")).to_have_count(0)
        await shop.settle()

        assert len(phone.receives) == 1
        assert await statuses(shop, phone) == ["SENT"]
        assert [entry.accepted for entry in requests(shop, phone)] == [False, True]
        if where == "conversation":
            await expect(failed).to_contain_text("Delivered")


async def test_out_18_reported_failed_hours_later_it_fails_on_the_page_and_is_listed(
    browser: Browser, database_url: str
) -> None:
    """OUT-18: with what the error table says of it; never sent again by the machine."""
    async with open_counter(browser, database_url) as (shop, desk):
        phone = shop.phone()
        failed = Reporting(stages=("failed",), failed_code=131026, delay_s=5 * 3600)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=failed)])
        await talk(shop, phone, "hello")
        page, problems = await opened(shop, desk, phone), await desk.sits("Omar", "/problems")
        bubble = page.locator("#thread .bubble.bot")
        await expect(bubble).to_contain_text("Sent")
        await expect(problems.locator("#replies")).to_have_count(0)

        shop.clock.advance(hours=6)
        await shop.settle()

        await expect(bubble).to_contain_text("Failed")
        await expect(bubble.get_by_role("button", name="Send again")).to_be_visible()
        row = problems.locator("#replies li")
        await expect(row).to_contain_text("131026", timeout=15_000)
        await expect(row.get_by_role("button", name="Send again")).to_be_visible()
        assert [row["sent_at"] is not None for row in await replies(shop, phone)] == [True]
        assert len(requests(shop, phone)) == 1


async def test_lead_5_a_value_set_by_a_person_stays_and_what_the_bot_understands_is_suggested(
    browser: Browser,
    database_url: str,
) -> None:
    async with open_counter(browser, database_url) as (shop, desk):
        phone = shop.phone()
        await talk(shop, phone, "I need a freelance visa", "I am from India")
        page = await opened(shop, desk, phone)
        await page.get_by_role("button", name="Edit Nationality").click()
        await page.locator("#dialog select[name=value]").select_option("PK")
        await page.get_by_role("button", name="Save").click()
        field = page.locator("#field-nationality")
        await expect(field).to_contain_text("Pakistan")
        await expect(page.locator("#dialog")).not_to_be_visible()

        await talk(shop, phone, "no, my nationality is Egyptian")

        await expect(field.locator(".suggestion")).to_contain_text("The bot understood: Egypt")
        await expect(field.locator(".value")).to_have_text("Pakistan")
        await expect(field).to_contain_text("set by a person")
        await opened_up(page)
        history = field.locator(".history li")
        await expect(history).to_have_count(3)
        await expect(history.filter(has_text="Layla")).to_contain_text("India → Pakistan")


async def test_ops_6_of_an_erased_contact_an_old_webhook_brings_nothing_back_to_any_page(
    browser: Browser, database_url: str
) -> None:
    async with open_counter(browser, database_url, environment={"secret_key": "a secret key of the tests"}) as (
        shop,
        desk,
    ):
        shop.process.directory.has_secret_key = True
        phone = shop.phone(name="Amina Rahman")
        await talk(shop, phone, "Hello, I am Amina Rahman, I need a freelance visa")
        await shop.process.bookkeeper.fill_cards_once()
        page = await opened(shop, desk, phone)
        path = page.url
        await page.get_by_role("button", name="Erase").click()
        await page.locator("#dialog input[name=number]").fill("+971501234567")
        await page.get_by_role("button", name="Erase for good").click()
        await page.wait_for_url("**/inbox")

        phone.again()
        await shop.settle()
        await shop.process.bookkeeper.fill_cards_once()

        for address in (
            "/inbox",
            path.removeprefix(desk.business.url),
            "/leads",
            "/leads?view=board",
            "/problems",
            "/",
        ):
            await page.goto(desk.business.url + address)
            await expect(page.locator("h1")).to_be_visible()
            shown = await page.evaluate("document.body.textContent")
            assert [one for one in ("Amina", "I need a", "971501234567") if one in shown] == [], address
        assert len(requests(shop, phone)) == 1
