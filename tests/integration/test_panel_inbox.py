"""The inbox: cards follow what happens, lists hold what they say, and words are found."""

from datetime import timedelta
from typing import Any

import pytest

from support.app import Web, open_web, talked
from support.panel import Browser, signed_in, text_of
from surereply.bookkeeper import MOST_CARDS
from surereply.domain.operators import Role
from surereply.lab.faults import Harm, code, lost
from surereply.store import cards
from surereply.web.app import create_app

AMINA, OMAR = "971501234567", "971507654321"


async def filled(web: Web) -> int:
    return await web.shop.process.bookkeeper.fill_cards_once()


async def listed(browser: Browser, show: str = "all") -> str:
    return text_of(await browser.get(f"/inbox?show={show}")).split("Mine", 1)[1]


async def test_a_list_that_many_look_at_is_drawn_once_a_second(database_url: str, monkeypatch: Any) -> None:
    drawn: list[str] = []
    steady = [0.0]

    async def counting(_: Any, *wanted: str) -> str:
        drawn.append("".join(wanted))
        return "drawn"

    async with open_web(database_url) as web:
        web.app = create_app(web.parts, steady=lambda: steady[0])
        browsers = [await signed_in(web, name=f"Operator {number}") for number in range(3)]
        monkeypatch.setattr("surereply.web.panel.inbox._draw", counting)

        for browser in browsers:
            await browser.post("/inbox", {"show": "all"}, hx_request="true")
        await browsers[0].post("/inbox", {"show": "person"}, hx_request="true")
        steady[0] = 1.5
        await browsers[1].post("/inbox", {"show": "all"}, hx_request="true")

        assert drawn == ["all", "person", "all"]


async def search(browser: Browser, sought: str, **more: str) -> str:
    return text_of(await browser.post("/inbox", {"sought": sought, **more}, hx_request="true"))


