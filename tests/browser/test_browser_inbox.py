"""The inbox as a person watches it: new customers appear, and are found, without reloading."""

import pytest
from playwright.async_api import Page, expect

from support.desk import Desk
from surereply.lab.faults import code


async def test_customers_appear_by_themselves_and_are_found(desk: Desk) -> None:
    page = await desk.sits(path="/inbox")
    await expect(page.locator("#list")).to_contain_text("No customer has written yet")

    await desk.business.talk(desk.business.phone("971501234567", "Amina Rahman"), "Hello, I need a freelance visa")
    await desk.business.talk(desk.business.phone("971507654321", "Omar Farsi"), "chrysanthemum")
    await expect(page.locator(".cards li")).to_have_count(2, timeout=15_000)
    await page.keyboard.press("/")
    await page.keyboard.type("chrysan")

    await expect(page.locator(".cards li")).to_have_count(1)
    await expect(page.locator(".cards li")).to_contain_text("Omar Farsi")
    assert "chrysan" not in page.url
    await page.locator(".cards a").click()
    await expect(page.locator("h1")).to_have_text("Omar Farsi")


# Of a card's name and of its last words: whether the first letter is inside what is shown of the card.
BEGINS = """
() => [...document.querySelectorAll(".cards .name bdi, .cards .last bdi")].map((one) => {
  const range = document.createRange();
  range.setStart(one.firstChild, 0);
  range.setEnd(one.firstChild, 1);
  const letter = range.getBoundingClientRect(), card = one.closest("a").getBoundingClientRect();
  return letter.left >= card.left && letter.right <= card.right;
})
"""
PERSON = "I want to talk to a person"  # after which the customer has the last word


@pytest.mark.parametrize("locale", ["en", "ar"])
async def test_long_words_are_cut_at_their_end_in_whichever_direction_they_run(desk: Desk, locale: str) -> None:
    await desk.business.talk(desk.business.phone("971501234567", "عمر الفارسي " * 12), PERSON)
    desk.business.phone("971501234567").says("أريد تأسيس شركة في المنطقة الحرة " * 12)
    await desk.business.talk(desk.business.phone("971507654321", "Amina Rahman " * 12), PERSON)
    desk.business.phone("971507654321").says("I want to set up a company in a free zone " * 12)
    await desk.business.until_value("SELECT count(*) FROM message", 4)
    await desk.business.until_value("SELECT count(*) FROM conversation_card WHERE length(last_words) > 100", 2)

    page = await desk.sits(path="/inbox", locale=locale, viewport={"width": 390, "height": 844})
    await expect(page.locator(".cards li")).to_have_count(2)

    assert await page.evaluate(BEGINS) == [True] * 4


async def test_turn_15_a_handover_rings_and_is_counted_on_every_page(desk: Desk) -> None:
    page = await desk.sits(path="/inbox")
    await expect(page.locator("#list")).to_be_visible()

    await desk.business.talk(desk.business.phone(name="Amina"), "I want to talk to a person")

    await expect(page.locator("#toasts")).to_contain_text("A customer waits for a person", timeout=15_000)
    await expect(page.locator("#count-inbox")).to_have_text("1")
    assert (await page.title()).startswith("(1) ")


RINGS = """
window.rung = { sounds: 0, notes: [] };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.rung.sounds += 1; return start.apply(this, when); };
window.Notification = class { constructor(title, { body }) { window.rung.notes.push(body); } };
window.Notification.permission = "granted";
Object.defineProperty(Document.prototype, "hidden", { get: () => window.looksAway === true });
"""


async def watching(desk: Desk) -> Page:
    """An operator whose browser notes what rings; it is another window that they look at."""
    page = await desk.sits(path="/settings")
    await page.add_init_script(RINGS)
    async with page.expect_response("**/stream"):
        await page.goto(f"{desk.business.url}/leads")
    await page.evaluate("window.looksAway = true")
    return page


async def test_a_handover_rings_with_a_sound_a_notification_and_in_the_title(desk: Desk) -> None:
    page = await watching(desk)

    await desk.business.talk(desk.business.phone(name="Amina"), "I want to talk to a person")

    await expect(page.locator("#toasts")).to_contain_text("A customer waits for a person", timeout=15_000)
    assert await page.evaluate("window.rung") == {"sounds": 1, "notes": ["A customer waits for a person."]}
    assert (await page.title()).startswith("(1) ")


async def test_a_new_problem_rings(desk: Desk) -> None:
    page = await watching(desk)
    phone = desk.business.phone()
    desk.business.world.graph.faults.script(phone.address, [code(131026)])

    phone.says("Hello")

    await expect(page.locator("#count-problems")).to_have_text("1", timeout=15_000)
    rung = await page.evaluate("window.rung")
    assert rung["sounds"] == 1
    assert len(rung["notes"]) == 1


async def test_nobody_takes_a_handover_and_an_alarm_stands_on_every_page_until_somebody_does(desk: Desk) -> None:
    phone = desk.business.phone(name="Amina")
    await desk.business.talk(phone, "I want to talk to a person")
    page = await watching(desk)
    await expect(page.locator("#count-inbox")).to_have_text("1", timeout=15_000)
    await expect(page.locator("#alarm")).not_to_be_visible()

    await desk.business.execute("UPDATE handover SET opened_at = now() - interval '6 minutes'")

    await expect(page.locator("#alarm")).to_be_visible(timeout=15_000)
    assert (await page.evaluate("window.rung"))["sounds"] == 1
    await page.goto(f"{desk.business.url}/conversations/{await desk.business.conversation(phone)}")
    await expect(page.locator("#alarm")).to_be_visible(timeout=15_000)
    await page.get_by_role("button", name="Take it").click()
    await expect(page.locator("#alarm")).not_to_be_visible(timeout=15_000)
