"""`line add|list|rotate`, `hold`, `release`, `export leads`: what a person does to a running business."""

import csv
import io
import json
from pathlib import Path

import pytest

from support.commands import FLOWS, SECRET_KEY, Said, surereply, surereply_beside
from support.shop import Shop, open_shop
from surereply.store import lines
from surereply.store.checklist import line_standings
from surereply.store.secrets import Credentials, unseal

NUMBER = "106540352242922"
SECRETS = {"access_token": "EAAG-token-1", "app_secret": "app-secret-1", "verify_token": "verify-1"}
CLINIC = str(FLOWS / "clinic.yaml")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def call(url: str, *arguments: str, stdin: str = "") -> Said:
    return surereply(*arguments, settings={"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY}, stdin=stdin)


async def call_beside(shop: Shop, *arguments: str) -> Said:
    return await surereply_beside(*arguments, settings={"DATABASE_URL": shop.url, "SECRET_KEY": SECRET_KEY})


def add(url: str, secrets: object = SECRETS) -> Said:
    return call(
        url, "line", "add", NUMBER, "--flow", CLINIC, "--name", "front desk", "--stdin", stdin=json.dumps(secrets)
    )


async def test_a_line_is_added_with_its_secrets_encrypted(database_url: str) -> None:
    said = await surereply_beside(
        "line", "add", NUMBER, "--flow", CLINIC, "--stdin",
        settings={"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY}, stdin=json.dumps(SECRETS),
    )  # fmt: skip

    async with open_shop(database_url, flow="homes", lab_lines=()) as shop, shop.process.db.connection() as tx:
        stored = (await lines.all_lines(tx))[0]
    assert said.code == 0
    assert stored.line.flow_name == "clinic"
    assert stored.secrets is not None
    assert unseal(stored.secrets, SECRET_KEY) == Credentials(**SECRETS)
    assert not any(secret.encode() in stored.secrets for secret in SECRETS.values())


def test_no_command_says_a_secret(database_url: str) -> None:
    said = [
        add(database_url),
        call(database_url, "line", "list"),
        call(database_url, "hold"),
        call(database_url, "release"),
    ]

    assert [one.code for one in said] == [0, 0, 0, 0]
    assert not any(secret in one.out + one.err for one in said for secret in SECRETS.values())


def test_adding_a_line_again_brings_it_up_to_date(database_url: str) -> None:
    add(database_url)
    call(database_url, "line", "add", NUMBER, "--flow", str(FLOWS / "homes.yaml"), "--stdin", stdin=json.dumps(SECRETS))

    listed = call(database_url, "line", "list").out
    assert listed.count(NUMBER) == 1
    assert "front desk" in listed
    assert "homes" in listed


@pytest.mark.parametrize("given", ["", "{}", "[1]", '{"access_token": 1}', json.dumps({**SECRETS, "app_secret": " "})])
def test_secrets_that_are_not_whole_are_wrong_use(database_url: str, given: str) -> None:
    said = call(database_url, "line", "add", NUMBER, "--flow", CLINIC, "--stdin", stdin=given)

    assert said.code == 2
    assert said.err.count("\n") == 1


def test_without_a_terminal_secrets_come_by_standard_input_alone(database_url: str) -> None:
    said = call(database_url, "line", "add", NUMBER, "--flow", CLINIC)

    assert said.code == 2
    assert "--stdin" in said.err


def test_without_a_secret_key_no_secret_is_kept(database_url: str) -> None:
    settings = {"DATABASE_URL": database_url}

    said = surereply("line", "add", NUMBER, "--flow", CLINIC, "--stdin", settings=settings, stdin=json.dumps(SECRETS))

    assert said.code == 2
    assert "SUREREPLY_SECRET_KEY" in said.err


def test_a_line_with_a_broken_flow_is_not_added(database_url: str, tmp_path: Path) -> None:
    flow = tmp_path / "broken.yaml"
    flow.write_text("surereply: 1\n")

    said = call(database_url, "line", "add", NUMBER, "--flow", str(flow), "--stdin", stdin=json.dumps(SECRETS))

    assert said.code == 2
    assert NUMBER not in call(database_url, "line", "list").out


def test_rotating_a_line_that_is_not_there_is_wrong_use(database_url: str) -> None:
    assert call(database_url, "line", "rotate", "42", "--stdin", stdin=json.dumps(SECRETS)).code == 2


async def test_rotating_replaces_the_secrets_and_lets_a_stopped_line_send(database_url: str) -> None:
    """OUT-10's other end: what a dead token stopped goes on with the new one."""
    async with open_shop(database_url) as shop:
        async with shop.process.db.transaction() as tx:
            line = (await lines.all_lines(tx))[0].line
            await lines.stop(tx, line.bucket, line.id, "the token is dead", shop.clock())

        said = await surereply_beside(
            "line", "rotate", line.phone_number_id, "--stdin",
            settings={"DATABASE_URL": shop.url, "SECRET_KEY": SECRET_KEY}, stdin=json.dumps(SECRETS),
        )  # fmt: skip

        async with shop.process.db.connection() as tx:
            after = (await line_standings(tx))[0]
        assert said.code == 0
        assert after.obstacles(shop.clock()) == []
        assert after.sealed is not None
        assert unseal(after.sealed, SECRET_KEY) == Credentials(**SECRETS)


async def test_ops_9_after_hold_nothing_owed_goes_out_until_release(database_url: str) -> None:
    """OPS-9: a restored backup owes what was sent long ago."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says("Hello, I need a family visa")
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()

        held = await call_beside(shop, "hold")
        for _ in range(3):
            await shop.settle()
        silent = list(phone.texts)
        released = await call_beside(shop, "release")
        await shop.settle()

        assert (held.code, released.code) == (0, 0)
        assert "1 line(s) held, 1 replies owed" in held.out
        assert silent == []
        assert len(phone.texts) == 1


async def test_ops_9_a_line_that_is_made_while_all_is_held_is_held_too(database_url: str) -> None:
    """OPS-9: `serve` makes the line of its settings after `hold`."""
    async with open_shop(database_url) as shop:
        await call_beside(shop, "hold")
        await surereply_beside(
            "line", "add", "42", "--flow", CLINIC, "--stdin",
            settings={"DATABASE_URL": shop.url, "SECRET_KEY": SECRET_KEY}, stdin=json.dumps(SECRETS),
        )  # fmt: skip

        async with shop.process.db.connection() as tx:
            assert [standing.held for standing in await line_standings(tx)] == [True, True]


async def test_leads_are_exported_a_row_each_with_their_fields(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        for number, name in (("971501111111", "Ada Lovelace"), ("971502222222", "=HYPERLINK(1)")):
            phone = shop.phone(number, name=name)
            phone.says("Hello, I need a family visa")
            await shop.settle()

        as_csv = await call_beside(shop, "export", "leads")
        as_json = await call_beside(shop, "export", "leads", "--format", "json", "--flow", "business-services")
        of_nobody = await call_beside(shop, "export", "leads", "--format", "json", "--flow", "clinic")

        rows = list(csv.DictReader(io.StringIO(as_csv.out)))
        leads = [json.loads(line) for line in as_json.out.splitlines()]
        assert [row["phone"] for row in rows] == [lead["phone"] for lead in leads] == ["971501111111", "971502222222"]
        assert {row["service"] for row in rows} == {"FAMILY_VISA"} == {lead["fields"]["service"] for lead in leads}
        assert [row["profile_name"] for row in rows] == ["Ada Lovelace", "'=HYPERLINK(1)"]
        assert of_nobody.out == ""


async def test_erasing_asks_first_and_does_nothing_without_a_yes(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone("971501234567")
        phone.says("Hello")
        await shop.settle()

        unconfirmed = await call_beside(shop, "erase", "+971 50 123 4567")
        still_there = await shop.conversation_of(phone)
        erased = await call_beside(shop, "erase", "+971 50 123 4567", "--yes")

        assert (unconfirmed.code, erased.code) == (2, 0)
        assert still_there is not None
        assert await shop.conversation_of(phone) is None
        assert "971" not in erased.out


def test_erasing_a_contact_nobody_knows_is_wrong_use(database_url: str) -> None:
    assert call(database_url, "erase", "971500000000", "--yes").code == 2


def test_without_a_secret_key_nobody_is_erased(database_url: str) -> None:
    said = surereply("erase", "971501234567", "--yes", settings={"DATABASE_URL": database_url})

    assert said.code == 2
    assert "SUREREPLY_SECRET_KEY" in said.err