async def test_the_newest_word_comes_first(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.phone(AMINA, name="Amina")
        web.shop.world.phone(OMAR, name="Omar")
        await talked(web, "hello from Amina")
        await talked(web, "hello from Omar", number=OMAR)
        browser = await signed_in(web)
        await filled(web)
        assert (await listed(browser)).index("Omar") < (await listed(browser)).index("Amina")

        await talked(web, "me again", number=AMINA)
        await filled(web)

        assert (await listed(browser)).index("Amina") < (await listed(browser)).index("Omar")


async def test_what_changed_is_filled_once_and_what_was_there_before_comes_after(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")
        web.shop.clock.advance(seconds=3600)

        first, second = await filled(web), await filled(web)
        await talked(web, "again")

        assert (first, second) == (1, 0)
        assert await filled(web) == 1


async def test_a_backlog_is_filled_in_parts_and_none_is_left_out(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("surereply.bookkeeper.MOST_CARDS", 2)
    async with open_web(database_url) as web:
        for number in range(5):
            await talked(web, "hello", number=f"97150000000{number}")
        web.shop.clock.advance(seconds=3600)

        while await filled(web):
            pass

        assert await web.shop.value("SELECT count(*) FROM conversation_card") == 5
    assert MOST_CARDS > 2


async def test_names_numbers_and_words_are_found(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.phone(AMINA, name="José Núñez")
        await talked(web, "I need a freelance visa", "the sky is turquoise")
        await talked(web, "good morning", number=OMAR)
        browser = await signed_in(web)
        await filled(web)

        for sought in ("jose", "+971 50 123 4567", "4567", "turquoise freelance", "TURQ"):
            found = await search(browser, sought)
            assert "José" in found, sought
            assert "good morning" not in found
        assert "Nothing is found" in await search(browser, "zebra")
        assert "no word in that" in await search(browser, "'!")


async def test_a_message_after_the_first_filling_is_found_too(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "good morning")
        browser = await signed_in(web)
        await filled(web)
        web.shop.clock.advance(seconds=1)
        await talked(web, "chrysanthemum")
        await filled(web)

        assert AMINA in await search(browser, "chrysanth")
        assert AMINA in await search(browser, "morning")


@pytest.mark.parametrize("show", ["all", "new", "waiting", "person", "doubt", "failed", "mine"])
async def test_every_list_can_be_empty(database_url: str, show: str) -> None:
    async with open_web(database_url) as web:
        assert (await (await signed_in(web)).get(f"/inbox?show={show}")).status == 200


async def test_lists_hold_what_they_say(database_url: str) -> None:
    async with open_web(database_url) as web:
        faults = web.shop.world.graph.faults
        numbers = {name: f"97150000000{place}" for place, name in enumerate(("person", "doubt", "failed", "waiting"))}
        faults.script(numbers["doubt"], [lost(Harm.RESET, accepted=False)])
        faults.script(numbers["failed"], [code(131026)])
        await talked(web, "I want a person", number=numbers["person"])
        await talked(web, "hello", number=numbers["doubt"])
        await talked(web, "hello", number=numbers["failed"])
        web.shop.phone(numbers["waiting"]).says("hello")
        await web.shop.world.deliver()
        browser = await signed_in(web)
        await filled(web)

        for show, number in numbers.items():
            found = await listed(browser, show)
            assert [name for name, one in numbers.items() if f"+{one}" in found] == [show], show
            assert number in found


async def test_new_ends_when_somebody_who_may_answer_has_looked(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        viewer, member = await signed_in(web, Role.VIEWER, "Vera"), await signed_in(web, Role.MEMBER)
        await filled(web)

        await viewer.get(f"/conversations/{conversation_id}")
        still = await listed(member, "new")
        await member.get(f"/conversations/{conversation_id}")
        looked = await listed(member, "new")
        web.shop.clock.advance(seconds=1)
        await talked(web, "again")
        await filled(web)

        assert AMINA in still
        assert AMINA not in looked
        assert AMINA in await listed(member, "new")


async def test_assigning_puts_it_on_that_one_s_list_on_record(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        layla, omar = await signed_in(web, Role.MEMBER), await signed_in(web, Role.MEMBER, "Omar")
        to = await web.shop.value("SELECT id FROM operator WHERE name = 'Omar'")
        path = f"/conversations/{conversation_id}/assignee"
        early = await layla._ask("PUT", path, f"to={to}".encode(), {"x_csrf_token": layla.csrf})
        await filled(web)

        done = await layla._ask("PUT", path, f"to={to}".encode(), {"x_csrf_token": layla.csrf})

        assert (early.status, done.status) == (409, 200)
        assert AMINA in await listed(omar, "mine")
        assert AMINA not in await listed(layla, "mine")
        assert await web.shop.value("SELECT detail ->> 'to' FROM act WHERE name = 'assign'") == "Omar"


async def test_pages_go_on_where_the_last_one_ended(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr("surereply.web.panel.inbox.ON_A_PAGE", 2)
    async with open_web(database_url) as web:
        numbers = [f"97150000000{place}" for place in range(5)]
        for number in numbers:
            await talked(web, "hello", number=number)
        browser = await signed_in(web)
        await filled(web)
        seen, place = [], ""
        while place is not None:
            answer = (await browser.post("/inbox", {"before": place}, hx_request="true")).body.decode()
            seen += [number for number in reversed(numbers) if f"+{number}" in answer]
            more = answer.split('{"before": "')[-1].split('"')[0] if "Older" in answer else None
            place = more

        assert seen == list(reversed(numbers))


async def test_ops_6_whoever_is_erased_is_on_no_list_and_found_no_more(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.world.phone(AMINA, name="Amina")
        conversation_id = await talked(web, "chrysanthemum")
        browser = await signed_in(web)
        web.parts.directory.has_secret_key = True
        await filled(web)

        await browser.post(f"/conversations/{conversation_id}/erasure", {"number": f"+{AMINA}"})
        web.shop.clock.advance(seconds=1)
        await filled(web)

        assert "Nothing is found" in await search(browser, "chrysanthemum")
        assert await web.shop.value("SELECT count(*) FROM conversation_card") == 0


async def test_an_erasure_waits_for_whoever_fills_cards(database_url: str) -> None:
    """What the filler has read must not come back after the erasure."""
    async with open_web(database_url) as web:
        await talked(web, "hello")
        await filled(web)
        async with web.parts.db.transaction() as filling:
            await cards.fill(filling, web.shop.bucket, web.shop.clock() + timedelta(seconds=1), 10)
            held = await web.shop.fetch("SELECT FROM side_progress FOR UPDATE SKIP LOCKED")

        assert held == []


@pytest.mark.parametrize(
    ("form", "status"),
    [({"show": "nonsense"}, 404), ({"before": "yesterday"}, 422), ({"before": "2026-01-01T00:00:00+00:00,x"}, 422)],
)
async def test_what_no_page_of_ours_says_is_refused(database_url: str, form: dict[str, str], status: int) -> None:
    async with open_web(database_url) as web:
        assert (await (await signed_in(web)).post("/inbox", form)).status == status
