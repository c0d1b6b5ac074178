"""Outgoing webhooks and how long words are kept, from the panel and from the API: the same functions underneath."""

import html
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from support.app import Answer, Web, open_web, talked
from support.commands import SECRET_KEY
from support.listener import Listener, announcer_of, open_listener, tell, tell_all
from support.panel import Browser, signed_in, text_of
from surereply.domain.announcements import Topic
from surereply.domain.operators import Role
from surereply.outward import Outward, open_outward
from surereply.web.app import create_app
from surereply.web.parts import WebParts

URL = "https://hooks.example.org/in?token=secret-path"
NOBODY = "01a20000-0000-7000-8000-000000000000"


@pytest.fixture
async def web(database_url: str) -> AsyncIterator[Web]:
    async with open_web(database_url) as opened:
        opened.parts.directory._secret_key = SECRET_KEY
        yield opened


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with open_listener() as opened:
        yield opened


@pytest.fixture
async def outward() -> AsyncIterator[Outward]:
    async with open_outward(private_allowed=True) as opened:
        yield opened


async def put(browser: Browser, path: str, **form: str) -> Answer:
    headers = {"x_csrf_token": browser.csrf, "hx_request": "true"}
    return await browser._ask("PUT", path, urlencode(form).encode(), headers)


async def add(browser: Browser, url: str = URL, *topics: str) -> str:
    form = {"url": url, **{f"topic {topic}": "on" for topic in topics or ("lead.qualified",)}}
    answer = await browser.post("/endpoints", form, hx_request="true")
    assert answer.status == 200, answer.body
    assert answer.headers["hx-trigger"] == "endpoints-changed"
    return html.unescape(answer.body.decode().split('id="the-secret" dir="ltr">')[1].split("<")[0])


async def endpoint_id(web: Web) -> str:
    return str(await web.shop.value("SELECT id FROM endpoint"))


async def test_a_secret_is_shown_once_and_masked_ever_after(web: Web) -> None:
    admin = await signed_in(web)

    secret = await add(admin)
    page = (await admin.get("/settings/webhooks")).body.decode()
    settings = (await admin.get("/settings")).body.decode()

    assert secret.startswith("whsec_")
    assert secret not in page + settings
    assert f"whsec_…{secret[-4:]}" in page
    assert "secret-path" not in settings


@pytest.mark.parametrize(
    ("url", "topic", "sentence"),
    [
        ("http://example.org/", "lead.qualified", "the URL begins with https:// and names a host"),
        ("https://127.0.0.1/", "lead.qualified", "the URL names an address that is not public"),
        ("https://10.0.0.1/", "lead.qualified", "the URL names an address that is not public"),
        (URL, "nonsense", "Choose at least one thing that it is told of."),
    ],
)
async def test_what_does_not_fit_is_said_in_one_line(web: Web, url: str, topic: str, sentence: str) -> None:
    admin = await signed_in(web)

    answer = await admin.post("/endpoints", {"url": url, f"topic {topic}": "on"}, hx_request="true")

    assert answer.status == 422
    assert sentence in text_of(answer)
    assert await web.shop.value("SELECT count(*) FROM endpoint") == 0


async def test_without_a_secret_key_no_endpoint_is_added(web: Web) -> None:
    web.parts.directory._secret_key = None
    admin = await signed_in(web)

    answer = await admin.post("/endpoints", {"url": URL, "topic lead.qualified": "on"}, hx_request="true")

    assert answer.status == 409
    assert "SUREREPLY_SECRET_KEY" in text_of(answer)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
async def test_only_an_admin_sees_endpoints_and_changes_them(web: Web, role: Role) -> None:
    await add(await signed_in(web))
    known = await endpoint_id(web)
    line = await web.shop.value("SELECT id FROM line")
    other = await signed_in(web, role, "Omar")

    answers = [
        await other.get("/settings/webhooks"),
        await other.get(f"/endpoints/{known}"),
        await other.post("/endpoints", {"url": URL, "topic lead.qualified": "on"}),
        await put(other, f"/endpoints/{known}", url=URL),
        await other.post_as("DELETE", f"/endpoints/{known}"),
        await other.post_as("PUT", f"/endpoints/{known}/pause"),
        await other.post_as("DELETE", f"/endpoints/{known}/pause"),
        await other.post(f"/endpoints/{known}/secrets"),
        await other.post(f"/endpoints/{known}/tests"),
        await other.post(f"/endpoints/{known}/announcements/{NOBODY}/deliveries"),
        await other.get(f"/lines/{line}/retention"),
        await put(other, f"/lines/{line}/retention", days="30"),
    ]

    assert [answer.status for answer in answers] == [403] * len(answers)
    assert b"/settings/webhooks" not in (await other.get("/settings")).body


