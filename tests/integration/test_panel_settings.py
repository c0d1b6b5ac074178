"""Settings: operators and their links, one's own password, secrets that nobody sees again, and who did what."""

import html

from support.app import Web, open_web, talked
from support.commands import SECRET_KEY
from support.panel import Browser, signed_in, text_of
from surereply.domain.operators import Role
from surereply.store.secrets import unseal


async def put(browser: Browser, path: str, **form: str) -> object:
    body = "&".join(f"{name}={value}" for name, value in form.items()).encode()
    return await browser._ask("PUT", path, body, {"x_csrf_token": browser.csrf, "hx_request": "true"})


async def test_an_admin_adds_an_operator_whose_link_is_shown_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        admin = await signed_in(web)

        shown = await admin.post("/operators", {"name": "Omar", "role": "member"}, hx_request="true")
        taken = await admin.post("/operators", {"name": "Omar", "role": "member"}, hx_request="true")
        link = html.unescape(shown.body.decode().split('id="the-link">')[1].split("<")[0])
        omar = Browser(web)
        entered = await omar.post("/sign-in", {"link": link.split("#")[1]})

        assert link.startswith("http://test/sign-in#")
        assert (taken.status, entered.status) == (409, 303)
        assert "Omar" in text_of(await omar.get("/settings"))
        assert link.split("#")[1] not in (await admin.get("/settings")).body.decode()


async def test_a_role_is_changed_and_the_last_admin_stays(database_url: str) -> None:
    async with open_web(database_url) as web:
        admin, omar = await signed_in(web), await signed_in(web, Role.VIEWER, "Omar")
        ids = {row["name"]: row["id"] for row in await web.shop.fetch("SELECT id, name FROM operator")}

        await put(admin, f"/operators/{ids['Omar']}/role", role="member")
        last = await put(admin, f"/operators/{ids['Layla']}/role", role="viewer")
        removed = await admin.post_as("DELETE", f"/operators/{ids['Omar']}")

        assert last.status == 409
        assert removed.headers["hx-redirect"] == "/settings"
        assert (await omar.get("/")).status == 401
        assert await web.shop.value("SELECT role FROM operator WHERE name = 'Omar'") == "member"


async def test_one_s_password_is_set_twice_alike_and_long_enough(database_url: str) -> None:
    async with open_web(database_url) as web:
        browser = await signed_in(web, Role.VIEWER)

        other = await browser.post("/settings/password", {"password": "long enough 1", "again": "long enough 2"})
        short = await browser.post("/settings/password", {"password": "short", "again": "short"})
        done = await browser.post("/settings/password", {"password": "long enough 1", "again": "long enough 1"})
        entered = await Browser(web).post("/sign-in", {"name": "Layla", "password": "long enough 1"})

        assert (other.status, short.status, done.status, entered.status) == (422, 422, 200, 303)
        assert b"long enough" not in other.body + done.body


async def test_secrets_are_rotated_sealed_and_shown_to_nobody(database_url: str) -> None:
    async with open_web(database_url) as web:
        admin = await signed_in(web)
        directory = web.parts.directory
        directory._secret_key, directory._environment = SECRET_KEY, {}
        line = await web.shop.value("SELECT id FROM line")
        path = f"/lines/{line}/secrets"

        missing = await put(admin, path, access_token="fresh-token", app_secret="", verify_token="v")
        done = await put(
            admin, path, access_token="fresh-token", app_secret="fresh-secret", verify_token="fresh-verify"
        )
        page = await admin.get("/settings")

        assert (missing.status, done.status) == (422, 200)
        sealed = await web.shop.value("SELECT secrets FROM line")
        assert unseal(sealed, SECRET_KEY).access_token == "fresh-token"
        assert b"fresh-" not in page.body + missing.body
        assert await web.shop.value("SELECT operator FROM act WHERE name = 'rotate_line'") == "Layla"


async def test_every_act_is_shown_with_who_did_it(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        layla = await signed_in(web)
        await layla.post_as("PUT", f"/conversations/{conversation_id}/handover")

        text = text_of(await layla.get("/settings"))

        assert "Layla Took over" in text
        assert "Layla Signed in" in text
        assert "test Added an operator · Layla" in text


async def test_a_viewer_sees_settings_and_has_nothing_to_press_but_their_own(database_url: str) -> None:
    async with open_web(database_url) as web:
        page = await (await signed_in(web, Role.VIEWER)).get("/settings")

        assert page.status == 200
        for button in (b"/operators/", b"/secrets", b"/pause"):
            assert button not in page.body


async def line_states(web: Web) -> list[bool]:
    return [row["paused"] for row in await web.shop.fetch("SELECT paused_at IS NOT NULL AS paused FROM line_pace")]


async def test_a_line_is_paused_and_let_go_from_here(database_url: str) -> None:
    async with open_web(database_url) as web:
        admin = await signed_in(web)
        line = await web.shop.value("SELECT id FROM line")

        paused = await admin.post_as("PUT", f"/lines/{line}/pause?from=settings")
        states = await line_states(web)
        await admin.post_as("DELETE", f"/lines/{line}/pause?from=settings")

        assert paused.headers["hx-redirect"] == "/settings"
        assert (states, await line_states(web)) == ([True], [False])
