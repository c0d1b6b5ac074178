"""A hostile customer on every page: their words stand as words, no script of theirs runs, and the page holds."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from browser.test_browser_inbox import watching
from browser.test_browser_pages import serious_faults
from support.desk import LOOKS, Desk
from support.hostile import ENDLESS, MARKUP, OPERATOR, OWNS, TURNING, hostile_day

# Whatever could only stand on a page because words became more than words.
PLANTED = """
() => [...document.querySelectorAll("script:not([src]), iframe, object, embed, base, [onclick], [onerror], [onload]," +
    "[onfocus], a[href^='javascript:' i], form[action^='javascript:' i]")].map((one) => one.outerHTML.slice(0, 120))
"""
# Latin words of ours that run from right to left: a mark of somebody else's text reached them.
TURNED = """
() => {
  const turned = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const box = (node, at) => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest(".words, q, bdi, pre, textarea") || !node.parentElement.checkVisibility()) continue;
    for (const word of node.data.matchAll(/[A-Za-z]{2,}/g)) {
      const first = box(node, word.index), last = box(node, word.index + word[0].length - 1);
      if (first.top === last.top && last.left < first.left) turned.push(node.data.trim().slice(0, 60));
    }
  }
  return turned;
}
"""
# Words of somebody else's that are part of a sentence of ours, in whichever direction they run.
UNISOLATED = """
(theirs) => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const isolated = node.parentElement.closest("bdi, [dir=auto], code, pre, textarea, option");
    const isTheirs = theirs.some((one) => node.data.includes(one));
    if (isTheirs && !isolated) found.push(node.parentElement.outerHTML.slice(0, 120));
  }
  return found;
}
"""
# Where the page can be scrolled to the side: what makes it so wide. And where what people write scrolls in itself.
STICKS_OUT = """
() => {
  const wide = document.documentElement.clientWidth;
  const inside = [...document.querySelectorAll("#thread-scroll, .screen, .words, .cards, .fields")]
    .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.outerHTML.slice(0, 120));
  if (document.documentElement.scrollWidth <= wide) return inside;
  return [...inside, ...document.querySelectorAll("body *")].filter((one) => {
    const { left, right } = one.getBoundingClientRect();
    return right > wide + 0.5 || left < -0.5;
  }).slice(-3).map((one) => one.outerHTML.slice(0, 120));
}
"""
PANES = ("thread", "lead", "debug")


class Watch:
    """What a page did that no page may do. The policy is off: escaping alone has to hold."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("dialog", self._dismissed)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    async def _dismissed(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    async def faults(self) -> list[str]:
        """Of the page as it stands."""
        page, found = self.page, self.complaints
        self.complaints = []
        if await page.evaluate("window.owned === true"):
            found.append("a script ran")
        found += [f"planted: {one}" for one in await page.evaluate(PLANTED)]
        found += [f"turned round: {one}" for one in await page.evaluate(TURNED)]
        found += [f"not isolated: {one}" for one in await page.evaluate(UNISOLATED, [*MARKUP, "turned", OPERATOR])]
        found += [f"sticks out: {one}" for one in await page.evaluate(STICKS_OUT)]
        return [*found, *await serious_faults(page)]


async def unpoliced(desk: Desk, name: str = OPERATOR, path: str = "/", **look: Any) -> Watch:
    return Watch(await desk.sits(name, path, bypass_csp=True, **look))


async def opened_up(page: Page) -> None:
    """Everything that is folded is unfolded."""
    await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize("look", sorted(LOOKS))
async def test_a_hostile_customer_is_words_on_every_page(desk: Desk, look: str) -> None:
    day = await hostile_day(desk.business)
    watch = await unpoliced(desk, **LOOKS[look])
    page = watch.page
    found: list[str] = []
    for path, words in day.pages.items():
        await page.goto(desk.business.url + path)
        await expect(page.locator("h1")).to_be_visible()
        await opened_up(page)
        shown = await page.evaluate("document.body.textContent")

        faults = [f"is not there: {one[:60]}" for one in words if one not in shown]
        if await page.locator(".panes").is_visible():
            for pane in PANES:
                tab = page.locator(f"[data-show-pane={pane}]")
                if await tab.is_visible():
                    await tab.click()
                    faults += [f"{pane}: {one}" for one in await watch.faults()]
        found += [f"{path} {one}" for one in (*faults, *await watch.faults())]

    assert not found, "\n".join(found)