async def test_an_endpoint_is_changed_paused_told_again_and_removed_on_record(web: Web) -> None:
    admin = await signed_in(web)
    await add(admin)
    known = await endpoint_id(web)

    wrong = await put(admin, f"/endpoints/{known}", url="nonsense", **{"topic lead.qualified": "on"})
    changed = await put(admin, f"/endpoints/{known}", url="https://other.example.org/", **{"topic reply.failed": "on"})
    row = (await web.shop.fetch("SELECT url, topics FROM endpoint"))[0]
    await admin.post_as("PUT", f"/endpoints/{known}/pause")
    paused = await web.shop.value("SELECT paused_at IS NOT NULL FROM endpoint")
    test_while_paused = await admin.post(f"/endpoints/{known}/tests", hx_request="true")
    await admin.post_as("DELETE", f"/endpoints/{known}/pause")
    rotated = await admin.post(f"/endpoints/{known}/secrets", hx_request="true")
    await admin.post_as("DELETE", f"/endpoints/{known}")
    acts = await web.shop.fetch("SELECT name FROM act WHERE detail ? 'endpoint_id' ")

    assert (wrong.status, changed.status, rotated.status, test_while_paused.status) == (422, 200, 200, 409)
    assert (row["url"], row["topics"]) == ("https://other.example.org/", ["reply.failed"])
    assert paused
    assert {act["name"] for act in acts} == {
        "add_endpoint", "change_endpoint", "pause_endpoint", "resume_endpoint", "rotate_endpoint", "remove_endpoint",
    }  # fmt: skip
    assert "Layla Removed an endpoint · other.example.org" in text_of(await admin.get("/settings"))


async def test_a_test_is_sent_and_its_answer_is_shown_escaped(web: Web, listener: Listener, outward: Outward) -> None:
    made = await tell(web.shop, listener)
    admin = await signed_in(web)
    listener.status, listener.text = 418, "<script>alert(1)</script>"

    sent = await admin.post(f"/endpoints/{made.endpoint_id}/tests", hx_request="true")
    await tell_all(announcer_of(web.shop, outward))
    page = await admin.get("/settings/webhooks", hx_request="true")

    assert sent.status == 200
    assert listener.heard[0].is_signed_with(made.secret)
    assert (listener.heard[0].topic, listener.heard[0].said["data"]) == ("test", {"sent_by": "Layla"})
    assert "A test" in text_of(page)
    assert "answered 418" in text_of(page)
    assert b"<script>alert" not in page.body


async def test_what_arrived_is_delivered_again_with_a_click(web: Web, listener: Listener, outward: Outward) -> None:
    made = await tell(web.shop, listener, Topic.MESSAGE_RECEIVED)
    await talked(web, "hello")
    await tell_all(announcer_of(web.shop, outward))
    admin = await signed_in(web)
    page = (await admin.get("/settings/webhooks")).body.decode()
    path = page.split('/deliveries"')[0].rsplit('hx-post="', 1)[1] + "/deliveries"

    answers = [(await admin.post(path, hx_request="true")).status for _ in range(2)]
    await tell_all(announcer_of(web.shop, outward))

    assert path.startswith(f"/endpoints/{made.endpoint_id}/announcements/")
    assert answers == [200, 409]
    assert len({one.id for one in listener.heard}) == 1
    assert len(listener.heard) == 2


async def test_an_endpoint_that_was_switched_off_is_a_problem_and_rings(web: Web, listener: Listener) -> None:
    made = await tell(web.shop, listener)
    await web.shop.execute("UPDATE endpoint SET disabled_at = $1, disabled_reason = 'answered 503'", web.shop.clock())
    admin = await signed_in(web)

    problems = text_of(await admin.get("/problems"))
    health = (await web.get("/health/ai")).json
    async with web.stream(
        "/stream", [(b"cookie", f"surereply_sign_in={admin.cookies['surereply_sign_in']}".encode())]
    ) as events:
        told = [await events.get() for _ in range(2)]

    assert "An endpoint is switched off" in problems
    assert ("endpoint_disabled", "amber") in [(reason["code"], reason["verdict"]) for reason in health["reasons"]]
    assert str(made.endpoint_id) in told[1]


async def test_nothing_arriving_for_an_hour_is_a_problem(web: Web, listener: Listener) -> None:
    await tell(web.shop, listener)
    await web.shop.execute("UPDATE endpoint SET failing_since = $1", web.shop.clock())
    before = (await web.get("/health/ai")).json["reasons"]
    web.shop.clock.advance(minutes=61)
    after = (await web.get("/health/ai")).json["reasons"]

    assert "endpoint_failing" not in [reason["code"] for reason in before]
    assert "endpoint_failing" in [reason["code"] for reason in after]


