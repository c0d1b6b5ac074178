"""The thread as a person reads it: it stays at its end whatever comes late, and where somebody scrolled to."""

from playwright.async_api import Page, expect

from browser.test_browser_pages import serious_faults
from support.desk import Desk

LONG = "hello " * 200
AT_END = """() => {
  const thread = document.getElementById("thread-scroll");
  const below = thread.scrollHeight - thread.scrollTop - thread.clientHeight;
  return thread.scrollHeight > thread.clientHeight * 1.5 && below < 2;
}"""
GROWS = """
  [...document.querySelectorAll("#thread .bubble .words")].at(-1).append("late ".repeat(300));
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
"""


async def long_thread(desk: Desk) -> Page:
    phone = desk.business.phone(name="Amina")
    await desk.business.talk(phone, LONG, LONG)
    page = await desk.sits()
    await page.route("**/stream", lambda route: route.abort())  # a thread that is drawn anew forgets what grew
    await page.goto(f"{desk.business.url}/conversations/{await desk.business.conversation(phone)}")
    await page.wait_for_function(AT_END)
    return page


async def test_who_reads_the_end_of_a_thread_goes_on_reading_it(desk: Desk) -> None:
    page = await long_thread(desk)

    await page.evaluate(GROWS)

    await page.wait_for_function(AT_END)


async def test_who_scrolled_up_is_left_where_they_are(desk: Desk) -> None:
    page = await long_thread(desk)
    thread = page.locator("#thread-scroll")
    await thread.hover()
    await page.mouse.wheel(0, -400)
    await page.wait_for_function(f"() => !({AT_END})()")
    reads_at = await thread.evaluate("one => one.scrollTop")

    await page.evaluate(GROWS)

    assert await thread.evaluate("one => one.scrollTop") == reads_at


async def test_a_voice_note_is_heard_in_the_thread(desk: Desk) -> None:
    phone = desk.business.phone(name="Amina")
    await desk.business.talk(phone, "hello")
    phone.sends_voice("a family visa, please")
    page = await desk.sits(path=f"/conversations/{await desk.business.conversation(phone)}")
    sound = page.get_by_label("Voice note", exact=True)
    await expect(sound).to_be_visible(timeout=15_000)

    answer = await page.request.get(desk.business.url + (await sound.get_attribute("src") or ""))

    assert answer.headers["content-type"] == "audio/ogg"
    assert await serious_faults(page) == []
