"""Fault 53: the next version is deployed while the old one runs, as docs/operating.md says under "Upgrade"."""

import asyncio
import signal
from pathlib import Path

import pytest

from faults.afterwards import breaches_in_the_end
from faults.next_version import NEWEST, write_migrations
from faults.served import a_served_world, all_told, is_ready, serve
from support.app import open_web
from support.commands import running
from support.faults import fault
from support.servers import WORDS, rows_of, say_and_hear, settings_of
from surereply.assembly import ROLES, put_together
from surereply.config import Settings
from surereply.store import migrate
from surereply.store.migrate import WrongSchema


@fault(53)
async def test_an_upgrade_beside_the_old_version_stops_nobody_and_loses_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """Migrated under load, both versions side by side, the old one told to stop: every customer is answered."""
    write_migrations(tmp_path)
    following = ("faults.next_version", str(tmp_path))
    async with a_served_world(ports=2) as (world, ports):
        phones = [world.phone(f"97150000{number:04d}") for number in range(12)]
        settings = [settings_of(world, port, DATABASE_URL=database_url) for port in ports]
        async with serve(settings[0]) as old:
            await say_and_hear(phones, WORDS[0])
            answering = asyncio.create_task(say_and_hear(phones, WORDS[1]))
            async with running("migrate", settings=settings[0], program=following) as migrating:
                migrated = await migrating.ended()
            await answering
            old_is_ready = await is_ready(ports[0])
            async with serve(settings[1], program=following):
                answering = asyncio.create_task(say_and_hear(phones, WORDS[2]))
                ended = await old.end(signal.SIGTERM)
                await answering
                await all_told(world)
                held = await breaches_in_the_end(world, database_url)

    applied = await rows_of(database_url, "SELECT version_num FROM alembic_version")
    assert (migrated, ended) == (0, 0)
    assert [row["version_num"] for row in applied] == [NEWEST]
    assert old_is_ready
    assert [len(phone.texts) for phone in phones] == [len(WORDS)] * len(phones)
    assert held == []


@fault(53)
async def test_who_runs_while_the_next_version_migrates_stays_ready_and_who_starts_is_refused(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No old process leaves the load balancer before the new ones are there; none begins on a schema not its own."""
    async with open_web(database_url) as web:
        before = (await web.raw("GET", "/readyz")).status
        write_migrations(tmp_path)
        with monkeypatch.context() as following:
            following.setattr(migrate, "MIGRATIONS", tmp_path)
            new_too_early = await _refused(database_url)
            behind = (await web.raw("GET", "/readyz")).status
            await migrate.migrate(database_url)
        after = (await web.raw("GET", "/readyz")).status
        old_too_late = await _refused(database_url)

        assert "run `surereply migrate`" in new_too_early
        assert "install the version of surereply that migrated it" in old_too_late
        assert (before, behind, after) == (200, 503, 200)


async def _refused(database_url: str) -> str:
    settings = Settings(database_url=database_url, _env_file=None)  # type: ignore[call-arg]
    with pytest.raises(WrongSchema) as refused:
        async with put_together(settings, database_url, ROLES):
            pass
    return str(refused.value)
