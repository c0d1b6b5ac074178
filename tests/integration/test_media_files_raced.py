"""Customers' files when something comes between: a rival, a killed process, a full disk, an erasure (OPS-6)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from support.media import NUMBER, PHOTO, Held, erase_everywhere, file_row, in_folder, message_id, photo
from support.records import count
from support.shop import Shop, open_shop
from surereply.store.folder import Folder


@asynccontextmanager
async def a_photo_being_fetched(shop: Shop) -> AsyncIterator[None]:
    """Somebody has fetched it and not kept it yet; they go on when the block ends."""
    await photo(shop)
    held = Held(shop)
    keeping = asyncio.create_task(held.keeper.keep_files_once())
    await held.has_it.wait()
    yield
    held.goes_on.set()
    await keeping


def kept_in(place: str, folder: Path) -> dict[str, str]:
    return {"media_store": str(folder) if place == "folder" else place}


async def test_a_file_that_somebody_fetches_is_left_to_them(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        async with a_photo_being_fetched(shop):
            beside = await shop.process.keep_files()

        assert beside == 0
        assert shop.world.media.fetches == await count(shop, "media_file") == 1


@pytest.mark.parametrize("place", ["database", "folder"])
async def test_who_overslept_keeps_nothing_beside_what_the_next_has_kept(
    database_url: str, tmp_path: Path, place: str
) -> None:
    async with open_shop(database_url, environment=kept_in(place, tmp_path)) as shop:
        async with a_photo_being_fetched(shop):
            shop.clock.advance(minutes=5)
            by_the_next = await shop.process.keep_files()

        assert by_the_next == await count(shop, "media_file") == 1
        assert len(in_folder(tmp_path)) == (1 if place == "folder" else 0)


@pytest.mark.parametrize("place", ["database", "folder"])
async def test_a_process_killed_between_fetching_and_keeping_leaves_the_file_to_the_next(
    database_url: str, tmp_path: Path, place: str
) -> None:
    async with open_shop(database_url, environment=kept_in(place, tmp_path)) as shop:
        await photo(shop)
        await shop.execute(
            """
            CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'
            """
        )
        await shop.execute("CREATE TRIGGER stumble BEFORE INSERT ON media_file FOR EACH ROW EXECUTE FUNCTION stumble()")
        with pytest.raises(Exception):  # noqa: B017, PT011 - however the driver says that the connection is gone
            await shop.process.keep_files()
        await shop.restart()
        await shop.execute("DROP TRIGGER stumble ON media_file")
        at_once = await shop.process.keep_files()
        shop.clock.advance(minutes=5)

        await shop.process.keep_files()

        assert at_once == 0
        assert (await file_row(shop))["place"] == place
        assert len(in_folder(tmp_path)) == (1 if place == "folder" else 0)


async def test_ops_6_a_file_in_the_database_is_erased_with_the_contact(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        await shop.process.keep_files()

        await erase_everywhere(shop)

        assert await count(shop, "media_file") == await count(shop, "media_part") == 0
        assert await count(shop, "media_ticket") == 0


async def test_ops_6_a_file_in_a_folder_is_erased_with_the_contact_and_no_other(
    database_url: str, tmp_path: Path
) -> None:
    async with open_shop(database_url, environment={"media_store": str(tmp_path)}) as shop:
        await photo(shop)
        shop.phone("971507654321").sends_photo()  # the very same picture
        await shop.settle()
        await shop.process.keep_files()
        before = len(in_folder(tmp_path))

        await erase_everywhere(shop)
        await shop.process.keep_files()

        assert (before, len(in_folder(tmp_path))) == (2, 1)
        assert await count(shop, "media_file") == 1
        assert await count(shop, "media_ticket") == 0


@pytest.mark.parametrize("place", ["database", "folder"])
async def test_ops_6_erased_while_it_is_being_fetched_a_file_is_not_kept(
    database_url: str, tmp_path: Path, place: str
) -> None:
    async with open_shop(database_url, environment=kept_in(place, tmp_path)) as shop:
        async with a_photo_being_fetched(shop):
            await erase_everywhere(shop)
            before_it_has_stopped = await shop.process.keep_files()
        shop.clock.advance(minutes=5)
        await shop.process.keep_files()

        assert before_it_has_stopped == 0
        assert await count(shop, "media_file") == await count(shop, "media_part") == 0
        assert await count(shop, "media_ticket") == 0
        assert in_folder(tmp_path) == []


async def test_ops_6_what_a_killed_process_left_in_the_folder_goes_with_the_contact(
    database_url: str, tmp_path: Path
) -> None:
    async with open_shop(database_url, environment={"media_store": str(tmp_path)}) as shop:
        await photo(shop)
        process = shop.process
        assert process.folder is not None
        dead = await shop.value("UPDATE media_ticket SET lease_token = gen_random_uuid() RETURNING lease_token")
        process.folder.write(await message_id(shop), dead, PHOTO)
        left = len(in_folder(tmp_path))

        await erase_everywhere(shop)
        await process.keep_files()

        assert (left, in_folder(tmp_path)) == (1, [])


async def test_a_full_disk_gives_nothing_up(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    async with open_shop(database_url, environment={"media_store": str(folder)}) as shop:
        await photo(shop)
        await shop.process.keep_files()  # the folder is not there
        at_first = await file_row(shop), await shop.value("SELECT last_problem FROM media_ticket")
        Folder(folder).check()
        shop.clock.advance(seconds=10)

        await shop.process.keep_files()

        assert at_first == (None, "disk")
        assert (await file_row(shop))["place"] == "folder"


async def test_a_message_that_came_again_brings_no_second_ticket(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        await shop.process.keep_files()

        shop.phone(NUMBER).again()
        await shop.settle()

        assert await count(shop, "media_ticket") == 0
        assert await count(shop, "media_file") == 1


async def test_files_that_are_not_due_wait(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        await shop.execute("UPDATE media_ticket SET due_at = $1", shop.clock() + timedelta(minutes=1))

        assert await shop.process.keep_files() == 0