async def test_the_api_does_what_the_page_does(web: Web, listener: Listener, outward: Outward) -> None:
    web.app = create_app(allowing_private(web))
    made = await web.post("/endpoints", {"url": listener.url, "topics": ["message.received"]})
    known = made.json["endpoint_id"]
    await talked(web, "hello")
    tested = await web.post(f"/endpoints/{known}/tests")
    await tell_all(announcer_of(web.shop, outward))
    listed = (await web.get("/endpoints")).json
    told = (await web.get(f"/endpoints/{known}/announcements")).json["items"]
    again = [(await web.post(f"/endpoints/{known}/announcements/{told[0]['id']}/deliveries")).status for _ in range(2)]
    changed = await web.put(f"/endpoints/{known}", {"url": listener.url, "topics": ["lead.qualified"]})
    rotated = await web.post(f"/endpoints/{known}/secrets")
    paused = (await web.put(f"/endpoints/{known}/pause")).json["paused_at"]
    resumed = (await web.delete(f"/endpoints/{known}/pause")).json["paused_at"]
    removed = await web.delete(f"/endpoints/{known}")

    assert (made.status, tested.status, changed.status, rotated.status, removed.status) == (201, 202, 200, 201, 204)
    assert all(one.is_signed_with(made.json["secret"]) for one in listener.heard)
    assert sorted(listener.topics) == ["message.received", "test"]
    assert made.json["secret"] not in str(listed) + str(told)
    assert {row["status"] for row in told} == {"arrived"}
    assert again == [202, 409]
    assert changed.json["topics"] == ["lead.qualified"]
    assert rotated.json["secret"] != made.json["secret"]
    assert (paused is not None, resumed) == (True, None)
    assert (await web.get("/endpoints")).json == []


def allowing_private(web: Web) -> WebParts:
    web.parts = replace(web.parts, private_endpoints=True)
    return web.parts


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"url": "https://192.168.1.1/"}, 422, "wrong_url"),
        ({"url": "nonsense"}, 422, "wrong_url"),
        ({"url": URL, "topics": []}, 422, "invalid"),
        ({"url": URL, "topics": ["all"]}, 422, "invalid"),
    ],
)
async def test_the_api_refuses_what_does_not_fit(web: Web, body: Any, status: int, code: str) -> None:
    answer = await web.post("/endpoints", body)

    assert (answer.status, answer.json["code"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", ""), ("DELETE", ""), ("POST", "/secrets"), ("PUT", "/pause"), ("DELETE", "/pause"), ("POST", "/tests"),
        ("GET", "/announcements"), ("POST", f"/announcements/{NOBODY}/deliveries"),
    ],
)  # fmt: skip
async def test_of_an_endpoint_that_is_not_there_nothing_is_done(web: Web, method: str, path: str) -> None:
    body = {"url": URL} if (method, path) == ("PUT", "") else None

    assert (await web.call(method, f"/endpoints/{NOBODY}{path}", body)).status == 404


async def test_days_are_counted_before_they_are_saved(web: Web) -> None:
    await talked(web, "hello")
    await web.shop.execute("DELETE FROM conversation_ticket")
    web.shop.clock.advance(days=40)
    admin = await signed_in(web)
    line = await web.shop.value("SELECT id FROM line")
    path = f"/lines/{line}/retention"
    days = "SELECT settings ->> 'retention_days' FROM line"

    asked = await admin.get(path, hx_request="true")
    wrong = [await put(admin, path, days=given) for given in ("7", "abc", "99999", "-8", "9.5")]
    counted = await put(admin, path, days="30")
    before = await web.shop.value(days)
    other_days = await put(admin, path, days="31", counted="30")
    still = await web.shop.value(days)
    saved = await put(admin, path, days="30", counted="30")

    assert asked.status == 200
    assert [answer.status for answer in wrong] == [422] * 5
    assert "Words are kept for 8 to 3650 days, or for good." in text_of(wrong[0])
    assert "remove the words of 1 messages and 1 replies, in 1 conversations" in text_of(counted)
    assert b'name="counted" value="31"' in other_days.body
    assert (before, still, await web.shop.value(days)) == (None, None, "30")
    assert saved.headers["hx-redirect"] == "/settings"
    page = text_of(await admin.get("/settings"))
    assert "How long words are kept 30 days" in page
    assert "Layla Set how long words are kept" in page
    await put(admin, path, days="")
    assert await web.shop.value(days) is None


async def test_the_api_counts_and_sets_days(web: Web) -> None:
    await talked(web, "hello")
    await web.shop.execute("DELETE FROM conversation_ticket")
    web.shop.clock.advance(days=40)
    line = await web.shop.value("SELECT id FROM line")

    counted = await web.get(f"/lines/{line}/retention/dry-run", days=30)
    kept = await web.put(f"/lines/{line}/retention", {"days": 30})
    wrong = await web.put(f"/lines/{line}/retention", {"days": 7})
    wrong_count = await web.get(f"/lines/{line}/retention/dry-run", days=7)
    nobody = await web.put(f"/lines/{NOBODY}/retention", {"days": 30})

    assert counted.json == {"conversations": 1, "messages": 1, "replies": 1, "capped": False}
    assert kept.json["settings"]["retention_days"] == 30
    assert (wrong.status, wrong.json["code"], wrong_count.status, nobody.status) == (422, "wrong_days", 422, 404)
    assert (await web.put(f"/lines/{line}/retention", {"days": None})).json["settings"]["retention_days"] is None