async def test_a_title_is_turned_round_by_no_name(desk: Desk) -> None:
    """A browser's tab and its list of windows isolate nothing."""
    day = await hostile_day(desk.business)
    watch = await unpoliced(desk, path=f"/conversations/{await desk.business.conversation(day.turning)}")

    assert await watch.page.title() == "turned round · Surereply"
    assert await watch.page.locator("h1").inner_text() == "turned round"
    assert await watch.faults() == []


async def test_hostile_words_are_searched_and_found_as_words(desk: Desk) -> None:
    await hostile_day(desk.business)
    watch = await unpoliced(desk, path="/inbox")
    page = watch.page
    for sought, cards in ((MARKUP[2], 1), (ENDLESS, 1), (f'" autofocus onfocus="{OWNS}', 1), (TURNING, 1)):
        async with page.expect_response("**/inbox"):
            await page.locator("#search").fill(sought)

        await expect(page.locator(".cards li")).to_have_count(cards)
        assert await watch.faults() == []
        await page.evaluate("document.getElementById('filters').submit()")  # as without scripts: the whole page anew
        await page.wait_for_load_state()
        await expect(page.locator("#search")).to_have_value(sought[:200])
        assert await watch.faults() == []


async def test_hostile_values_stand_in_a_field_in_its_history_and_in_its_form(desk: Desk) -> None:
    day = await hostile_day(desk.business)
    watch = await unpoliced(desk, path=f"/conversations/{await desk.business.conversation(day.scribe)}")
    page = watch.page
    field = page.locator("#field-scope")
    for value in (MARKUP[2], MARKUP[3], "W" * 1000):
        await page.locator("#edit-scope").click()
        await page.locator("#dialog [name=value]").fill(value)
        await page.get_by_role("button", name="Save").click()
        await expect(field.locator(".value")).to_contain_text(value[:60])
        await expect(page.locator("#dialog")).not_to_be_visible()

        await page.locator("#edit-scope").click()
        await expect(page.locator("#dialog [name=value]")).to_have_value(value)
        assert await watch.faults() == []
        await page.keyboard.press("Escape")
    await opened_up(page)
    await expect(field.locator(".history")).to_contain_text(MARKUP[2])
    await expect(field.locator(".history")).to_contain_text(MARKUP[3])
    assert await watch.faults() == []


async def test_dialogs_name_hostile_people_as_words(desk: Desk) -> None:
    day = await hostile_day(desk.business)
    watch = await unpoliced(desk, path=f"/conversations/{await desk.business.conversation(day.scribe)}")
    for button, words in (("Assign", OPERATOR), ("Erase", MARKUP[2])):
        await watch.page.get_by_role("button", name=button, exact=True).click()

        await expect(watch.page.locator("#dialog")).to_contain_text(words)
        assert await watch.faults() == []
        await watch.page.keyboard.press("Escape")


@pytest.mark.parametrize("look", ["light", "phone"])
async def test_the_phone_beside_the_flow_shows_hostile_words_as_words(desk: Desk, look: str) -> None:
    watch = await unpoliced(desk, path="/flow", **LOOKS[look])
    page = watch.page
    for says in ("I need a PRO service", *MARKUP, TURNING, "W" * 1000):
        await page.locator("#says").fill(says)
        await page.get_by_role("button", name="Send").click()

        await expect(page.locator("#phone .bubble.customer .words").last).to_have_text(says)
        await expect(page.locator("#says")).to_have_value("")
    assert await watch.faults() == []


async def test_what_rings_says_nothing_that_a_customer_wrote(desk: Desk) -> None:
    page = await watching(desk)

    desk.business.phone(name=MARKUP[0]).says(f"I want to talk to a person {MARKUP[1]}")

    await expect(page.locator("#toasts")).to_contain_text("A customer waits for a person", timeout=15_000)
    assert (await page.evaluate("window.rung"))["notes"] == ["A customer waits for a person."]
    assert await page.title() == "(1) Leads · Surereply"


async def test_the_policy_stops_a_script_that_would_stand_on_a_page_all_the_same(desk: Desk) -> None:
    """The second guard, with the first one out of its way."""
    page = await desk.sits(path="/inbox")
    stopped: list[str] = []
    page.on("console", lambda said: stopped.append(said.text) if said.type == "error" else None)

    for markup in (f'<img src="data:," onerror="{OWNS}">', f'<svg onload="{OWNS}"></svg>'):
        async with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
            await page.evaluate("html => document.getElementById('list').insertAdjacentHTML('beforeend', html)", markup)
    await page.evaluate(
        "script => { const one = document.createElement('script'); one.text = script; document.body.append(one); }",
        OWNS,
    )

    assert await page.evaluate("window.owned") is None
    assert len(stopped) == 3
    desk.complaints.clear()
