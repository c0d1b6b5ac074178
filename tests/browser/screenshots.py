"""`make screenshots`: pictures of every page of the panel, after a long day with customers of every kind.

Without arguments those that README and docs show go to docs/screenshots, as WebP; `FOLDER` takes every picture in every
look, as PNG, to be looked at.
"""

import asyncio
import base64
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from playwright.async_api import Browser, Page

from support.desk import LOOKS, Desk, chromium
from support.gallery import everything_goes_wrong, long_day, office_with_a_model
from support.postgres import new_database, template_database, temporary_server
from support.showcase import Business, open_business

SHOWN = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
COUNTED_WITHIN_S = 16.0  # the charts' tallies are a quarter of a minute behind at most
DRAWN_WITHIN_MS = 700
SHARPNESS = 1.5  # pixels of a PNG for one of the page; of a WebP it is one
QUALITY = 82
WHOLE_HEIGHT = "Math.max(innerHeight, document.documentElement.scrollHeight)"
Does: TypeAlias = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """`does`: what is pressed before it is taken. `shown`: the looks of it that README or docs show."""

    name: str
    page: str
    shown: tuple[str, ...] = ()
    does: Does | None = None
    whole: bool = False  # the page to its end, not what a screen shows of it


def main(arguments: list[str]) -> None:
    folder = Path(arguments[0]) if arguments else None
    (folder or SHOWN).mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        server = stack.enter_context(temporary_server())
        template = stack.enter_context(template_database(server))
        databases = [stack.enter_context(new_database(server, template)) for _ in range(3)]
        asyncio.run(_take(databases, folder))


async def _take(databases: list[str], folder: Path | None) -> None:
    async with chromium() as browser:
        async with open_business(databases[0]) as business:
            await _photograph(business, browser, {"inbox": "/inbox"}, EMPTY, folder)
        passport = await _passport(browser)
        async with office_with_a_model(databases[1], passport) as (business, pages):
            await _photograph(business, browser, pages, WITH_A_MODEL, folder)
        async with open_business(databases[2]) as business:
            pages = await long_day(business, passport)
            await asyncio.sleep(COUNTED_WITHIN_S)
            await _photograph(business, browser, pages, EVERY_DAY, folder)
            await everything_goes_wrong(business)
            await _photograph(business, browser, pages, BAD_DAY, folder)


async def _photograph(
    business: Business, browser: Browser, pages: dict[str, str], pictures: tuple[Picture, ...], folder: Path | None
) -> None:
    for look, how in LOOKS.items():
        wanted = [picture for picture in pictures if folder or look in picture.shown]
        if not wanted:
            continue
        page = await Desk(business, browser).sits(**how, device_scale_factor=SHARPNESS, reduced_motion="reduce")
        for picture in wanted:
            await _picture(page, business.url + pages[picture.page], picture, look, folder)
        await page.context.close()


