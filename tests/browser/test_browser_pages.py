"""Every page in light, dark, Arabic and at the size of a phone: axe finds no serious fault, and nothing sticks out."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from support.desk import LOOKS, Desk
from support.showcase import busy_day

SERIOUS = ("serious", "critical")


async def serious_faults(page: Page) -> list[str]:
    found = await Axe().run(page)
    return [
        f"{fault['id']}: {fault['help']} ({node['html'][:160]})"
        for fault in found.response["violations"]
        if fault["impact"] in SERIOUS
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("look", sorted(LOOKS))
async def test_pages_can_be_read_by_everybody(desk: Desk, look: str) -> None:
    pages = await busy_day(desk.business)
    page = await desk.sits(**LOOKS[look])
    found: dict[str, Any] = {}
    for name, path in pages.items():
        await page.goto(desk.business.url + path)
        await expect(page.locator("h1")).to_be_visible()

        sticks_out = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found[name] = [*await serious_faults(page), *([f"sticks out by {sticks_out} px"] if sticks_out > 0 else [])]

    assert {name: faults for name, faults in found.items() if faults} == {}


async def test_a_fault_would_be_found(desk: Desk) -> None:
    page = await desk.sits(path="/inbox")
    await page.evaluate(
        "document.getElementById('search').closest('label').replaceWith(document.createElement('input'))"
    )

    assert any(fault.startswith("label: ") for fault in await serious_faults(page))


async def test_dialogs_can_be_read_by_everybody(desk: Desk) -> None:
    pages = await busy_day(desk.business)
    page = await desk.sits(path=pages["conversation"])
    for button in ("Simulate webhook retry", "Edit Nationality", "Assign", "Erase"):
        await page.get_by_role("button", name=button, exact=True).click()
        await expect(page.locator("#dialog-title")).to_be_visible()

        assert await serious_faults(page) == [], button
        await page.keyboard.press("Escape")


async def test_signing_in_can_be_read_by_everybody_and_goes_by_keyboard_alone(desk: Desk) -> None:
    page = await desk.sits(path="/settings")
    await page.get_by_label("New password").fill("a password for tests")
    await page.get_by_label("Once more").fill("a password for tests")
    await page.get_by_role("button", name="Set the password").click()
    await expect(page.get_by_role("status").first).to_have_text("The password is set.")
    await page.locator("#account").get_by_role("button", name="Sign out everywhere").click()
    await expect(page.locator("h1")).to_have_text("Sign in")
    assert await serious_faults(page) == []

    await page.keyboard.type("Layla")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a password for tests")
    await page.keyboard.press("Enter")

    await expect(page.locator("h1")).to_have_text("Overview")


async def test_language_and_theme_are_switched_and_stay(desk: Desk) -> None:
    page = await desk.sits()

    await page.locator(".rail").get_by_role("button", name="العربية").click()
    await page.locator(".rail").get_by_role("button", name="داكن").click()
    await page.goto(f"{desk.business.url}/inbox")

    assert await page.evaluate("[document.documentElement.dir, document.documentElement.dataset.theme]") == [
        "rtl",
        "dark",
    ]
    assert await page.evaluate("getComputedStyle(document.body).color") == "rgb(233, 237, 242)"


async def test_leads_are_exported_with_a_click(desk: Desk) -> None:
    await desk.business.talk(desk.business.phone(name="Amina"), "I need a freelance visa")
    page = await desk.sits(path="/leads")

    for form in ("CSV", "JSON", "Excel"):
        async with page.expect_download() as download:
            await page.get_by_role("button", name=form).click()

        assert (await download.value).suggested_filename.startswith("leads-")


async def test_a_changed_flow_is_tried_tested_and_put_in(desk: Desk) -> None:
    page = await desk.sits(path="/flow")
    text = await page.locator("#source").input_value()
    await page.locator("#source").fill(text.replace("Palm Gate Business Services", "Oak Gate Office"))
    await page.get_by_placeholder("Write as a customer").fill("hello, I need a freelance visa")
    await page.get_by_role("button", name="Send").click()
    await expect(page.locator("#phone")).to_contain_text("Oak Gate Office")

    await page.get_by_role("button", name="Run its tests").click()
    await expect(page.locator("#tests")).to_contain_text("conversations", timeout=20_000)
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Put in as a new version").click()

    await page.wait_for_url("**/flow?name=business-services&version=2")
    assert desk.business.phone().receives == []
