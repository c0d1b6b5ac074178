"""A conversation's page: what it shows of every message, and each act of a person, through the real parts."""

import re
from datetime import timedelta
from typing import Any

import pytest

from support.app import Web, open_web, talked
from support.models import model_settings
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role
from surereply.lab.faults import Fault, Harm, code, lost
from surereply.lab.models.asked import Asked
from surereply.lab.models.good import parts_of
from surereply.lab.models.server import ModelServer
from surereply.lab.reporting import Reporting
from surereply.store import commit

DRAFT = "panel-draft-1"
LEASE = timedelta(seconds=3600)


async def opened(web: Web, *texts: str, role: Role = Role.MEMBER) -> tuple[Browser, str]:
    conversation_id = await talked(web, *texts)
    return await signed_in(web, role), f"/conversations/{conversation_id}"


def seen_on(page: bytes) -> str:
    """The newest reply that a page says it shows."""
    found = re.search(rb'name="last_seen_reply" value="([^"]*)"', page)
    assert found
    return found[1].decode()


async def draft(browser: Browser, path: str, text: str, key: str = DRAFT) -> dict[str, str]:
    return {"draft_key": key, "last_seen_reply": seen_on((await browser.get(path)).body), "text": text}


async def test_the_debug_panel_tells_what_was_not_taken_and_why_like_understand(database_url: str) -> None:
    """As stored with the turn: the words, the candidate, the reason, the answer's match."""
    async with open_web(database_url) as web:
        browser, path = await opened(web, "visit visa. in february on 31 february. how much is it?")
        stored = await web.shop.fetch("SELECT readings FROM turn")

        page = text_of(await browser.get(path))

        assert '"why": "impossible"' in str(stored[0]["readings"])
        for shown in ("Not taken, and why", "31 february", "cannot be", "price_visit 100 %", "Then", "written"):
            assert shown in page


async def test_the_page_names_for_every_message_the_turn_that_read_it(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "I need a freelance visa, I am Amina", "I am from India")
        turns = await web.shop.fetch("SELECT id FROM turn")

        page = await browser.get(path)

        assert page.status == 200
        for row in turns:
            assert f'id="turn-{row["id"]}"' in page.body.decode()
            assert f'href="#turn-{row["id"]}"' in page.body.decode()
        assert "<mark" in page.body.decode()
        text = text_of(page)
        for shown in ("outbound_dedupe_key", "questions_asked_count 2 of 5", "state_version 2", "FREELANCE_VISA"):
            assert shown in text
        assert await web.shop.value("SELECT outbound_dedupe_key FROM reply ORDER BY id LIMIT 1") in text


