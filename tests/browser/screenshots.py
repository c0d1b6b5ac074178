"""`make screenshots`: pictures of every page of the panel, after a day with customers of every kind.

Without arguments those that the README shows go to docs/screenshots; `FOLDER` takes every page in every look.
"""

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path

from playwright.async_api import Page

from support.desk import LOOKS, Desk, chromium
from support.postgres import new_database, template_database, temporary_server
from support.showcase import Business, busy_day, open_business

SHOWN = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
# What the README shows beside the pages in light.
OTHER_LOOKS = {"dark": ("conversation", "overview"), "arabic": ("conversation",), "phone": ("conversation", "inbox")}
COUNTED_WITHIN_S = 16.0  # the charts' tallies are a quarter of a minute behind at most


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else SHOWN
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        server = stack.enter_context(temporary_server())
        template = stack.enter_context(template_database(server))
        asyncio.run(_take(stack.enter_context(new_database(server, template)), folder, every=bool(arguments)))


async def _take(database_url: str, folder: Path, *, every: bool) -> None:
    async with open_business(database_url) as business, chromium() as browser:
        pages = await busy_day(business)
        await _work(business, Desk(business, browser), pages)
        await asyncio.sleep(COUNTED_WITHIN_S)
        for look, how in LOOKS.items():
            page = await Desk(business, browser).sits(**how)
            for name, path in pages.items():
                if every or look == "light" or name in OTHER_LOOKS.get(look, ()):
                    await _picture(page, business.url + path, folder / f"{name}-{look}.png")
            await page.context.close()


async def _work(business: Business, desk: Desk, pages: dict[str, str]) -> None:
    """A colleague has answered somebody, and tried a retry."""
    page = await desk.sits("Omar", pages["conversation"])
    await page.get_by_role("button", name="Simulate webhook retry").click()
    await page.locator("#simulated-verdict").wait_for()
    await page.context.close()


async def _picture(page: Page, url: str, to: Path) -> None:
    await page.goto(url)
    await page.wait_for_timeout(700)
    await page.screenshot(path=to, animations="disabled")
    print(to)


if __name__ == "__main__":
    main(sys.argv[1:])
