"""`GET /api/admin/health/ai` (E1): figures from the real tables, and a verdict that really turns red."""

from typing import Any
from uuid import UUID

import pytest

from support.app import Web, open_web, parts_of, talked
from support.commands import ADMIN_TOKEN
from support.talk import forget, talk
from surereply.domain.identity import new_id
from surereply.store import lines
from surereply.store.database import Database
from surereply.web.app import create_app

LOG_FIELDS = {
    "id", "conversation_id", "outbound_dedupe_key", "status", "reply_type", "question_key", "day_bucket",
    "provider_message_id", "error", "created_at", "sent_at", "failed_at",
}  # fmt: skip


async def health(web: Web) -> Any:
    answer = await web.get("/health/ai")
    assert answer.status == 200, answer.body
    return answer.json


def codes(report: Any) -> dict[str, str]:
    return {reason["code"]: reason["verdict"] for reason in report["reasons"]}


async def test_health_shows_logs_collisions_states_and_counts(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")

        report = await health(web)

        assert set(report) >= {
            "verdict", "reasons", "outbound_logs", "dedupe_collisions", "conversations", "status_counts", "oldest",
        }  # fmt: skip
        assert (report["verdict"], report["reasons"]) == ("green", [])
        assert set(report["outbound_logs"][0]) == LOG_FIELDS
        assert report["outbound_logs"][0]["status"] == "SENT"
        assert report["dedupe_collisions"] == {"count": 0, "latest": []}
        state = report["conversations"][0]
        assert state["id"] == conversation_id
        assert state["known_fields"] == {"service": "FREELANCE_VISA"}
        assert (state["questions_asked_count"], state["stage"]) == (1, "qualifying")
        assert report["status_counts"] == {"last_24h": {"SENT": 1}, "open": {}, "capped": False}
        assert report["oldest"] == {"unread_s": None, "pending_s": None, "unknown_s": None}


async def test_health_is_red_within_a_minute_when_nobody_takes_turns(database_url: str) -> None:
    """OPS-1: webhooks get 200 and nothing is processed."""
    async with open_web(database_url) as web:
        web.shop.phone().says("hello")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=20)
        early = await health(web)
        web.shop.clock.advance(seconds=39)

        report = await health(web)

        assert early["verdict"] == "green"
        assert codes(report) == {"unread_waiting": "red"}
        assert report["oldest"]["unread_s"] == pytest.approx(59, abs=1)


async def test_health_is_red_when_replies_that_may_leave_do_not(database_url: str) -> None:
    async with open_web(database_url) as web:
        await owed(web)
        web.shop.clock.advance(seconds=61)

        assert codes(await health(web)) == {"pending_waiting": "red"}


async def test_a_line_that_may_not_send_keeps_replies_without_turning_pending_red(database_url: str) -> None:
    async with open_web(database_url) as web:
        await owed(web)
        line = web.shop.process.directory.lines()[0]
        async with web.shop.process.db.transaction() as tx:
            await lines.pause(tx, line.bucket, line.id, web.shop.clock())
        web.shop.clock.advance(seconds=600)

        assert codes(await health(web)) == {"line_paused": "amber"}


async def test_a_stopped_line_turns_health_red_with_its_reason(database_url: str) -> None:
    """OUT-8: a token that expired."""
    async with open_web(database_url) as web:
        line = web.shop.process.directory.lines()[0]
        async with web.shop.process.db.transaction() as tx:
            await lines.stop(tx, line.bucket, line.id, "the access token expired", web.shop.clock())

        report = await health(web)

        assert codes(report) == {"line_stopped": "red"}
        assert "the access token expired" in report["reasons"][0]["sentence"]


