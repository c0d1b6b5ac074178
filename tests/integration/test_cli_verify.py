"""`verify` against a real app on a real database: it ends in READY, and fails on each fault that is planted."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from support.app import Web, at_a_port, open_web, talked
from support.commands import ADMIN_TOKEN, SECRET_KEY, surereply_beside
from support.postgres import open_folder
from support.shop import open_shop
from surereply import doctor, verify
from surereply.config import Settings
from surereply.lab.lines import LabLine
from surereply.store import checklist, lines
from surereply.store.embedded import start_embedded
from surereply.store.embedded_home import running_dsn
from surereply.store.migrate import migrate
from surereply.store.secrets import Credentials, seal
from surereply.verify import Deployment
from surereply.whatsapp.account import Check
from surereply.whatsapp.http import open_http

Plant = Callable[[Web], Awaitable[None]]


def sql(*statements: str) -> Plant:
    async def plant(web: Web) -> None:
        for statement in statements:
            await web.shop.execute(statement)

    return plant


@asynccontextmanager
async def deployment_of(web: Web, app: Any = None) -> AsyncIterator[Deployment]:
    """The web side on a port of its own."""
    credentials = {line.name: web.shop.process.directory.credentials(line.id) for line in web.parts.directory.lines()}
    async with at_a_port(app or web.app) as url, open_http() as http:
        known = {name: one for name, one in credentials.items() if one is not None}
        yield Deployment(http, url, ADMIN_TOKEN, known)


async def in_database(web: Web) -> dict[str, Check]:
    async with web.shop.process.db.connection() as tx:
        checks = [await check(tx, web.shop.clock()) for check in verify.IN_DATABASE]
    return {check.name: check for check in checks}


async def test_everything_holds_after_a_conversation(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a family visa", "I am employed")
        async with deployment_of(web) as deployment:
            over_http = [await check(deployment) for check in verify.OVER_HTTP]

        found = [*over_http, *(await in_database(web)).values()]
        assert [check for check in found if not check.ok] == []


FAULTS: list[tuple[str, Plant]] = [
    ("guards", sql("DROP INDEX reply_key_cause")),
    ("guards", sql("DROP INDEX reply_key_cause", "CREATE INDEX reply_key_cause ON reply_key (bucket, cause)")),
    ("guards", sql("ALTER TABLE inbound_key DROP CONSTRAINT inbound_key_pkey")),
    ("sent once", sql("DELETE FROM reply_key")),
    ("sent once", sql("UPDATE reply_key SET outbound_dedupe_key = 'x' || outbound_dedupe_key")),
    (
        "sent once",
        sql(
            "INSERT INTO send_attempt (bucket, reply_id, attempt, started_at, ended_at, verdict)"
            " SELECT bucket, reply_id, attempt + 1, started_at, ended_at, verdict FROM send_attempt"
        ),
    ),
    (
        "kept once",
        sql(
            "CREATE TEMPORARY TABLE again AS SELECT * FROM message LIMIT 1",
            "UPDATE again SET id = overlay(id::text placing CASE right(id::text, 1) WHEN '0' THEN '1' ELSE '0' END"
            " from 36)::uuid",
            "INSERT INTO message SELECT * FROM again WHERE id NOT IN (SELECT id FROM message)",
        ),
    ),
    ("nothing lost", sql("DELETE FROM turn")),
    ("nothing lost", sql("UPDATE reply SET status = 'PENDING'")),
    ("auto-fill", sql("UPDATE lead SET service_type_enum = NULL")),
    ("auto-fill", sql("UPDATE lead SET fields = jsonb_set(fields, '{service,value}', '\"\"')")),
    ("auto-fill", sql('UPDATE lead SET fields = fields || \'{"name": {"value": null}}\'')),
    ("auto-fill", sql("UPDATE conversation SET known_fields = '{}'")),
]


@pytest.mark.parametrize(("name", "plant"), FAULTS, ids=[f"{name} {index}" for index, (name, _) in enumerate(FAULTS)])
async def test_a_fault_in_the_data_fails_its_check(database_url: str, name: str, plant: Plant) -> None:
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a family visa", "I am employed")
        web.shop.clock.advance(seconds=3600)
        before = await in_database(web)

        await plant(web)

        after = await in_database(web)
        assert before[name].ok
        assert not after[name].ok


async def test_a_conversation_beyond_its_question_limit_fails(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a family visa")
        await web.shop.execute("UPDATE conversation SET questions_asked_count = 6")
        async with web.shop.process.db.connection() as tx:
            asked = await checklist.most_questions(tx)
        versions = {
            (one.flow_name, one.flow_version): await web.parts.directory.flow(one.flow_name, one.flow_version)
            for one in asked
        }

        assert not verify.check_question_limit(asked, versions).ok
        assert verify.check_question_limit([replace(asked[0], most=5)], versions).ok


async def test_a_deployment_that_is_not_there_fails(database_url: str) -> None:
    async with open_http() as http:
        check = await verify.check_process(Deployment(http, "http://127.0.0.1:9", ADMIN_TOKEN, {}))

    assert not check.ok
    assert "start `serve`" in check.line


async def test_a_deployment_without_its_schema_is_not_ready(database_url: str) -> None:
    """OPS-2"""
    async with open_web(database_url) as web, deployment_of(web) as deployment:
        await web.shop.execute("DELETE FROM alembic_version")

        assert not (await verify.check_process(deployment)).ok


async def test_another_admin_token_fails(database_url: str) -> None:
    async with open_web(database_url) as web, deployment_of(web) as deployment:
        other = replace(deployment, admin_token="another-token-0123456789")

        assert not (await verify.check_access(other)).ok


async def test_an_admin_api_that_answers_strangers_fails(database_url: str) -> None:
    """OPS-4"""
    async with open_web(database_url) as web:

        async def open_to_all(scope: Any, receive: Any, send: Any) -> None:
            kept = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
            scope = {**scope, "headers": [*kept, (b"authorization", f"Bearer {ADMIN_TOKEN}".encode())]}
            await web.app(scope, receive, send)

        async with deployment_of(web, open_to_all) as deployment:
            assert not (await verify.check_access(deployment)).ok


async def test_a_red_verdict_fails_with_its_reasons(database_url: str) -> None:
    """OPS-1"""
    async with open_web(database_url) as web:
        phone = web.shop.phone()
        phone.says("Hello")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=300)
        async with deployment_of(web) as deployment:
            check = await verify.check_health(deployment)

        assert not check.ok
        assert "no responder takes them" in check.line


async def test_an_app_secret_that_is_not_the_lines_fails(database_url: str) -> None:
    async with open_web(database_url) as web, deployment_of(web) as deployment:
        other = {name: Credentials("token", "another secret", "another") for name in deployment.credentials}
        stranger = replace(deployment, credentials=other)

        assert not (await verify.check_signature(stranger)).ok
        assert not (await verify.check_handshake(stranger)).ok


async def test_a_webhook_that_takes_forged_deliveries_fails(database_url: str) -> None:
    async with open_web(database_url) as web:

        async def takes_all(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        async with deployment_of(web, takes_all) as deployment:
            assert not (await verify.check_signature(deployment)).ok
            assert not (await verify.check_handshake(deployment)).ok
            assert not (await verify.check_metrics(deployment)).ok


async def test_duplicates_that_get_through_fail(database_url: str) -> None:
    """With the keys gone, what is repeated is kept and would be sent again."""
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a family visa")
        await web.shop.execute("ALTER TABLE inbound_key DROP CONSTRAINT inbound_key_pkey")
        async with deployment_of(web) as deployment:
            assert not (await verify.check_retries(deployment)).ok


async def test_without_any_conversation_duplicates_were_not_shown_to_be_blocked(database_url: str) -> None:
    async with open_web(database_url) as web, deployment_of(web) as deployment:
        check = await verify.check_retries(deployment)

        assert not check.ok
        assert "write to the number" in check.line


async def test_simulating_sends_nothing_and_owes_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "Hello, I need a family visa")
        sent = len(web.shop.world.graph.ledger.entries)
        async with deployment_of(web) as deployment:
            for check in verify.OVER_HTTP:
                await check(deployment)
        await web.shop.settle()

        assert len(web.shop.world.graph.ledger.entries) == sent


@pytest.fixture
def home() -> Iterator[Path]:
    """A home whose server keeps what it acknowledges, as a deployment's does; this process owns it."""
    folder = open_folder()
    server = start_embedded(folder / "home")
    try:
        yield folder / "home"
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def test_the_command_ends_in_ready_and_after_a_fault_in_what_is_missing(home: Path) -> None:
    """The whole of it, against a process, its database and the lab's WhatsApp."""
    url = running_dsn(home)
    assert url is not None
    await migrate(url)
    async with open_web(url) as web:
        await talked(web, "Hello, I need a family visa", "I am employed")
        lab, secrets = web.shop.world.lines[0], web.shop.world.secrets
        async with web.shop.process.db.transaction() as tx:
            line = (await lines.all_lines(tx))[0].line
            sealed = seal(Credentials(lab.access_token, secrets.app_secret, secrets.verify_token), SECRET_KEY)
            await lines.put_line(tx, line, sealed, web.shop.clock())
        async with deployment_of(web) as deployment:
            settings = {
                "HOME": str(home),
                "ADMIN_TOKEN": ADMIN_TOKEN,
                "SECRET_KEY": SECRET_KEY,
                "WHATSAPP_API_URL": f"{web.shop.world.api_url}/v23.0",
            }
            well = await surereply_beside("verify", "--url", deployment.url, settings=settings)
            examined = await surereply_beside("doctor", settings=settings)
            await web.shop.execute("UPDATE line_pace SET stopped_at = now(), stopped_reason = 'the token is dead'")
            stopped = await surereply_beside("verify", "--url", deployment.url, settings=settings)
            ill = await surereply_beside("doctor", "--offline", settings=settings)

        assert (well.out.splitlines()[-1], well.code) == ("READY", 0)
        assert (examined.out.splitlines()[-1], examined.code) == ("healthy", 0)
        assert stopped.code == ill.code == 1
        assert "the token is dead" in stopped.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("lab_line", "token", "failing"),
    [
        (LabLine(), "lab-access-token", None),
        (LabLine(), "a dead token", "token"),
        (LabLine(subscribed=False), "lab-access-token", "subscription"),
    ],
    ids=["well", "dead token", "not subscribed"],
)
async def test_whatsapp_is_asked_whether_token_number_and_subscription_work(
    database_url: str, lab_line: LabLine, token: str, failing: str | None
) -> None:
    async with open_shop(database_url, lab_lines=(lab_line,)) as shop, open_http() as http:
        async with shop.process.db.connection() as tx:
            standings = await checklist.line_standings(tx)
        sealed = seal(Credentials(token, "app secret", "verify token"), SECRET_KEY)
        settings = Settings(
            secret_key=SecretStr(SECRET_KEY), whatsapp_api_url=f"{shop.world.api_url}/v23.0", _env_file=None
        )

        checks = await doctor.ask_whatsapp(http, settings, [replace(one, sealed=sealed) for one in standings])

    assert [check.name.split(": ")[1] for check in checks if not check.ok] == ([failing] if failing else [])
    assert all(token not in check.line for check in checks)