async def test_a_message_that_no_turn_read_says_why(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")
        web.shop.phone().reacts()
        await web.shop.settle()
        web.shop.phone().says("still there?")
        await web.shop.world.deliver()

        text = text_of(await browser.get(path))

        assert "no turn" in text
        assert "unread: its turn is due" in text


async def test_a_repetition_shows_with_its_delivery(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")
        await browser.post(f"{path}/simulated-retries")

        text = text_of(await browser.get(path))

        assert "delivered again × 3" in text
        assert "simulated" in text


async def test_simulate_webhook_retry_reads_blocked_and_sends_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "I need a freelance visa")

        answer = await browser.post(f"{path}/simulated-retries")

        assert "Blocked" in text_of(answer)
        assert len(web.shop.phone().receives) == 1


async def test_a_fence_that_is_gone_reads_duplicated(database_url: str, monkeypatch: Any) -> None:
    async def everybody_holds_it(_: Any, turns: Any) -> set[Any]:
        return {turn.lease.token for turn in turns}

    async with open_web(database_url) as web:
        browser, path = await opened(web, "I need a freelance visa")
        monkeypatch.setattr(commit, "_lock_tickets", everybody_holds_it)

        assert "Duplicated" in text_of(await browser.post(f"{path}/simulated-retries"))


async def test_out_12_send_pressed_twice_is_one_message(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")
        form = await draft(browser, path, "Layla here")

        first = await browser.post(f"{path}/replies", form)
        second = await browser.post(f"{path}/replies", form)
        await web.shop.settle()

        assert first.status == second.status == 200
        assert [text for text in web.shop.phone().texts if text == "Layla here"] == ["Layla here"]
        assert await web.shop.value("SELECT operator FROM act WHERE name = 'reply'") == "Layla"


async def test_out_12_a_stale_screen_is_told_and_shows_what_the_other_sent(database_url: str) -> None:
    async with open_web(database_url) as web:
        layla, path = await opened(web, "hello")
        omar = await signed_in(web, Role.MEMBER, "Omar")
        mine, theirs = (
            await draft(layla, path, "from Layla", "layla-draft"),
            await draft(omar, path, "from Omar", "omar-draft"),
        )
        await omar.post(f"{path}/replies", theirs)

        stale = await layla.post(f"{path}/replies", mine)
        again = await layla.post(f"{path}/replies", {**mine, "last_seen_reply": seen_on(stale.body)})
        await web.shop.settle()

        assert stale.status == 409
        assert "Somebody answered since" in text_of(stale)
        assert "from Omar" in text_of(stale)
        assert "from Layla" in text_of(stale)  # what was typed stays
        assert again.status == 200
        assert web.shop.phone().texts[-2:] == ["from Omar", "from Layla"]


@pytest.mark.parametrize("text", ["", "   ", "\u202e\u200f", "x" * 4097])
async def test_what_cannot_be_sent_says_so_and_stays_in_the_box(database_url: str, text: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")

        answer = await browser.post(f"{path}/replies", await draft(browser, path, text))

        assert answer.status == 422
        assert "text" in text_of(answer)
        assert await web.shop.value("SELECT count(*) FROM reply") == 1


async def test_outside_the_window_a_template_goes_and_a_text_does_not(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")
        form = await draft(browser, path, "too late")
        web.shop.clock.advance(seconds=25 * 3600)
        browser = await signed_in(web, Role.MEMBER, "Omar")

        late = await browser.post(f"{path}/replies", form)
        page = await browser.get(path)
        template = {
            **form,
            "kind": "template",
            "name": "come_back",
            "language": "en",
            "parameters": "Amina\n\n12 March",
        }
        sent = await browser.post(f"{path}/replies", template)

        assert late.status == 409
        assert "template" in text_of(late)
        assert "The 24-hour window is closed" in text_of(page)
        assert sent.status == 200
        assert (
            await web.shop.value("SELECT body #>> '{template,parameters,1}' FROM reply WHERE reply_type = 'template'")
            == "12 March"
        )


async def test_turn_15_handed_over_shows_who_is_waited_for_and_turn_17_gives_back(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "I want to talk to a person")
        assert "Waits for a person" in text_of(await browser.get(path))

        taken = await browser.post_as("PUT", f"{path}/handover")
        with_me = text_of(taken)
        given = text_of(await browser.post_as("DELETE", f"{path}/handover"))
        again = await browser.post_as("DELETE", f"{path}/handover")

        assert "With Layla" in with_me
        assert "The bot answers" in given
        assert (again.status, again.headers["x-code"]) == (409, "not_handed_over")


async def test_turn_16_a_person_who_takes_over_suppresses_what_the_bot_was_about_to_say(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.phone().says("I need a freelance visa")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        await web.shop.process.respond()
        browser = await signed_in(web, Role.MEMBER)
        path = f"/conversations/{await web.shop.value('SELECT id FROM conversation')}"

        await browser.post_as("PUT", f"{path}/handover")
        await web.shop.process.dispatch()

        assert web.shop.phone().texts == []
        assert "Not sent: a person had the conversation" in text_of(await browser.get(path))


async def test_out_13_send_again_really_sends_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.graph.faults.script(web.shop.phone().address, [code(131026)])
        browser, path = await opened(web, "hello")
        reply_id = await web.shop.value("SELECT id FROM reply WHERE status = 'FAILED'")
        assert f"/replies/{reply_id}/resends" in (await browser.get(path)).body.decode()

        first = await browser.post(f"/replies/{reply_id}/resends")
        second = await browser.post(f"/replies/{reply_id}/resends")
        await web.shop.settle()

        assert (first.status, second.status) == (200, 409)
        assert len(web.shop.phone().receives) == 1


async def test_a_reply_in_doubt_can_be_discarded_and_what_is_owed_withdrawn(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.graph.faults.script(web.shop.phone().address, [lost(Harm.RESET, accepted=False)])
        browser, path = await opened(web, "hello")
        doubt = await web.shop.value("SELECT id FROM reply WHERE status = 'UNKNOWN'")
        assert "In doubt" in text_of(await browser.get(path))

        discarded = await browser.post(f"/replies/{doubt}/discards")
        form = await draft(browser, path, "never mind")
        await browser.post(f"{path}/replies", form)
        owed = await web.shop.value("SELECT id FROM reply WHERE status = 'PENDING'")
        withdrawn = await browser.post(f"/replies/{owed}/withdrawals")

        assert discarded.status == withdrawn.status == 200
        assert "Not sent: withdrawn" in text_of(withdrawn)


async def test_out_18_reported_failed_hours_later_shows_failed_with_what_to_do(database_url: str) -> None:
    async with open_web(database_url) as web:
        failed = Reporting(stages=("failed",), failed_code=131026, delay_s=5 * 3600)
        web.shop.world.graph.faults.script(web.shop.phone().address, [Fault(reporting=failed)])
        browser, path = await opened(web, "hello")
        before = text_of(await browser.get(path))
        web.shop.clock.advance(seconds=6 * 3600)
        await web.shop.settle()

        after = text_of(await browser.get(path))

        assert ("Failed" in before, "Failed" in after) == (False, True)
        assert "Send again" in after


async def test_lead_5_a_person_s_value_stays_and_the_bot_s_is_kept_as_a_suggestion(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "I need a freelance visa", "I am from India")
        lead_id = await web.shop.value("SELECT id FROM lead")

        form = await browser.get(f"/leads/{lead_id}/fields/nationality")
        edited = await browser.post(f"/leads/{lead_id}/fields/nationality", {"value": "PK"})
        web.shop.phone().says("no, my nationality is Egyptian")
        await web.shop.settle()
        text = text_of(await browser.get(path))

        assert '<option value="IN" selected>' in form.body.decode()
        assert edited.headers["hx-trigger"] == "close-dialog"
        assert "Pakistan set by a person" in text
        assert "The bot understood: Egypt" in text


async def test_a_value_that_does_not_fit_says_what_does_and_writes_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, _ = await opened(web, "I need a freelance visa", "I am from India")
        lead_id = await web.shop.value("SELECT id FROM lead")
        before = await web.shop.value("SELECT fields FROM lead")

        wrong = await browser.post(f"/leads/{lead_id}/fields/nationality", {"value": "Atlantis"})
        empty = await browser.post(f"/leads/{lead_id}/fields/nationality", {"value": ""})
        nothing = await browser.get(f"/leads/{lead_id}/fields/no_such_field")

        assert (wrong.status, empty.status, nothing.status) == (422, 422, 404)
        assert "That does not fit" in text_of(wrong)
        assert await web.shop.value("SELECT fields FROM lead") == before


async def test_won_and_lost_are_set_by_a_person_alone(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, _ = await opened(web, "I need a freelance visa")
        lead_id = await web.shop.value("SELECT id FROM lead")

        won = await browser.post(f"/leads/{lead_id}/stage", {"stage": "won"})
        other = await browser.post(f"/leads/{lead_id}/stage", {"stage": "qualified"})

        assert (won.status, other.status) == (200, 422)
        assert await web.shop.value("SELECT stage FROM lead") == "won"


async def test_a_lease_that_is_released_fences_out_whoever_held_it(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello")
        web.shop.phone().says("I need a freelance visa")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=5)
        await web.shop.execute(
            "UPDATE conversation_ticket SET lease_token = gen_random_uuid(), lease_until = $1", web.shop.clock() + LEASE
        )
        assert "Release the lease" in text_of(await browser.get(path))

        released = await browser.post_as("DELETE", f"{path}/lease")
        again = await browser.post_as("DELETE", f"{path}/lease")
        await web.shop.settle()

        assert (released.status, again.status) == (200, 409)
        assert await web.shop.value("SELECT count(*) FROM turn") == 2


async def test_ops_6_erased_from_the_page_an_old_webhook_brings_nothing_back(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "I am Amina and I need a freelance visa", role=Role.ADMIN)
        web.parts.directory.has_secret_key = True
        old = web.shop.phone().said[0].update

        wrong = await browser.post(f"{path}/erasure", {"number": "+971500000000"})
        erased = await browser.post(f"{path}/erasure", {"number": " +97150 1234567"}, hx_request="true")
        web.shop.world.meta.tell(old)
        await web.shop.settle()
        page = await browser.get(path)

        assert wrong.status == 422
        assert erased.headers["hx-redirect"] == "/inbox"
        assert "Amina" not in text_of(page)
        assert "Erased contact" in text_of(page)
        assert text_of(page).count("words removed") == 2
        for act in ("reply-form", "act-erase", "act-take-over", "act-simulate"):
            assert f'id="{act}"' not in page.body.decode()
        assert await web.shop.value("SELECT count(*) FROM conversation") == 1
        assert await web.shop.value("SELECT operator FROM act WHERE name = 'erased'") == "Layla"


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} \u202e\u200f'\"&" + "ﷺ" * 400


async def test_a_hostile_customer_is_shown_and_runs_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.phone("971501234567", name=HOSTILE[:120])
        browser, path = await opened(web, HOSTILE, "my name is <b>Bold</b>", "x" * 4096)

        page = (await browser.get(path)).body.decode()

        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert" in page
        assert "{{ 7*7 }}" in page


async def test_the_page_speaks_arabic_from_right_to_left(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        browser = await signed_in(web, language="ar")

        page = await browser.get(f"/conversations/{conversation_id}")

        assert '<html lang="ar" dir="rtl"' in page.body.decode()
        assert "محاكاة إعادة الإرسال" in text_of(page)
        assert "0 ← 1" in text_of(page)  # an arrow from left to right would say that it went from 1 to 0


async def test_a_viewer_sees_and_has_nothing_to_press(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello", role=Role.VIEWER)

        page = await browser.get(path)

        assert page.status == 200
        assert b"hx-post" not in page.body
        assert b"hx-put" not in page.body


async def test_older_parts_come_page_by_page(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("surereply.web.panel.reading.MOST_SHOWN", 2)
    async with open_web(database_url) as web:
        browser, path = await opened(web, "hello one", "hello two", "hello three", "hello four")

        pages = [await browser.get(path)]
        while older := re.search(r'href="([^"]*before=[^"]*)"', pages[-1].body.decode()):
            pages.append(await browser.get(older[1]))

        assert len(pages) > 2
        for text in ("hello one", "hello two", "hello three", "hello four"):
            bubble = re.compile(rf"{text}</p>\s*<p class=\"meta\"")
            assert sum(bool(bubble.search(page.body.decode())) for page in pages) == 1


async def test_the_page_shows_what_a_model_proposed_and_what_became_of_it(database_url: str) -> None:
    """Also what was refused, and why."""

    def mind(asked: Asked) -> Any:
        if asked.name == "wording":
            return {"parts": [f"All of it is free! {text}" for text in parts_of(asked.data)]}
        fact = {"field": "service", "value": "FAMILY_VISA", "words": "family visa", "message": 1}
        return {"facts": [fact, fact | {"words": "golden visa"}], "signals": [], "answers": []}

    async with ModelServer(mind) as server, open_web(database_url, model=model_settings(server)) as web:
        browser, path = await opened(web, "Hello, I need a family visa")

        text = text_of(await browser.get(path))

    for shown in ("known already", "its words were not said", "promises more", "All of it is free!"):
        assert shown in text