@pytest.mark.parametrize(
    ("sql", "code", "verdict"),
    [
        ("UPDATE conversation_ticket SET attempts = 3, last_error = 'ValueError'", "turns_failing", "red"),
        ("UPDATE line_pace SET held_at = :now", "line_held", "amber"),
        ("UPDATE line_pace SET closed_until = 'infinity', closed_reason = 'breaker'", "line_closed", "amber"),
        ("UPDATE line_pace SET templates_stopped_at = :now", "templates_stopped", "red"),
        (
            "INSERT INTO collision (bucket, id, conversation_id, outbound_dedupe_key, reply_type, cause, alarm, at)"
            " SELECT bucket, :id, id, 'key', 'question', 'w', true, :now FROM conversation",
            "dedupe_alarm",
            "red",
        ),
        (
            "INSERT INTO act (bucket, id, conversation_id, reply_id, name, operator, at)"
            " SELECT bucket, :id, id, :id, 'second_copy', 'WhatsApp', :now FROM conversation",
            "second_copies",
            "red",
        ),
        (
            "INSERT INTO quarantine (bucket, id, delivery_id, reason, raw, digest, received_at)"
            " VALUES (0, :id, :id, 'no line', '', '', :now)",
            "quarantined",
            "amber",
        ),
        (
            "INSERT INTO handover (bucket, id, conversation_id, reason, told, opened_at)"
            " SELECT bucket, :id, id, 'asked', 'asks for a person', :now - INTERVAL '1 day' FROM conversation",
            "handovers_waiting",
            "amber",
        ),
        (
            "INSERT INTO merge_ticket (bucket, conversation_id, into_id, evidence, created_at)"
            " SELECT bucket, :id, id, 'w', :now - INTERVAL '1 day' FROM conversation WHERE id < :id",
            "merges_waiting",
            "red",
        ),
        (
            "INSERT INTO report_ticket (bucket, report_id, due_at) VALUES (:bucket, :id, :now - INTERVAL '1 day')",
            "reports_waiting",
            "red",
        ),
        (
            "INSERT INTO delivery (bucket, id, received_at, body_bytes, messages, fresh, reports, quarantined)"
            " VALUES (:bucket, '00000000-0000-7000-8000-000000000000', :now, 0, 0, 0, 0, 0)",
            "default_partition",
            "amber",
        ),
    ],
)
async def test_each_planted_fault_has_its_reason(database_url: str, sql: str, code: str, verdict: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")
        if "conversation_ticket" in sql:
            web.shop.phone().says("hello again")
            await web.shop.world.deliver()
        now = web.shop.clock()
        planted = {":id": f"'{new_id(now)}'::uuid", ":now": f"'{now}'::timestamptz", ":bucket": str(web.shop.bucket)}
        for name, value in planted.items():
            sql = sql.replace(name, value)

        await web.shop.execute(sql)

        assert codes(await health(web)).get(code) == verdict


async def test_replies_in_doubt_and_failed_ones_are_amber_and_then_red(database_url: str) -> None:
    async with open_web(database_url) as web:
        await owed(web)
        await web.shop.execute("UPDATE reply_ticket SET status = 'UNKNOWN', due_at = 'infinity'")

        early = await health(web)
        web.shop.clock.advance(seconds=7200)
        late = await health(web)
        await web.shop.execute("UPDATE reply_ticket SET status = 'FAILED'")
        failed = await health(web)

        assert codes(early) == {"unknown_replies": "amber"}
        assert codes(late) == {"unknown_old": "red"}
        assert late["oldest"]["unknown_s"] == pytest.approx(7200, abs=20)
        assert codes(failed) == {"failed_replies": "amber"}


async def test_a_send_that_nobody_settles_is_red(database_url: str) -> None:
    async with open_web(database_url) as web:
        await owed(web)
        await web.shop.execute("UPDATE reply_ticket SET status = 'SENDING', lease_until = $1", web.shop.clock())
        web.shop.clock.advance(seconds=61)

        assert codes(await health(web)) == {"sending_stuck": "red"}


async def test_a_consented_resend_that_arrives_twice_is_no_alarm(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "hello")
        for name in ("resend", "second_copy"):
            await web.shop.execute(
                "INSERT INTO act (bucket, id, conversation_id, reply_id, name, operator, at)"
                " SELECT bucket, $1, conversation_id, id, $2, 'a person', $3 FROM reply",
                new_id(web.shop.clock()),
                name,
                web.shop.clock(),
            )

        assert (await health(web))["verdict"] == "green"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE conversation SET known_fields = '[1, 2]'",
        "UPDATE conversation SET known_fields = '{\"name\": 3}'",
        "UPDATE reply SET created_at = 'infinity'",
        "UPDATE reply SET sent_at = '4713-01-01 BC'",
    ],
)
async def test_health_answers_when_one_row_is_odd(database_url: str, sql: str) -> None:
    """OPS-3."""
    async with open_web(database_url) as web:
        await talked(web, "hello", number="971500000001")
        await web.shop.execute(sql)
        web.shop.clock.advance(seconds=1)
        await talked(web, "hello", number="971500000002")

        report = await health(web)

        odd = [row for row in (*report["conversations"], *report["outbound_logs"]) if "odd" in row]
        good = [row for row in (*report["conversations"], *report["outbound_logs"]) if "odd" not in row]
        assert len(odd) == 1
        assert len(good) == 3
        assert codes(report) == {"odd_rows": "amber"}
        assert UUID(odd[0]["id"])


