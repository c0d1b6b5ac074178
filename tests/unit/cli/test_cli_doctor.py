"""Each of doctor's checks fails on its own fault, and says what to do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from support.commands import FLOWS, SECRET_KEY
from support.faults import fault
from surereply import doctor
from surereply.config import Settings
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.store.checklist import LineStanding, ServerFacts
from surereply.store.migrate import SchemaState, Standing
from surereply.store.secrets import Credentials, seal
from surereply.whatsapp.account import Check

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER = "106540352242922"
GOOD = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "transaction_read_only": "off"}


def settings(**given: Any) -> Settings:
    return Settings(
        **{
            "admin_token": SecretStr("0123456789abcdef"),
            "secret_key": SecretStr(SECRET_KEY),
            "_env_file": None,
            **given,
        }
    )


def standing(**changed: Any) -> LineStanding:
    line = Line(bucket_of(NUMBER), new_id(NOW), NUMBER, "front desk", "clinic")
    sealed = seal(Credentials("token", "secret", "verify"), SECRET_KEY)
    return replace(LineStanding(line, sealed, 1, None, False, None, None, False, False), **changed)


def server(version: int = 180_000, **changed: str) -> ServerFacts:
    return ServerFacts(version, {**GOOD, **changed}, NOW)


def all_ok(checks: list[Check]) -> bool:
    return all(check.ok for check in checks)


def test_what_is_well_is_ok() -> None:
    assert all_ok(doctor.check_settings(settings()))
    assert all_ok(doctor.check_flow_file(settings(flow=FLOWS / "clinic.yaml")))
    assert all_ok(doctor.check_server(server()))
    assert all_ok(doctor.check_lines([standing()], settings(), NOW))
    assert doctor.check_partitions([]).ok
    assert doctor.check_clock(NOW, NOW, NOW).ok


@pytest.mark.parametrize(("missing", "named"), [("admin_token", "ADMIN_TOKEN"), ("secret_key", "SECRET_KEY")])
def test_a_setting_that_a_deployment_needs_is_missed(missing: str, named: str) -> None:
    checks = doctor.check_settings(settings(**{missing: None}))

    assert [named in check.line for check in checks if not check.ok] == [True]


def test_a_broken_flow_is_named_with_its_place(tmp_path: Path) -> None:
    flow = tmp_path / "flow.yaml"
    flow.write_text("surereply: 1\n")

    checks = doctor.check_flow_file(settings(flow=flow))

    assert not checks[0].ok
    assert str(flow) in checks[0].line


def test_a_flow_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert not all_ok(doctor.check_flow_file(settings(flow=tmp_path / "gone.yaml")))


@pytest.mark.parametrize("version", [140_012, 190_000])
def test_an_unsupported_server_is_told(version: int) -> None:
    assert not all_ok(doctor.check_server(server(version)))


@pytest.mark.parametrize(
    "fault",
    [
        {"fsync": "off"},
        {"full_page_writes": "off"},
        {"synchronous_commit": "off"},
        {"transaction_read_only": "on"},
    ],
)
def test_a_server_that_may_lose_what_it_acknowledged_is_told(fault: Mapping[str, str]) -> None:
    assert not all_ok(doctor.check_server(server(**fault)))


@pytest.mark.parametrize("state", [one for one in Standing if one is not Standing.CURRENT])
def test_a_schema_that_is_not_ours_is_told(state: Standing) -> None:
    check = doctor.check_schema(SchemaState(state, "0001_first", "0002_second"))

    assert not check.ok
    assert "surereply" in check.line


def test_missing_partitions_are_told() -> None:
    check = doctor.check_partitions(["message_2026_11", "reply_2026_11"])

    assert not check.ok
    assert "message_2026_11" in check.line


@fault(49)
@pytest.mark.parametrize("seconds", [-60, 60])
def test_clocks_that_differ_are_told(seconds: int) -> None:
    assert not doctor.check_clock(NOW + timedelta(seconds=seconds), NOW, NOW).ok


def test_a_slow_answer_is_no_wrong_clock() -> None:
    assert doctor.check_clock(NOW + timedelta(seconds=7), NOW, NOW + timedelta(seconds=8)).ok


def test_no_line_at_all_is_told() -> None:
    assert not all_ok(doctor.check_lines([], settings(), NOW))


@pytest.mark.parametrize(
    "fault",
    [
        {"flow_version": None},
        {"sealed": None},
        {"sealed": b"garbage"},
        {"stopped_reason": "the access token is no longer valid"},
        {"templates_stopped": True},
        {"held": True},
        {"paused": True},
        {"closed_until": NOW + timedelta(minutes=1), "closed_reason": "breaker"},
    ],
    ids=lambda fault: next(iter(fault)),
)
def test_what_keeps_a_line_from_sending_is_told(fault: dict[str, Any]) -> None:
    assert not all_ok(doctor.check_lines([standing(**fault)], settings(), NOW))


def test_a_line_that_was_closed_for_a_while_is_open_again() -> None:
    past = standing(closed_until=NOW - timedelta(seconds=1), closed_reason="breaker")

    assert all_ok(doctor.check_lines([past], settings(), NOW))


def test_secrets_under_another_key_are_told_and_never_shown() -> None:
    checks = doctor.check_lines([standing()], settings(secret_key=SecretStr("another")), NOW)

    assert not checks[0].ok
    assert "SUREREPLY_SECRET_KEY" in checks[0].line
    assert "token" not in checks[0].line.replace("access token", "")


def test_the_lines_of_the_settings_have_the_secrets_of_the_environment() -> None:
    own = settings(
        whatsapp_phone_number_id=NUMBER,
        whatsapp_access_token=SecretStr("a"),
        whatsapp_app_secret=SecretStr("b"),
        whatsapp_verify_token=SecretStr("c"),
        flow=FLOWS / "clinic.yaml",
    )

    assert doctor.credentials_of(standing(sealed=None), own) == Credentials("a", "b", "c")
