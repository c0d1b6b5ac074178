"""Operators at their desks: each a Chromium page of their own, signed in, and watched for what it should not do."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from support.showcase import Business

CHROMIUM = os.environ.get("SUREREPLY_TEST_CHROMIUM") or next(
    (found for name in ("chromium-headless-shell", "chromium") if (found := shutil.which(name))), None
)
# No sandbox: tests run as root in containers, and open our own pages alone.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


class Desk:
    """Where operators sit: each has a browser of their own. What a page complained of is kept."""

    def __init__(self, business: Business, browser: Browser) -> None:
        self.business = business
        self.complaints: list[str] = []
        self._browser = browser

    async def sits(self, name: str = "Layla", path: str = "/", **look: Any) -> Page:
        """An operator signs in by a link, and opens a page. `look`: the browser's size, theme and language."""
        context = await self._browser.new_context(
            **{"viewport": {"width": 1440, "height": 900}, "locale": "en", "color_scheme": "light", **look}
        )
        page = await self.watched(context)
        await page.goto(await self.business.link(name))
        await page.locator("#link-form button").click()
        await page.wait_for_url(f"{self.business.url}/")
        if path != "/":
            await page.goto(self.business.url + path)
        return page

    async def watched(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security" in said.text else None)
        page.on("request", lambda asked: self._is_ours(asked.url))
        return page

    def _is_ours(self, url: str) -> None:
        if not url.startswith((self.business.url, "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {url}")


@asynccontextmanager
async def open_desk(business: Business, browser: Browser) -> AsyncIterator[Desk]:
    """No page may run what it should not, break its policy, or ask anything of anybody else."""
    desk = Desk(business, browser)
    try:
        yield desk
    finally:
        for context in browser.contexts:
            await context.close()
    assert desk.complaints == []


PHONE_SIZE = {"viewport": {"width": 390, "height": 844}}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "arabic": {"locale": "ar"},
    "phone": PHONE_SIZE,
}