async def _picture(page: Page, url: str, picture: Picture, look: str, folder: Path | None) -> None:
    viewport = page.viewport_size
    assert viewport is not None
    await page.goto("about:blank")  # what a picture before opened, and where it scrolled to, is forgotten
    await page.goto(url)
    if picture.does:
        await picture.does(page)
    if picture.whole:
        await page.set_viewport_size({"width": viewport["width"], "height": await page.evaluate(WHOLE_HEIGHT)})
    await page.wait_for_timeout(DRAWN_WITHIN_MS)
    await page.evaluate("document.getElementById('toasts').hidden = true")  # it would hide what is below it
    name = f"{picture.name}-{look}"
    if folder:
        await page.screenshot(path=folder / f"{name}.png", animations="disabled")
    else:
        session = await page.context.new_cdp_session(page)
        taken = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        (SHOWN / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
    await page.set_viewport_size(viewport)
    print(name)


PASSPORT = """
<body style="margin:0; width:420px; height:290px; background:#6b2432; font:14px sans-serif; color:#f3e9d2">
<div style="margin:18px; padding:14px; background:#efe6d3; color:#3a2a2a; height:226px; border-radius:8px">
<b>PASSPORT · جواز سفر</b><p style="letter-spacing:1px">HADDAD &lt;&lt; RIMA<br>LBN · 14 MAR 1991 · F</p>
<div style="width:84px; height:104px; background:#b9a78c; border-radius:4px"></div>
<code style="font-size:11px">P&lt;LBNHADDAD&lt;&lt;RIMA&lt;&lt;&lt;&lt;</code></div></body>
"""


async def _passport(browser: Browser) -> bytes:
    page = await browser.new_page(viewport={"width": 420, "height": 290})
    await page.set_content(PASSPORT)
    taken = await page.screenshot()
    await page.close()
    return taken


def _presses(button: str, *, pane: str | None = None, then: Does | None = None) -> Does:
    """Press it, and wait for a dialog, or for what `then` waits for. `pane`: the part of a conversation it is in."""

    async def does(page: Page) -> None:
        await _open_pane(page, pane)
        await page.locator(button).first.click()
        await (then(page) if then else page.locator("#dialog-title").wait_for())

    return does


def _shows(pane: str, opens: str) -> Does:
    """The pane of a conversation with what happened there opened, and at the top."""

    async def does(page: Page) -> None:
        await _open_pane(page, pane)
        entry = page.locator(opens).first
        await entry.evaluate("one => { one.open = true; one.scrollIntoView(); scrollBy(0, -60); }")

    return does


async def _open_pane(page: Page, pane: str | None) -> None:
    """Where there is no room for all panes they are behind tabs."""
    tab = page.locator(f"[data-show-pane={pane}]")
    if pane and await tab.is_visible():
        await tab.click()


async def _model_took_part(page: Page) -> None:
    await _shows("debug", ".entry.turn details:has(details[id^=model])")(page)
    await page.locator("details[id^=model]").first.evaluate("one => { one.open = true; one.scrollIntoView(); }")
    await page.evaluate("scrollBy(0, -200)")


async def _verdict(page: Page) -> None:
    await page.locator("#simulated-verdict").wait_for()


async def _counts_what_would_go(page: Page) -> None:
    await page.locator("#lines [hx-get$=retention]").click()
    await page.locator("#dialog [name=days]").fill("90")
    await page.locator("#dialog .button.primary").click()
    await page.locator("#would-go").wait_for()


async def _tries_the_flow(page: Page) -> None:
    for words in ("hello, I need a freelance visa", "I am from India"):
        await page.locator("#says").fill(words)
        await page.locator(".says .primary").click()
        await page.locator("#phone .bubble.customer", has_text=words).wait_for()
    await page.locator("#workbench [hx-post$=tests]").click()
    await page.locator("#tests .banner").wait_for()
    await page.locator("#workbench").evaluate("one => one.scrollIntoView()")


async def _signed_out(page: Page) -> None:
    await page.context.clear_cookies(name="surereply_sign_in")
    await page.goto(page.url)


EMPTY = (Picture("empty-inbox", "inbox"),)
WITH_A_MODEL = (
    Picture("media", "media", ("light",)),
    Picture("model", "media", ("light",), _model_took_part),
)
EVERY_DAY = (
    Picture("overview", "overview", ("light", "dark"), whole=True),
    Picture("inbox", "inbox", ("phone",)),
    Picture("conversation", "conversation", ("light", "dark", "arabic")),
    Picture("turn", "conversation", ("light",), _shows("debug", ".entry.turn details:has(table.facts)")),
    Picture("reply", "conversation", ("light",), _shows("debug", ".entry.reply details")),
    Picture(
        "lead-field",
        "conversation",
        (),
        _presses("#edit-nationality", pane="lead"),
    ),
    Picture("retry", "conversation", ("light",), _presses("#act-simulate", then=_verdict)),
    Picture("faults", "conversation", (), _shows("debug", "#faults")),
    Picture(
        "fault",
        "conversation",
        ("light",),
        _presses("#fault-all_servers", pane="debug", then=_verdict),
    ),
    Picture("handed-over", "handed-over", ("light",)),
    Picture("in-doubt", "in-doubt", ("light",)),
    Picture("failed", "failed"),
    Picture("qualified", "qualified"),
    Picture("stopped", "stopped"),
    Picture("window-closed", "window-closed"),
    Picture("erase", "stopped", (), _presses("#act-erase")),
    Picture("leads", "leads", ("light", "phone"), whole=True),
    Picture("board", "board", ("light",)),
    Picture("flow", "flow", ("light", "arabic")),
    Picture("flow-tried", "flow", ("light",), _tries_the_flow),
    Picture("settings", "settings", ("light",), whole=True),
    Picture("retention", "settings", ("light",), _counts_what_would_go),
    Picture("operator-link", "settings", (), _presses("#operators [hx-post$=links]")),
    Picture("webhooks", "webhooks", ("light",), whole=True),
    Picture("endpoint-change", "webhooks", (), _presses("[id^=change-]")),
)
BAD_DAY = (
    Picture("problems", "problems", ("light",), whole=True),
    Picture("alarm", "inbox", ("light",)),
    Picture("overview-red", "overview"),
    Picture("erased", "erased", ("light",)),
    Picture("sign-in", "overview", (), _signed_out),
)


if __name__ == "__main__":
    main(sys.argv[1:])
