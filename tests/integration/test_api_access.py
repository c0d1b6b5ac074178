"""OPS-4: who is not allowed gets 401, who asks oddly gets 4xx; never 500, and never any data."""

from typing import Any

import pytest

from support.app import Web, open_web, parts_of, talked
from support.commands import ADMIN_TOKEN
from surereply.web.app import create_app
from surereply.web.auth import BODY_LIMIT, FAILED_ATTEMPTS

TOKEN = f"Bearer {ADMIN_TOKEN}".encode()
NOBODY = "00000000-0000-7000-8000-000000000000"
EVERYTHING = (
    ("GET", "/health/ai"),
    ("GET", "/conversations"),
    ("GET", f"/conversations/{NOBODY}"),
    ("POST", f"/conversations/{NOBODY}/simulate-retry"),
    ("POST", f"/conversations/{NOBODY}/replies"),
    ("PUT", f"/conversations/{NOBODY}/handover"),
    ("DELETE", f"/conversations/{NOBODY}/handover"),
    ("DELETE", f"/conversations/{NOBODY}/lease"),
    ("GET", "/leads"),
    ("PATCH", f"/leads/{NOBODY}"),
    ("GET", "/replies"),
    ("POST", f"/replies/{NOBODY}/resends"),
    ("GET", "/handovers"),
    ("GET", "/quarantine"),
    ("GET", "/collisions"),
    ("GET", "/lines"),
    ("GET", "/flows"),
    ("GET", "/stream"),
    ("GET", "/no-such-thing"),
)
WRONG_HEADERS = (
    [],
    [(b"authorization", b"")],
    [(b"authorization", b"Bearer")],
    [(b"authorization", b"Bearer ")],
    [(b"authorization", b"Bearer wrong")],
    [(b"authorization", TOKEN[:-1])],
    [(b"authorization", TOKEN + b"0")],
    [(b"authorization", ADMIN_TOKEN.encode())],
    [(b"authorization", b"Basic " + ADMIN_TOKEN.encode())],
    [(b"authorization", b"Bearer \xff\xfe\x00 \xd8\xa7")],
    [(b"authorization", "Bearer مفتاح".encode())],
    [(b"authorization", b"Bearer " + b"x" * 100_000)],
    [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
)


async def test_without_the_token_nothing_is_answered_but_401(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I am called Amina")
        for method, path in EVERYTHING:
            web.app = create_app(web.parts)  # attempts are counted anew
            for headers in WRONG_HEADERS:
                answer = await web.raw(method, f"/api/admin{path}", b"{broken", headers)

                assert answer.status == 401, (method, path, headers)
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["content-type"] == "application/problem+json"
                assert b"Amina" not in answer.body


async def test_where_no_token_is_set_nobody_is_let_in(database_url: str) -> None:
    async with open_web(database_url) as web:
        for token in (None, ""):
            web.app = create_app(parts_of(web.shop, web.parts.db, token))
            for headers in ([], [(b"authorization", b"Bearer ")], [(b"authorization", b"Bearer None")]):
                answer = await web.raw("GET", "/api/admin/conversations", b"", headers)

                assert answer.status == 401
                assert "SUREREPLY_ADMIN_TOKEN" in answer.json["detail"]


async def test_wrong_tokens_are_told_to_wait_and_the_right_one_is_not(database_url: str) -> None:
    async with open_web(database_url) as web:
        wrong = [(b"authorization", b"Bearer wrong")]
        for _ in range(FAILED_ATTEMPTS):
            assert (await web.raw("GET", "/api/admin/leads", b"", wrong)).status == 401

        refused = await web.raw("GET", "/api/admin/leads", b"", wrong)
        let_in = await web.get("/leads")

        assert (refused.status, refused.headers["retry-after"]) == (429, "60")
        assert let_in.status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/conversations/not-an-id", None, 422),
        ("GET", f"/conversations/{NOBODY}", None, 404),
        ("GET", "/conversations?limit=0", None, 422),
        ("GET", "/conversations?limit=201", None, 422),
        ("GET", "/conversations?limit=99999999999999999999", None, 422),
        ("GET", "/conversations?cursor=x%00", None, 422),
        ("GET", "/leads?stage=lukewarm", None, 422),
        ("GET", "/replies?status=sent", None, 422),
        ("PATCH", f"/leads/{NOBODY}", {"fields": {}}, 404),
        ("PATCH", f"/leads/{NOBODY}", {"stage": "qualified"}, 422),
        ("PATCH", f"/leads/{NOBODY}", [], 422),
        ("POST", f"/conversations/{NOBODY}/replies", {"text": "hi"}, 422),
        ("POST", f"/replies/{NOBODY}/resends", None, 404),
        ("POST", f"/replies/{NOBODY}/explosions", None, 422),
        ("PUT", f"/quarantine/{NOBODY}/resolution", None, 404),
        ("PUT", f"/lines/{NOBODY}/pause", None, 404),
        ("PUT", "/flows/no-such-flow/active", {"version": 1}, 404),
        ("PUT", "/flows/business-services/active", {"version": 10**30}, 422),
        ("PUT", "/flows/Bad%20Name/active", {"version": 1}, 422),
        ("GET", "/flows/business-services/versions/99", None, 404),
        ("GET", "/no-such-thing", None, 404),
        ("DELETE", "/conversations", None, 405),
    ],
)
async def test_odd_questions_get_a_problem_that_says_what_is_wrong(
    database_url: str, method: str, path: str, body: Any, status: int
) -> None:
    async with open_web(database_url) as web:
        answer = await web.call(method, path, body)

        assert answer.status == status, answer.body
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]


