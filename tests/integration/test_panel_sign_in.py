"""Signing in: by password or link, counted, out everywhere; OPS-4: who may not gets 401 or 403, and no data."""

import asyncio
from datetime import timedelta

import pytest

from support.app import Web, open_web, talked
from support.panel import Browser, operator, signed_in, text_of
from surereply.admin import operators
from surereply.admin.operators import LINK_FOR, SIGNED_IN_FOR, UNUSED_FOR, Token
from surereply.admin.refused import Refused
from surereply.domain.operators import Role
from surereply.lab.stage.business import invite_operator
from surereply.web.app import create_app
from surereply.web.panel.app import CALLS, WRONG_SIGN_INS
from surereply.web.panel.asked import COOKIE

PASSWORD = "correct horse battery"
NOBODY = "00000000-0000-7000-8000-000000000000"


def addresses() -> list[tuple[str, str, Role]]:
    calls = [(call.method, call.path, call.role) for call in CALLS]
    calls += [("GET", "/stream", Role.VIEWER), ("POST", "/inbox", Role.VIEWER)]
    assert all(role is not None for _, _, role in calls)
    return [
        (method, path.replace("{id}", NOBODY).replace("{name}", "x").replace("{version}", "1"), role)
        for method, path, role in calls
        if role
    ]


async def acts(web: Web) -> list[tuple[str, str]]:
    return [
        (row["name"], row["operator"]) for row in await web.shop.fetch("SELECT name, operator FROM act ORDER BY id")
    ]


async def test_a_link_signs_in_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        link = await operator(web)
        first, second = Browser(web), Browser(web)

        let_in = await first.post("/sign-in", {"link": link.text})
        refused = await second.post("/sign-in", {"link": link.text})

        assert (let_in.status, refused.status) == (303, 401)
        assert "This link was used" in text_of(refused)
        assert "HttpOnly" in let_in.headers["set-cookie"]
        assert "SameSite=lax" in let_in.headers["set-cookie"]
        assert (await first.get("/sign-in")).status == 303
        assert sorted(await acts(web)) == [("add_operator", "test"), ("sign_in", "Layla")]  # in one instant


async def test_the_demo_s_link_signs_in(database_url: str) -> None:
    async with open_web(database_url) as web:
        link = await invite_operator(database_url, "http://127.0.0.1:1", "You", web.parts.clock())
        browser = Browser(web)

        assert link.startswith("http://127.0.0.1:1/sign-in#")
        assert (await browser.post("/sign-in", {"link": link.split("#")[1]})).status == 303
        assert (await browser.get("/settings")).status == 200


async def test_a_link_is_good_for_a_day(database_url: str) -> None:
    async with open_web(database_url) as web:
        link = await operator(web)
        web.shop.clock.advance(seconds=LINK_FOR.total_seconds())

        assert (await Browser(web).post("/sign-in", {"link": link.text})).status == 401


