"""The panel under attack: other sites' forms, planted cookies, what is offered to whom, addresses that nobody wrote."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from starlette.routing import Mount, Route

from support.app import Answer, Web, open_web, talked
from support.panel import Browser, operator, signed_in
from surereply.domain.operators import Role
from surereply.lab.faults import code
from surereply.web.panel.app import CALLS
from surereply.web.panel.asked import COOKIE, MOST_FIELDS
from surereply.web.panel.gate import BODY_LIMIT

# Beside the panel's calls: what Meta, a load balancer and a browser ask before anybody is signed in.
OPEN = {"/webhooks/whatsapp", "/livez", "/readyz", "/metrics", "/api/admin", "/static", "/sign-in", "/look"}
SHARED = {("GET", "/stream"), ("POST", "/inbox")}
NOBODY = "00000000-0000-7000-8000-000000000000"
ODD = ("x", "\0", "é\u202e", "..", "-1", "9" * 5000, "' OR 1=1 --", "{{7*7}}", NOBODY)


def path_of(path: str, value: str = NOBODY) -> str:
    return re.sub(r"\{\w+\}", quote(value, safe=""), path)


async def test_ops_4_no_address_is_open_that_is_not_meant_to_be(database_url: str) -> None:
    async with open_web(database_url) as web:
        known = {(call.method, call.path) for call in CALLS} | SHARED
        found = set()
        for route in web.app.routes:
            assert isinstance(route, Route | Mount)
            if route.path not in OPEN:
                assert isinstance(route, Route)
                found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}

        assert found == known
        assert all(call.role is not None for call in CALLS)


async def working_day(web: Web) -> list[str]:
    """A conversation with a failed reply and a lead, and what waits for a person; the pages that show them."""
    web.shop.world.graph.faults.script("971507654321", [code(131026)])
    await talked(web, "hello", number="971507654321")
    waits = await talked(web, "I want to talk to a person", number="971501112233")
    with_lead = await talked(web, "I need a freelance visa", "I am from India")
    await web.shop.process.bookkeeper.fill_cards_once()
    failed = await web.shop.value("SELECT conversation_id FROM reply WHERE status = 'FAILED'")
    conversations = [f"/conversations/{one}" for one in (with_lead, waits, failed)]
    return ["/", "/inbox", *conversations, "/leads", "/leads?view=board", "/problems", "/flow", "/settings"]


def acts_on(page: Answer) -> set[tuple[str, str]]:
    """Method and path of everything that can be pressed."""
    body = page.body.decode()
    pressed = {(method.upper(), path) for method, path in re.findall(r'hx-(get|post|put|delete)="([^"]+)"', body)}
    return pressed | {("POST", path) for path in re.findall(r'method="post" action="([^"]+)"', body)}


def needed(method: str, path: str) -> str:
    for call in CALLS:
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call.path))
        if call.method == method and re.fullmatch(pattern, path.partition("?")[0]):
            return str(call.role)
    assert (method, path) in SHARED | {("POST", "/look"), ("POST", "/sign-in")}, (method, path)
    return Role.VIEWER


@pytest.mark.parametrize("role", list(Role))
async def test_ops_4_a_page_offers_nothing_that_its_reader_may_not_do(database_url: str, role: Role) -> None:
    async with open_web(database_url) as web:
        pages = await working_day(web)
        browser = await signed_in(web, role)

        offered = {act for path in pages for act in acts_on(await browser.get(path))}

        assert [act for act in offered if not role.includes(Role(needed(*act)))] == []
        assert any(needed(*act) == role for act in offered)


@pytest.mark.parametrize("hx_request", ["true", "false"])
async def test_no_call_that_changes_something_is_taken_from_another_site_or_without_the_token(
    database_url: str, hx_request: str
) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        calls = [*((call.method, call.path) for call in CALLS if call.method != "GET"), ("POST", "/inbox")]
        answers = {}
        for method, path in calls:
            for name, headers in (
                ("another site", {"sec_fetch_site": "cross-site"}),
                ("another origin", {"origin": "https://elsewhere.example"}),
                ("no token", {"x_csrf_token": ""}),
                ("another's token", {"x_csrf_token": "0" * 64}),
            ):
                answer = await browser.post_as(method, path_of(path), hx_request=hx_request, **headers)
                answers[method, path, name] = answer.status

        assert {key: status for key, status in answers.items() if status != 403} == {}
        assert (await browser.get("/")).status == 200


@pytest.mark.parametrize("path", ["/sign-in", "/look"])
async def test_nobody_is_signed_in_or_shown_another_language_by_another_site(database_url: str, path: str) -> None:
    async with open_web(database_url) as web:
        link = await operator(web)

        answer = await Browser(web).post(path, {"link": link.text, "language": "ar"}, sec_fetch_site="cross-site")

        assert answer.status == 403
        assert "set-cookie" not in answer.headers


async def test_a_cookie_that_was_planted_before_is_worth_nothing_after_signing_in(database_url: str) -> None:
    async with open_web(database_url) as web:
        planted, browser = "p" * 43, Browser(web)
        browser.cookies[COOKIE] = planted

        signed = await browser.post("/sign-in", {"link": (await operator(web)).text})

        assert signed.status == 303
        assert browser.cookies[COOKIE] != planted
        thief = Browser(web)
        thief.cookies[COOKIE] = planted
        assert (await thief.get("/")).status == 401
        attributes = signed.headers["set-cookie"].lower()
        assert "httponly" in attributes
        assert "samesite=lax" in attributes


async def test_what_a_page_holds_is_kept_by_nobody_and_framed_by_nobody(database_url: str) -> None:
    """Whatever is answered, also a refusal and what is not there."""
    async with open_web(database_url) as web:
        browser = await signed_in(web)
        pages = [*await working_day(web), "/conversations/x", f"/conversations/{NOBODY}", "/leads?view=cube"]
        pages += [path_of(call.path) for call in CALLS if call.method == "GET"]

        for path in pages:
            for asker in (browser, Browser(web)):
                headers = (await asker.get(path)).headers

                assert headers["cache-control"] == "no-store", path
                assert headers["x-content-type-options"] == "nosniff", path
                assert "default-src 'none'" in headers["content-security-policy"], path
                assert "unsafe" not in headers["content-security-policy"], path
                assert headers["referrer-policy"] == "no-referrer", path
        assert "frame-ancestors 'none'" in (await browser.get("/")).headers["content-security-policy"]


@pytest.mark.parametrize("value", ODD)
async def test_an_address_that_nobody_wrote_is_no_fault_of_ours(database_url: str, value: str) -> None:
    """Bad ids, long and odd queries and forms: refused or not found, never a fault."""
    async with open_web(database_url) as web:
        await working_day(web)
        browser = await signed_in(web)
        names = ("show", "service", "view", "stage", "before", "period", "line", "name", "version", "csrf", "x")
        query = "&".join(f"{name}={quote(value, safe='')}" for name in names)
        answers = {}
        for call in CALLS:
            if call.path in ("/sign-out", "/sign-out-everywhere"):
                continue
            for path in (path_of(call.path, value), f"{path_of(call.path)}?{query}"):
                form = dict.fromkeys((*names, "sought", "to", "form", "value", "source", "says", "said", "role"), value)
                del form["csrf"]
                asked = browser.get(path) if call.method == "GET" else browser.send(call.method, path, form)
                answers[call.method, call.path, path[:60]] = (await asked).status
        answers["POST", "/inbox", ""] = (await browser.post("/inbox", {"sought": value, "service": value})).status
        for name in names:
            for page in ("/", "/inbox", "/leads", "/flow", "/settings", "/problems"):
                answers["GET", page, name] = (await browser.get(f"{page}?{name}={quote(value, safe='')}")).status

        assert {key: status for key, status in answers.items() if status >= 500} == {}


async def test_a_fault_of_ours_says_nothing_of_what_it_holds(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def breaks(*_: Any) -> Any:
        raise RuntimeError("Amina, 971501234567")

    async with open_web(database_url) as web:
        browser = await signed_in(web)
        monkeypatch.setattr("surereply.web.panel.leads.lead_lists.listed_leads", breaks)

        page, part = await browser.get("/leads"), await browser.get("/leads", hx_request="true")

        assert (page.status, part.status) == (500, 500)
        for answer in (page, part):
            assert b"Amina" not in answer.body
            assert b"RuntimeError" not in answer.body
        said = "".join(capfd.readouterr())
        assert "request.failed" in said
        assert "Amina" not in said


async def test_a_form_that_is_too_large_or_none_is_refused(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web)

        large = await browser.post("/inbox", {"sought": "x" * (BODY_LIMIT + 1)})
        many = await browser.post("/inbox", {f"name {number}": "x" for number in range(MOST_FIELDS + 1)})

        assert (large.status, many.status) == (413, 422)
        assert (await browser.get("/inbox")).status == 200