async def test_bodies_that_are_too_large_or_no_json_are_refused(database_url: str) -> None:
    async with open_web(database_url) as web:
        path = f"/api/admin/leads/{NOBODY}"
        token, json = (b"authorization", TOKEN), (b"content-type", b"application/json")

        large = await web.raw("PATCH", path, b" " * (BODY_LIMIT + 1), [token, json])
        declared = await web.raw("PATCH", path, b"{}", [token, json, (b"content-length", b"9" * 30)])
        form = await web.raw("PATCH", path, b"a=b", [token, (b"content-type", b"text/plain")])
        broken = await web.raw("PATCH", path, b"{", [token, json])
        surrogate = await web.raw("PATCH", path, b'{"fields": {"full_name": "\\ud800"}}', [token, json])
        deep = await web.raw("PATCH", path, b"[" * 100_000, [token, json])

        statuses = [answer.status for answer in (large, declared, form, broken, surrogate, deep)]
        assert statuses == [413, 413, 415, 422, 404, 400]


async def test_answers_are_kept_by_nobody_on_the_way(database_url: str) -> None:
    async with open_web(database_url) as web:
        for path in ("/conversations", "/no-such-thing"):
            assert (await web.get(path)).headers["cache-control"] == "no-store"


async def test_a_fault_of_ours_is_a_problem_without_what_it_holds(database_url: str, monkeypatch: Any) -> None:
    async def breaks(*_: Any) -> Any:
        raise RuntimeError("Amina, 971501234567")

    async with open_web(database_url) as web:
        monkeypatch.setattr("surereply.store.listings.leads", breaks)

        answer = await web.get("/leads")

        assert (answer.status, answer.json["code"]) == (500, "internal_error")
        assert b"Amina" not in answer.body
        assert b"Traceback" not in answer.body


async def test_the_description_of_the_api_needs_no_token_and_nothing_from_elsewhere(database_url: str) -> None:
    async with open_web(database_url) as web:
        document = await web.raw("GET", "/api/admin/openapi.json")
        page = await web.raw("GET", "/api/admin/docs")

        assert document.status == page.status == 200
        assert "/conversations/{conversation_id}/simulate-retry" in document.json["paths"]
        assert b"://" not in page.body
        assert b"/health/ai" in page.body


async def test_an_operator_s_name_is_kept_as_far_as_it_can_be_shown(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        odd = "\x07  Layla\u202e ".encode() + b"\xff" + b"x" * 500

        await put_handover(web, conversation_id, odd)

        name = await web.shop.value("SELECT operator FROM act WHERE name = 'take_over'")
        assert name.startswith("Layla")
        assert len(name) == 80
        assert name.isprintable()


async def put_handover(web: Web, conversation_id: str, operator: bytes) -> None:
    headers = [(b"authorization", TOKEN), (b"x-surereply-operator", operator)]
    answer = await web.raw("PUT", f"/api/admin/conversations/{conversation_id}/handover", b"", headers)
    assert answer.status == 200, answer.body
