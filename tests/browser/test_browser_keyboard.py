"""By keyboard alone: every act of every page is reached with Tab, and where one stands is seen."""

from playwright.async_api import Page, expect

from support.desk import Desk
from support.showcase import busy_day
from surereply.domain.announcements import Topic

# What can be acted on and is on the screen. Of a group of radio buttons Tab reaches one alone.
CAN_BE_ACTED_ON = """
() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }))
  .map((one) => { one.dataset.walk ??= String(window.walked = (window.walked ?? 0) + 1); return one.dataset.walk; })
"""
# The element that has the focus: which it is, and whether an outline of two pixels or more is drawn around it.
STANDS = """
() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { walk: one.dataset.walk ?? null, seen, html: one.outerHTML.slice(0, 120), isPage: one === document.body };
}
"""
MOST_STEPS = 400


async def walked(page: Page) -> tuple[set[str], list[str]]:
    """Which elements Tab reaches from the top, and those where nobody could see where they stand."""
    reached: set[str] = set()
    unseen: list[str] = []
    for _ in range(MOST_STEPS):
        await page.keyboard.press("Tab")
        stands = await page.evaluate(STANDS)
        if stands["isPage"] or (stands["walk"] in reached and stands["walk"] is not None):
            break
        if stands["walk"] is not None:
            reached.add(stands["walk"])
        if not stands["seen"]:
            unseen.append(stands["html"])
    return reached, unseen


async def test_every_act_of_every_page_is_reached_with_tab_and_seen(desk: Desk) -> None:
    pages = await busy_day(desk.business)
    page = await desk.sits()
    await page.route("**/stream", lambda route: route.abort())  # nothing is drawn anew while somebody walks
    left_out: dict[str, list[str]] = {}
    for name, path in pages.items():
        await page.goto(desk.business.url + path)
        await expect(page.locator("h1")).to_be_visible()
        wanted = set(await page.evaluate(CAN_BE_ACTED_ON))

        reached, unseen = await walked(page)

        missed = [
            await page.locator(f"[data-walk='{one}']").evaluate("one => one.outerHTML.slice(0, 120)")
            for one in sorted(wanted - reached)
        ]
        left_out[name] = [*(f"not reached: {one}" for one in missed), *(f"not seen: {one}" for one in unseen)]

    assert {name: faults for name, faults in left_out.items() if faults} == {}


async def test_a_conversation_is_worked_on_without_a_mouse(desk: Desk) -> None:
    phone = desk.business.phone(name="Amina")
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await desk.sits(path=f"/conversations/{await desk.business.conversation(phone)}")

    await page.get_by_role("button", name="Take over").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#head")).to_contain_text("With Layla")
    await page.get_by_placeholder("Write a reply").focus()
    await page.keyboard.type("Layla here")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#thread .bubble.person")).to_have_count(1)
    await expect(page.get_by_placeholder("Write a reply")).to_be_focused()
    await page.get_by_role("button", name="Edit Nationality").focus()
    await page.keyboard.press("Space")
    await expect(page.locator("#dialog")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("button", name="Edit Nationality")).to_be_focused()


async def test_what_a_dialog_answers_has_the_focus_and_is_heard(desk: Desk) -> None:
    page = await desk.sits(path="/settings")
    await page.get_by_role("button", name="Change how long words are kept").press("Enter")
    dialog = page.locator("#dialog")
    await dialog.get_by_label("Days").fill("30")
    await dialog.get_by_role("button", name="Count what would go").press("Enter")

    await expect(page.locator("#would-go")).to_be_focused()


async def test_a_list_that_is_drawn_anew_leaves_the_focus_where_it_is(desk: Desk) -> None:
    await desk.business.tells(Topic.LEAD_QUALIFIED)
    page = await desk.sits(path="/settings/webhooks")
    test = page.get_by_role("button", name="Send a test")

    await test.press("Enter")
    await expect(page.locator(".endpoint tbody tr")).to_contain_text("Arrived", timeout=15_000)

    await expect(test).to_be_focused()
