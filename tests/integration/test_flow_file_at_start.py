"""The settings' flow file at each start: what it says anew is activated, what a person chose since stays."""

from pathlib import Path

import pytest

from support.shop import START
from surereply.admin import flows as acts
from surereply.config import Settings
from surereply.first_line import put_first_line
from surereply.store import flows
from surereply.store.database import Database, connect

NAME = "business-services"
TEXT = (Path(__file__).resolve().parents[2] / "flows" / f"{NAME}.yaml").read_text(encoding="utf-8")
OTHER, THIRD = TEXT.replace("Palm Gate", "Oak Gate"), TEXT.replace("Palm Gate", "Elm Gate")


async def started(db: Database, file: Path, text: str) -> int:
    """`serve` starts with this text in its file; the version that new leads begin with afterwards."""
    file.write_text(text, encoding="utf-8")  # noqa: ASYNC240 - a few KiB, on nobody's loop but ours
    secrets = {f"whatsapp_{name}": "a-secret-of-tests" for name in ("access_token", "app_secret", "verify_token")}
    settings = Settings(flow=file, whatsapp_phone_number_id="106540352242922", **secrets)  # type: ignore[arg-type]
    await put_first_line(db, settings, START)
    async with db.connection() as tx:
        return (await flows.active_versions(tx))[NAME]


async def test_a_version_that_a_person_chose_outlives_a_restart(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, file = await connect(database_url, name="test", most=2), tmp_path / "flow.yaml"
    assert await started(db, file, TEXT) == 1
    assert await acts.put_version(db, NAME, OTHER, "Layla", START) == 2
    capsys.readouterr()

    assert await started(db, file, TEXT) == 2

    said = [line for line in capsys.readouterr().out.splitlines() if "flow.kept" in line]
    assert len(said) == 1
    assert "version 2 was chosen since" in said[0]
    await db.close()


async def test_going_back_outlives_a_restart(database_url: str, tmp_path: Path) -> None:
    db, file = await connect(database_url, name="test", most=2), tmp_path / "flow.yaml"
    await started(db, file, TEXT)
    assert await started(db, file, OTHER) == 2
    assert await acts.activate(db, NAME, 1, "Layla", START) is None

    assert await started(db, file, OTHER) == 1
    await db.close()


async def test_a_file_that_says_something_else_is_activated_also_when_it_once_ran(
    database_url: str, tmp_path: Path
) -> None:
    db, file = await connect(database_url, name="test", most=2), tmp_path / "flow.yaml"
    await started(db, file, TEXT)
    await started(db, file, OTHER)
    assert await acts.put_version(db, NAME, THIRD, "Layla", START) == 3

    assert await started(db, file, TEXT) == 1
    assert await started(db, file, THIRD) == 3
    await db.close()
