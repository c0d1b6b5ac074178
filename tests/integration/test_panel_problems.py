"""Problems and overview: what is wrong says what it means and what to do; figures and charts count what happened."""

from datetime import timedelta
from typing import Any

import pytest

from support.app import Web, open_web, talked
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role
from surereply.lab.faults import Harm, code, lost
from surereply.store.tallies import EDGES, STEPS_AT_ONCE
from surereply.web.panel.charts import Series, bars, funnel, nice


async def problems(browser: Browser) -> str:
    return text_of(await browser.get("/problems"))


async def counted(web: Web) -> None:
    while await web.shop.process.bookkeeper.count_once():
        pass


async def test_all_is_well_says_so(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")

        text = await problems(await signed_in(web, Role.VIEWER))

        assert "All is well" in text
        assert "Nothing stands in the way" in text


async def test_a_failed_and_a_doubtful_reply_say_what_happened_and_are_settled_with_a_click(database_url: str) -> None:
    async with open_web(database_url) as web:
        faults = web.shop.world.graph.faults
        faults.script("971500000001", [code(131026)])
        faults.script("971500000002", [lost(Harm.RESET, accepted=False)])
        for number in ("971500000001", "971500000002"):
            await talked(web, "hello", number=number)
        browser = await signed_in(web, Role.MEMBER)
        failed, doubt = [
            await web.shop.value("SELECT id FROM reply WHERE status = $1", status) for status in ("FAILED", "UNKNOWN")
        ]
        before = await problems(browser)

        resent = await browser.post(f"/replies/{failed}/resends", {"from": "problems"})
        discarded = await browser.post(f"/replies/{doubt}/discards", {"from": "problems"})
        await web.shop.settle()

        assert "It surely did not arrive" in before
        assert "It may be on the phone" in before
        assert "131026" in before
        assert (resent.status, resent.headers["hx-trigger"]) == (200, "problems-changed")
        assert discarded.status == 200
        assert "All is well" in await problems(browser)
        assert len(web.shop.phone("971500000001").receives) == 1


async def test_out_8_a_dead_token_stops_the_line_and_an_admin_lets_it_send_again(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.graph.faults.script("971501234567", [code(190)])
        await talked(web, "hello")
        admin = await signed_in(web)
        line = await web.shop.value("SELECT id FROM line")
        before = await problems(admin)

        after = await admin.post_as("DELETE", f"/lines/{line}/pause")
        web.shop.clock.advance(seconds=60)
        await web.shop.settle()

        assert "Act now" in before
        assert "A line is stopped" in before
        assert "All is well" in text_of(after) or "Needs a look" in text_of(after)
        assert len(web.shop.phone().receives) == 1
        assert await web.shop.value("SELECT operator FROM act WHERE name = 'resume_line'") == "Layla"


async def test_what_was_quarantined_is_shown_escaped_and_resolved(database_url: str) -> None:
    async with open_web(database_url) as web:
        await web.shop.execute(
            """
            INSERT INTO quarantine (bucket, id, delivery_id, phone_number_id, reason, raw, digest, received_at)
            VALUES (0, gen_random_uuid(), gen_random_uuid(), '999', 'no line of ours', $1, '\\x00', $2)
            """,
            b"<script>alert(1)</script>\xff",
            web.shop.clock(),
        )
        browser = await signed_in(web, Role.MEMBER)
        page = await browser.get("/problems")
        item = await web.shop.value("SELECT id FROM quarantine")

        resolved = await browser.post_as("PUT", f"/quarantine/{item}/resolution")

        assert b"<script>alert" not in page.body
        assert "no line of ours" in text_of(page)
        assert "no line of ours" not in text_of(resolved)


async def test_when_the_database_does_not_answer_the_overview_is_red_and_says_so(
    database_url: str, monkeypatch: Any
) -> None:
    async def hangs(*_: Any) -> Any:
        raise TimeoutError

    async with open_web(database_url) as web:
        browser = await signed_in(web)
        monkeypatch.setattr("surereply.web.panel.problems.read_stored", hangs)

        assert "The database does not answer" in text_of(await browser.get("/"))


@pytest.mark.parametrize("period", ["day", "week", "month"])
async def test_the_overview_counts_what_happened(database_url: str, period: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a freelance visa", "I am from India")
        await talked(web, "I want a person", number="971507654321")
        web.shop.clock.advance(seconds=3600)
        await counted(web)
        browser = await signed_in(web)

        page = await browser.get(f"/?period={period}")

        text = text_of(page)
        assert "Messages 3" in text
        assert "Replies of the bot 3" in text
        assert "Leads started 2" in text
        assert "Handed over 1" in text
        assert "with a person" in text
        assert page.body.count(b'<svg class="chart') == 3


async def test_counting_again_counts_nothing_twice_and_follows_what_comes_late(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")
        await counted(web)
        first = await web.shop.value("SELECT sum(count) FROM tally WHERE figure = 'messages'")
        await talked(web, "and more")
        await counted(web)
        await counted(web)

        assert first == 1
        assert await web.shop.value("SELECT sum(count) FROM tally WHERE figure = 'messages'") == 2
        assert await web.shop.value("SELECT count(*) FROM tally WHERE figure LIKE 'within:%'") > 0


async def test_a_month_that_nobody_counted_is_counted_in_parts(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")
        web.shop.clock.advance(seconds=timedelta(days=20).total_seconds())
        rounds = 1
        while await web.shop.process.bookkeeper.count_once():
            rounds += 1

        assert rounds >= 30 * 24 * 6 // STEPS_AT_ONCE
        assert await web.shop.value("SELECT sum(count) FROM tally WHERE figure = 'messages'") == 1


@pytest.mark.parametrize("path", ["/?period=century", "/?line=x"])
async def test_what_no_page_of_ours_says_is_not_found(database_url: str, path: str) -> None:
    async with open_web(database_url) as web:
        assert (await (await signed_in(web)).get(path)).status == 404


@pytest.mark.parametrize("values", [[], [0, 0], [3, 7], [10**9, 1]])
def test_a_chart_is_drawn_of_whatever_there_is(values: list[float]) -> None:
    labels = [f"<{number}>" for number in range(len(values))]

    drawn = bars(labels, [Series("a & b", "in", values)], "<title>")

    assert "<0>" not in drawn
    assert drawn.startswith("<svg")
    assert funnel([("<b>", 0, "in"), ("x", 0, "bot")], "t").count("<rect") == 2


@pytest.mark.parametrize(
    ("most", "round_one"), [(0, 4), (3, 4), (5, 8), (11, 12), (99, 100), (1200, 1200), (1300, 2000)]
)
def test_the_grid_has_round_numbers(most: float, round_one: float) -> None:
    assert nice(most) == round_one
    assert list(EDGES) == sorted(EDGES)
