"""The inbox as a person watches it: new customers appear, and are found, without reloading."""

from playwright.async_api import expect

from support.desk import Desk


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


async def test_turn_15_a_handover_rings_and_is_counted_on_every_page(desk: Desk) -> None:
    page = await desk.sits(path="/inbox")
    await expect(page.locator("#list")).to_be_visible()

    await desk.business.talk(desk.business.phone(name="Amina"), "I want to talk to a person")

    await expect(page.locator("#toasts")).to_contain_text("A customer waits for a person", timeout=15_000)
    await expect(page.locator("#count-inbox")).to_have_text("1")
    assert (await page.title()).startswith("(1) ")
