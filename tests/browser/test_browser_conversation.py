"""A conversation as a person works in it: messages arrive by themselves, and every button does its one thing."""

from typing import Any

from playwright.async_api import Dialog, Locator, Page, expect

from support.desk import Desk
from surereply.lab.faults import Harm, latency, lost
from surereply.lab.phones import Phone


async def opened(desk: Desk, phone: Phone, name: str = "Layla", **look: Any) -> Page:
    return await desk.sits(name, f"/conversations/{await desk.business.conversation(phone)}", **look)


async def test_a_customer_s_messages_arrive_without_reloading(desk: Desk) -> None:
    phone = desk.business.phone(name="Amina Rahman")
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await opened(desk, phone)
    await page.evaluate("window.same = true")

    await desk.business.talk(phone, "I am from India")

    await expect(page.locator("#thread")).to_contain_text("I am from India")
    await expect(page.locator("#thread .bubble.bot").last).to_contain_text("Delivered")
    await expect(page.locator("#lead")).to_contain_text("India")
    await expect(page.locator("#debug")).to_contain_text("questions_asked_count 2 of 5", use_inner_text=True)
    assert await page.evaluate("window.same")


async def test_simulate_webhook_retry_reads_blocked(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await opened(desk, phone)
    await expect(page.locator("#thread")).to_contain_text("Delivered")

    await page.get_by_role("button", name="Simulate webhook retry").click()

    await expect(page.locator("#simulated-verdict")).to_contain_text("Blocked")
    await page.keyboard.press("Escape")
    await expect(page.locator("#dialog")).not_to_be_visible()
    await expect(page.locator("#thread")).to_contain_text("delivered again × 3")
    assert len(phone.receives) == 1


async def test_the_lab_s_other_faults_read_blocked_each(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa", "I am from India")
    page = await opened(desk, phone)
    await expect(page.locator("#thread .bubble.bot").last).to_contain_text("Delivered")
    for name in ("Re-batched", "Shuffled", "Days late", "At once on all servers"):
        await page.get_by_role("button", name=name).click()

        await expect(page.locator("#dialog-title")).to_have_text(name)
        await expect(page.locator("#simulated-verdict")).to_contain_text("Blocked")
        await page.keyboard.press("Escape")
        await expect(page.locator("#dialog")).not_to_be_visible()
    assert len(phone.receives) == 2


async def test_out_12_send_pressed_twice_sends_once(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello")
    page = await opened(desk, phone)
    await page.get_by_placeholder("Write a reply").fill("Layla here, one moment")

    await page.get_by_role("button", name="Send", exact=True).dblclick()

    await expect(page.locator("#thread .bubble.person")).to_have_count(1)
    await expect(page.get_by_placeholder("Write a reply")).to_have_value("")
    await desk.business.until_value("SELECT count(*) FROM reply WHERE status = 'SENT'", 2)
    assert phone.texts.count("Layla here, one moment") == 1


async def test_out_12_a_screen_that_was_asleep_is_told_and_keeps_what_was_typed(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello")
    layla, omar = await opened(desk, phone, "Layla"), await opened(desk, phone, "Omar")
    await layla.context.set_offline(True)
    await omar.get_by_placeholder("Write a reply").fill("from Omar")
    await omar.get_by_role("button", name="Send", exact=True).click()
    await expect(omar.locator("#thread")).to_contain_text("from Omar")
    await layla.get_by_placeholder("Write a reply").fill("from Layla")
    await layla.evaluate("document.querySelectorAll('[data-follows]').forEach((one) => one.remove())")
    await layla.context.set_offline(False)

    await layla.get_by_role("button", name="Send", exact=True).click()

    told = layla.locator("#composer [role=alert]")
    await expect(told).to_contain_text("Somebody answered since")
    await expect(told).to_contain_text("from Omar")
    await expect(layla.get_by_placeholder("Write a reply")).to_have_value("from Layla")
    await layla.get_by_role("button", name="Send", exact=True).click()
    await expect(layla.locator("#thread")).to_contain_text("from Layla")


async def test_a_reply_in_doubt_is_sent_again_with_consent(desk: Desk) -> None:
    phone = desk.business.phone()
    desk.business.world.graph.faults.script(phone.address, [lost(Harm.RESET, accepted=False)])
    phone.says("Hello")
    await desk.business.until_value("SELECT count(*) FROM reply WHERE status = 'UNKNOWN'", 1)
    page = await opened(desk, phone)
    await expect(page.locator("#thread .bubble.bot")).to_contain_text("In doubt")
    asked: list[str] = []

    async def consent(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.accept()

    page.on("dialog", consent)
    await page.get_by_role("button", name="Send again").click()

    await expect(page.locator("#thread .bubble.bot")).to_contain_text("Delivered")
    assert len(phone.receives) == 1
    assert "may arrive twice" in asked[0]


async def test_what_stands_open_stays_open_while_the_page_is_drawn_anew(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await opened(desk, phone)
    await slowed(page)
    reply, delivery = (page.locator(f"#debug .entry.{kind} > details").first for kind in ("reply", "delivery"))
    await reply.locator("> summary").click()
    await delivery.locator("> summary").click()
    await expect(reply).to_have_attribute("open", "")
    await expect(delivery).not_to_have_attribute("open", "")
    ids = [await one.get_attribute("id") for one in (reply, delivery)]
    await page.get_by_placeholder("Write a reply").fill("half a sentence")

    await desk.business.talk(phone, "I am from India")
    await expect(page.locator("#thread")).to_contain_text("I am from India")

    await expect(page.locator(f"[id='{ids[0]}']")).to_have_attribute("open", "")
    await expect(page.locator(f"[id='{ids[1]}']")).not_to_have_attribute("open", "")
    await expect(page.get_by_placeholder("Write a reply")).to_have_value("half a sentence")


async def test_a_press_that_meets_a_redraw_is_no_less_a_click(desk: Desk) -> None:
    """The mouse goes down before the news of the page come, and up after it."""
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await opened(desk, phone)
    await slowed(page)
    reply = page.locator("#debug .entry.reply > details").first
    identity = await reply.get_attribute("id")

    await held(page, reply.locator("> summary"))
    await news_come(page, desk, phone, "I am from India")
    await page.mouse.up()

    await expect(page.locator(f"[id='{identity}']")).to_have_attribute("open", "")
    await expect(page.locator("#thread")).to_contain_text("I am from India")


async def test_a_redraw_never_makes_one_button_another(desk: Desk) -> None:
    """Somebody else takes the conversation over: the button that "Take over" was is gone, and is no "Give back"."""
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    layla, omar = await opened(desk, phone, "Layla"), await opened(desk, phone, "Omar")
    take_over = await layla.get_by_role("button", name="Take over").element_handle()

    await omar.get_by_role("button", name="Take over").click()
    await expect(layla.locator("#head")).to_contain_text("With Omar")

    assert take_over is not None
    assert not await take_over.evaluate("one => one.isConnected")
    assert "Take over" in (await take_over.text_content() or "")


async def test_the_second_half_of_a_double_click_presses_no_other_button(desk: Desk) -> None:
    """What "Take over" became under the mouse is "Give back": somebody who clicks twice has not asked for that."""
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa")
    page = await opened(desk, phone)
    take_over = await page.get_by_role("button", name="Take over").bounding_box()
    assert take_over is not None
    x, y = take_over["x"] + 20, take_over["y"] + 10

    await page.mouse.click(x, y)
    give_back = page.get_by_role("button", name="Give back")
    await expect(give_back).to_be_visible()
    await page.mouse.move(x, y)
    under = await page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('button').id", [x, y])
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)

    assert under == "act-give-back"
    await page.get_by_role("button", name="Assign").click()
    await expect(page.locator("#dialog")).to_be_visible()
    await expect(page.locator("#head")).to_contain_text("With Layla")
    assert await desk.business.value("SELECT count(*) FROM handover WHERE given_back_at IS NOT NULL") == 0
    await page.keyboard.press("Escape")
    await give_back.click()
    await expect(page.locator("#head")).to_contain_text("The bot answers")


async def test_focus_selection_and_scroll_outlive_a_redraw(desk: Desk) -> None:
    phone = desk.business.phone()
    await desk.business.talk(phone, "Hello, I need a freelance visa", "please tell me more\n" * 20)
    page = await opened(desk, phone)
    words = page.locator("#thread .bubble.customer .words").first
    await words.evaluate("one => getSelection().selectAllChildren(one)")
    await page.get_by_role("button", name="Edit Nationality").focus()
    await page.locator("#thread-scroll").evaluate("one => { one.scrollTop = 40; }")
    before = await page.evaluate(STANDS)

    await desk.business.talk(phone, "I am from India")
    await expect(page.locator("#lead")).to_contain_text("India")

    assert before == ["edit-nationality", "Hello, I need a freelance visa", 40]
    assert await page.evaluate(STANDS) == before


STANDS = (
    "[document.activeElement.id, getSelection().toString().trim(), document.getElementById('thread-scroll').scrollTop]"
)
SLOWED = 6  # times


async def slowed(page: Page) -> None:
    """As on a machine that has much else to do."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})


async def held(page: Page, button: Locator) -> None:
    await button.scroll_into_view_if_needed()
    await button.hover()
    await page.mouse.down()


async def news_come(page: Page, desk: Desk, phone: Phone, text: str) -> None:
    """The page was told, has asked, and has its answer."""
    async with page.expect_response(lambda answer: answer.url.endswith("/now")) as answered:
        await desk.business.talk(phone, text)
    await (await answered.value).finished()
    await page.evaluate("new Promise((done) => setTimeout(done, 50))")


async def test_sends_that_take_long_show_as_they_are(desk: Desk) -> None:
    phone = desk.business.phone()
    desk.business.world.graph.faults.script(phone.address, [latency(2.0)])
    phone.says("Hello")
    page = await opened(desk, phone)

    await expect(page.locator("#thread .bubble.bot")).to_contain_text("Being sent")
    await expect(page.locator("#thread .bubble.bot")).to_contain_text("Delivered")
