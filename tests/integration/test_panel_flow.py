"""The flow's page: drawn with counts, tried without sending anything, tested, put in, and gone back."""

import xml.etree.ElementTree as ET

import pytest

from support.app import Web, open_web, talked
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role

NAME = "business-services"
PATH = f"/flow/{NAME}/versions/1"


async def source(web: Web) -> str:
    return str(await web.shop.value("SELECT source FROM flow_version WHERE version = 1"))


async def opened(web: Web, role: Role = Role.ADMIN) -> Browser:
    return await signed_in(web, role)


async def test_the_graph_is_drawn_with_how_many_know_each_field(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa, I am from India")
        await talked(web, "I need a freelance visa", number="971507654321")
        await web.shop.process.bookkeeper.fill_cards_once()
        browser = await opened(web, Role.VIEWER)

        page, picture = await browser.get("/flow"), await browser.get(f"{PATH}/graph.svg")

        counts = [one.text for one in ET.fromstring(picture.body).iter() if one.get("class") in ("count", "on end")]
        assert sorted(counts) == ["1", "2"]
        assert "script" not in picture.headers["content-security-policy"]
        assert "Knowledge" in text_of(page)
        assert "Running" in text_of(page)


async def test_a_phone_tries_the_text_in_the_box_and_nothing_is_sent(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await opened(web, Role.VIEWER)
        text = (await source(web)).replace("Palm Gate Business Services", "The Other Office")

        first = await browser.post(f"{PATH}/rehearsal", {"source": text, "says": "hello, I need a freelance visa"})
        said = first.body.decode().split('name="said" value="')[1].split('"')[0]
        second = await browser.post(
            f"{PATH}/rehearsal", {"source": text, "says": "India", "said": said.replace("&#34;", '"')}
        )

        assert "The Other Office" in text_of(first)
        assert "Which nationality" in text_of(first)
        assert "India" in text_of(second)
        assert b"hx-post" in second.body  # the buttons of the next question
        for table in ("message", "reply", "lead", "flow_version"):
            assert await web.shop.value(f"SELECT count(*) FROM {table}") == (1 if table == "flow_version" else 0)


@pytest.mark.parametrize("said", ["", "{", "[[1]]", "null", '[["says", {"a": 1}]]', "[" * 5000])
async def test_what_a_phone_s_form_holds_breaks_nothing(database_url: str, said: str) -> None:
    async with open_web(database_url) as web:
        browser = await opened(web, Role.VIEWER)
        form = {"source": await source(web), "said": said, "says": "<b>hi</b>"}

        answer = await browser.post(f"{PATH}/rehearsal", form)

        assert answer.status == 200
        assert b"<b>hi" not in answer.body


async def test_its_tests_run_in_the_page_and_mistakes_name_their_line(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await opened(web, Role.VIEWER)
        text = await source(web)

        passed = await browser.post(f"{PATH}/tests", {"source": text})
        broken = await browser.post(f"{PATH}/tests", {"source": text.replace("surereply: 1", "surereply: one")})

        assert "conversations went as written" in text_of(passed)
        assert f"{NAME}:" in text_of(broken)


async def test_a_new_version_is_put_in_and_one_goes_back_on_record(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await opened(web)
        text = (await source(web)).replace("Palm Gate", "Oak Gate")

        put = await browser.post(PATH, {"source": text})
        ran = web.parts.directory.active_version(NAME)
        web.shop.clock.advance(seconds=1)
        back = await browser.post_as("PUT", f"{PATH}/active")
        broken = await browser.post(PATH, {"source": "surereply: 1"})
        other = await browser.post(PATH, {"source": text.replace(f"name: {NAME}", "name: another", 1)})

        assert (put.status, ran) == (303, 2)
        assert back.headers["hx-redirect"] == f"/flow?name={NAME}&version=1"
        assert web.parts.directory.active_version(NAME) == 1
        assert (broken.status, other.status) == (409, 409)
        acts = await web.shop.fetch("SELECT name FROM act WHERE name LIKE '%flow' ORDER BY id")
        assert [row["name"] for row in acts] == ["put_flow", "activate_flow"]


@pytest.mark.parametrize("path", ["/flow?name=nonsense", "/flow?version=99", "/flow?version=x", f"{PATH}0/graph.svg"])
async def test_what_is_not_there_is_not_found(database_url: str, path: str) -> None:
    async with open_web(database_url) as web:
        assert (await (await opened(web)).get(path)).status == 404
