"""Settings as an admin uses them: an endpoint added, tried, given a new secret, removed; words kept for days only."""

from playwright.async_api import Page, expect

from browser.test_browser_pages import serious_faults
from support.desk import Desk
from surereply.domain.announcements import Topic


async def say_yes(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())


async def add_endpoint(page: Page, url: str) -> str:
    """The secret that the page shows."""
    await page.get_by_label("URL").fill(url)
    await page.get_by_label("A message was received").check()
    await page.get_by_role("button", name="Add an endpoint").click()
    secret = await page.locator("#the-secret").inner_text()
    assert await serious_faults(page) == []
    await page.get_by_role("button", name="Close").click()
    return secret


async def test_an_endpoint_is_added_tried_rotated_and_removed(desk: Desk) -> None:
    listener = desk.business.listener
    page = await desk.sits(path="/settings")
    await say_yes(page)
    await page.get_by_role("link", name="Open: Outgoing webhooks").click()

    secret = await add_endpoint(page, listener.url)
    card = page.locator(".endpoint")
    await expect(card).to_contain_text(listener.url)
    await expect(card).to_contain_text(f"whsec_…{secret[-4:]}")
    await expect(page.locator("body")).not_to_contain_text(secret)
    await card.get_by_role("button", name="Send a test").click()
    await expect(card.locator("tbody tr")).to_contain_text("Arrived", timeout=15_000)
    desk.business.phone(name="Amina").says("hello")
    await expect(card.locator("tbody")).to_contain_text("A message was received", timeout=15_000)
    await expect(card.locator("tbody tr").first).to_contain_text("Arrived", timeout=15_000)
    assert await serious_faults(page) == []

    await card.get_by_role("button", name="Rotate the secret").click()
    fresh = await page.locator("#the-secret").inner_text()
    await page.get_by_role("button", name="Close").click()
    await expect(card).to_contain_text(f"whsec_…{fresh[-4:]}")
    await card.get_by_role("button", name="Send a test").click()
    await expect(card.locator("tbody tr")).to_have_count(3)
    await expect(card.locator("tbody tr").first).to_contain_text("Arrived", timeout=15_000)
    assert all(one.is_signed_with(secret) for one in listener.heard)
    assert listener.heard[-1].is_signed_with(fresh)

    await card.get_by_role("button", name="Remove").click()
    await expect(page.locator("#endpoints")).to_contain_text("Nobody is told anything yet.")


async def test_an_address_that_is_not_taken_is_put_right_in_place(desk: Desk) -> None:
    page = await desk.sits(path="/settings/webhooks")
    await page.get_by_label("URL").fill("https://user:word@example.org/")
    await page.get_by_role("button", name="Add an endpoint").click()
    dialog = page.locator("#dialog")
    await expect(dialog.get_by_role("alert")).to_contain_text("holds no user name")
    assert await serious_faults(page) == []
    await dialog.get_by_label("URL").fill("https://hooks.example.invalid/")
    await dialog.get_by_role("button", name="Save").click()

    await expect(page.locator("#the-secret")).to_contain_text("whsec_")
    await expect(page.locator(".endpoint")).to_contain_text("https://hooks.example.invalid/")


async def test_an_endpoint_is_changed_paused_and_told_again(desk: Desk) -> None:
    await desk.business.tells(Topic.LEAD_QUALIFIED)
    page = await desk.sits(path="/settings/webhooks")
    card = page.locator(".endpoint")

    await card.get_by_role("button", name="Change").click()
    dialog = page.locator("#dialog")
    await dialog.get_by_label("URL").fill("http://127.0.0.1:1/other")
    assert await serious_faults(page) == []
    await dialog.get_by_role("button", name="Save").click()
    await expect(card).to_contain_text("http://127.0.0.1:1/other")
    await expect(dialog).not_to_be_visible()

    await card.get_by_role("button", name="Pause").click()
    await expect(card).to_contain_text("Paused")
    await card.get_by_role("button", name="Tell it again").click()
    await card.get_by_role("button", name="Send a test").click()
    await expect(card).to_contain_text("no connection", timeout=15_000)


async def test_how_long_words_are_kept_is_counted_before_it_is_saved(desk: Desk) -> None:
    business = desk.business
    await business.talk(business.phone(name="Amina"), "an old word")
    page = await desk.sits(path="/settings")
    dialog = page.locator("#dialog")

    await page.get_by_role("button", name="Change how long words are kept").click()
    await dialog.get_by_label("Days").fill("30")
    await dialog.get_by_role("button", name="Count what would go").click()
    await expect(page.locator("#would-go")).to_contain_text("0 messages and 0 replies")
    assert await serious_faults(page) == []
    await dialog.get_by_role("button", name="Save, and remove it for good").click()

    await expect(page.locator("#lines")).to_contain_text("30 days")
    await expect(page.locator("#audit")).to_contain_text("Set how long words are kept")