async def test_neither_password_nor_token_is_kept_as_it_is(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        await set_password(web, browser)

        kept = await web.shop.value("SELECT password_hash FROM operator")
        digests = await web.shop.fetch("SELECT digest FROM sign_in")

        assert kept.startswith("$argon2id$")
        assert PASSWORD not in kept
        assert browser.cookies[COOKIE].encode() not in [row["digest"] for row in digests]


async def test_a_password_signs_in_and_a_wrong_one_and_a_wrong_name_read_alike(database_url: str) -> None:
    async with open_web(database_url) as web:
        await set_password(web, await signed_in(web))

        right = await Browser(web).post("/sign-in", {"name": "Layla", "password": PASSWORD, "wanted": "/inbox"})
        wrong = await Browser(web).post("/sign-in", {"name": "Layla", "password": "wrong"})
        nobody = await Browser(web).post("/sign-in", {"name": "Nobody", "password": "wrong"})

        assert (right.status, right.headers["location"]) == (303, "/inbox")
        assert wrong.status == nobody.status == 401
        assert wrong.body == nobody.body


@pytest.mark.parametrize("wanted", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere", "javascript:x"])
async def test_signing_in_leads_to_no_other_site(database_url: str, wanted: str) -> None:
    async with open_web(database_url) as web:
        answer = await Browser(web).post("/sign-in", {"link": (await operator(web)).text, "wanted": wanted})

        assert answer.headers["location"] == "/"


async def test_after_many_wrong_passwords_the_right_one_waits_too_and_a_link_does_not(database_url: str) -> None:
    async with open_web(database_url) as web:
        await set_password(web, await signed_in(web))
        web.app = create_app(web.parts)
        for _ in range(WRONG_SIGN_INS):
            assert (await Browser(web).post("/sign-in", {"name": "Layla", "password": "wrong"})).status == 401

        right = await Browser(web).post("/sign-in", {"name": "Layla", "password": PASSWORD})
        link = await operators.make_link(web.parts.db, "test", web.parts.clock(), name="Layla")
        assert isinstance(link, Token)

        assert (right.status, right.headers["retry-after"]) == (429, "60")
        assert (await Browser(web).post("/sign-in", {"link": link.text})).status == 303


async def test_guesses_that_come_at_once_are_counted_like_those_that_come_one_by_one(database_url: str) -> None:
    async with open_web(database_url) as web:
        await set_password(web, await signed_in(web))
        web.app = create_app(web.parts)
        guesses = [
            Browser(web).post("/sign-in", {"name": "Layla", "password": f"wrong {number}"})
            for number in range(WRONG_SIGN_INS + 5)
        ]

        statuses = [answer.status for answer in await asyncio.gather(*guesses)]

        assert sorted(statuses) == [401] * WRONG_SIGN_INS + [429] * 5


async def test_right_passwords_are_not_counted(database_url: str) -> None:
    async with open_web(database_url) as web:
        await set_password(web, await signed_in(web))
        web.app = create_app(web.parts)

        for _ in range(WRONG_SIGN_INS + 2):
            assert (await Browser(web).post("/sign-in", {"name": "Layla", "password": PASSWORD})).status == 303


async def test_a_sign_in_ends_when_unused_and_after_a_week(database_url: str) -> None:
    async with open_web(database_url) as web:
        unused, used = await signed_in(web, name="Layla"), await signed_in(web, name="Omar")
        for _ in range(SIGNED_IN_FOR // UNUSED_FOR):
            web.shop.clock.advance(seconds=(UNUSED_FOR - timedelta(minutes=5)).total_seconds())
            assert (await used.get("/sign-in")).status == 303
        assert (await unused.get("/sign-in")).status == 200

        web.shop.clock.advance(seconds=3600)

        assert (await used.get("/sign-in")).status == 200


async def test_signing_out_everywhere_ends_every_browser(database_url: str) -> None:
    async with open_web(database_url) as web:
        first = await signed_in(web)
        link = await operators.make_link(web.parts.db, "test", web.parts.clock(), name="Layla")
        assert isinstance(link, Token)
        second, other = Browser(web), await signed_in(web, name="Omar")
        await second.post("/sign-in", {"link": link.text})

        await first.post("/sign-out-everywhere")

        assert (await second.get("/sign-in")).status == 200
        assert (await other.get("/sign-in")).status == 303
        assert ("sign_out_everywhere", "Layla") in await acts(web)


async def test_a_role_that_was_changed_and_an_operator_who_was_removed_count_at_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        await operator(web, name="Omar")
        browser = await signed_in(web, Role.MEMBER)
        layla = await web.shop.value("SELECT id FROM operator WHERE name = 'Layla'")

        await operators.remove_operator(web.parts.db, layla, "test", web.parts.clock())

        assert (await browser.post("/sign-out")).status == 401
        again = await operators.add_operator(web.parts.db, "Layla", Role.ADMIN, "test", web.parts.clock())
        assert isinstance(again, Refused)


async def test_the_last_admin_stays(database_url: str) -> None:
    async with open_web(database_url) as web:
        await operator(web)
        only = await web.shop.value("SELECT id FROM operator")
        now = web.parts.clock()

        removed = await operators.remove_operator(web.parts.db, only, "test", now)
        demoted = await operators.set_role(web.parts.db, only, Role.VIEWER, "test", now)

        assert removed is demoted is operators.LAST_ADMIN


@pytest.mark.parametrize(("method", "path", "role"), addresses())
async def test_ops_4_nobody_sees_or_does_anything_without_the_role(
    database_url: str, method: str, path: str, role: Role
) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I am called Amina")
        stranger = Browser(web)
        odd = Browser(web)
        odd.cookies[COOKIE] = "\x7f-not-a-token"
        below = [one for one in Role if not one.includes(role)]

        for browser in (stranger, odd):
            answer = await (browser.get(path) if method == "GET" else browser.post_as(method, path, hx_request="false"))
            assert answer.status == 401
            assert b"Amina" not in answer.body
        for one in below:
            browser = await signed_in(web, one, name=f"{one} of them")
            answer = await (browser.get(path) if method == "GET" else browser.post_as(method, path, hx_request="false"))
            assert answer.status == 403
            assert b"Amina" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
async def test_a_form_of_another_site_does_nothing(database_url: str, headers: dict[str, str]) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)

        assert (await browser.post("/sign-out", None, **headers)).status == 403
        assert (await browser.get("/sign-in")).status == 303


@pytest.mark.parametrize("csrf", ["", "wrong", "é", "0" * 64])
async def test_a_form_without_the_sign_in_s_own_token_does_nothing(database_url: str, csrf: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)

        assert (await browser.post("/sign-out", {"csrf": csrf})).status == 403
        assert (await browser.get("/sign-in")).status == 303


async def test_pages_run_no_script_but_ours_and_are_kept_by_nobody(database_url: str) -> None:
    async with open_web(database_url) as web:
        for answer in (await Browser(web).get("/sign-in"), await Browser(web).get("/inbox")):
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert b"<script>" not in answer.body
            assert b"style=" not in answer.body


async def set_password(web: Web, browser: Browser) -> None:
    who = await operators.signed_in(web.parts.db, Token(browser.cookies[COOKIE]), web.parts.clock())
    assert who is not None
    assert await operators.set_password(web.parts.db, who, PASSWORD, web.parts.clock()) is None