async def test_an_unreachable_database_is_a_red_problem(database_url: str) -> None:
    class Gone(Database):
        def connection(self) -> Any:
            raise ConnectionRefusedError

    async with open_web(database_url) as web:
        web.app = create_app(parts_of(web.shop, Gone(None)))  # type: ignore[arg-type]

        answer = await web.get("/health/ai")
        listed = await web.get("/conversations")
        ready = await web.raw("GET", "/readyz")
        metrics = await web.raw("GET", "/metrics")

        assert answer.status == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json["verdict"] == "red"
        assert answer.json["reasons"][0]["code"] == "database_unreachable"
        assert (listed.status, listed.json["code"]) == (503, "database_unreachable")
        assert ready.status == 503
        assert metrics.status == 200


async def test_a_reply_that_was_accepted_and_one_whose_key_existed_are_counted(database_url: str) -> None:
    async with open_web(database_url) as web:
        before = await _counts_of_replies(web)
        await talk(web.shop, web.shop.phone(), "Hello, I need a family visa")
        await forget(web.shop)
        await web.shop.settle()

        after = await _counts_of_replies(web)

        assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]


async def _counts_of_replies(web: Web) -> list[float]:
    told = (await web.raw("GET", "/metrics")).body.decode()
    names = ("surereply_reply_seconds_count", "surereply_dedupe_collisions_total")
    return [float(line.split()[1]) for name in names for line in told.splitlines() if line.startswith(f"{name} ")]


async def test_a_process_says_whether_it_lives_is_ready_and_what_it_counts(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.phone().says("hello")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=30)

        live, ready, metrics = [await web.raw("GET", path) for path in ("/livez", "/readyz", "/metrics")]
        await web.shop.execute("UPDATE alembic_version SET version_num = '0001_first'")
        behind = await web.raw("GET", "/readyz")

        assert (live.status, ready.status, metrics.status) == (200, 200, 200)
        assert b'surereply_oldest_seconds{what="unread"} 30.0' in metrics.body
        assert ADMIN_TOKEN.encode() not in metrics.body
        assert (behind.status, behind.json["code"]) == (503, "wrong_schema")
        assert "surereply" in behind.json["detail"]


async def owed(web: Web) -> None:
    """A reply stands PENDING."""
    web.shop.phone().says("I need a freelance visa")
    await web.shop.world.deliver()
    web.shop.clock.advance(seconds=2)
    await web.shop.process.respond()


async def test_a_deployment_without_a_line_says_so(database_url: str) -> None:
    async with open_web(database_url) as web:
        await web.shop.execute("DELETE FROM line")
        await web.shop.process.directory.refresh()

        report = await health(web)
        ready = await web.raw("GET", "/readyz")

        assert codes(report) == {"no_lines": "amber"}
        assert (report["outbound_logs"], report["conversations"]) == ([], [])
        assert (ready.status, ready.json["code"]) == (503, "no_lines")
