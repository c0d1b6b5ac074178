"""Customers' files through the real steps: fetched, checked, kept, shown, given up, and erased."""

import asyncio
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support.app import Web, open_web
from support.panel import Browser, signed_in, text_of
from support.records import count
from support.shop import Shop, open_shop
from surereply.domain.operators import Role
from surereply.filekeeper import FileKeeper
from surereply.lab.media import Spoiled, small_picture, voice_note
from surereply.lab.phones import Said
from surereply.store.erasure import erase, wamid_hash
from surereply.store.folder import Folder
from surereply.store.person import find_person

NUMBER = "971501234567"
MEGABYTE = 1024 * 1024
PHOTO = small_picture(63, 124, 172)
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def photo(shop: Shop, spoiled: Spoiled | None = None) -> Said:
    """A photo that came, is answered, and is still to be fetched."""
    said = shop.phone(NUMBER).sends_photo("my passport")
    if spoiled is not None:
        shop.world.media.spoil(media_id(said), spoiled)
    await shop.settle()
    return said


def media_id(said: Said) -> str:
    content = said.update.content
    return str(content[content["type"]]["id"])


async def file_row(shop: Shop) -> Any:
    rows = await shop.fetch("SELECT * FROM media_file")
    return rows[0] if rows else None


async def message_id(shop: Shop) -> UUID:
    found: UUID = await shop.value("SELECT id FROM message ORDER BY id DESC LIMIT 1")
    return found


async def viewer(web: Web) -> tuple[Browser, str]:
    """Somebody who may look, and the address of the newest message's file."""
    return await signed_in(web, Role.VIEWER), f"/messages/{await message_id(web.shop)}/media"


async def erase_everywhere(shop: Shop) -> None:
    async with shop.process.db.transaction() as tx:
        for person in await find_person(tx, NUMBER):
            await erase(tx, person, wamid_hash(""), "test", shop.clock())


def in_folder(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_is_kept_in_the_database_off_the_hot_path(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        answered_first = len(shop.phone(NUMBER).texts), await count(shop, "media_file")

        await shop.process.keep_files()

        row = await file_row(shop)
        assert answered_first == (1, 0)
        assert (row["place"], row["mime_type"], row["problem"]) == ("database", "image/png", None)
        assert (row["size_bytes"], row["sha256"]) == (len(PHOTO), hashlib.sha256(PHOTO).digest())
        assert await shop.value("SELECT string_agg(data, '' ORDER BY number) FROM media_part") == PHOTO
        assert await count(shop, "media_ticket") == 0


async def test_a_large_file_is_kept_in_pieces_and_shown_whole(database_url: str) -> None:
    async with open_web(database_url) as web:
        shop = web.shop
        file = b"%PDF-1.7\n" + os.urandom(2 * MEGABYTE)
        shop.phone(NUMBER).sends_document("passport.pdf", file=file)
        await shop.settle()
        await shop.process.keep_files()
        browser, path = await viewer(web)

        shown = await browser.get(path)

        assert await count(shop, "media_part") == 3
        assert shown.body == file


async def test_a_file_is_kept_in_the_folder_that_is_set(database_url: str, tmp_path: Path) -> None:
    async with open_web(database_url, environment={"media_store": str(tmp_path)}) as web:
        await photo(web.shop)
        await web.shop.process.keep_files()
        fetches = web.shop.world.media.fetches
        browser, path = await viewer(web)

        shown = await browser.get(path)

        (kept,) = in_folder(tmp_path)
        assert kept.read_bytes() == shown.body == PHOTO
        assert kept.stat().st_mode & 0o077 == 0
        assert web.shop.world.media.fetches == fetches == 1
        assert (await file_row(web.shop))["place"] == "folder"
        assert await count(web.shop, "media_part") == 0


async def test_where_files_stay_with_whatsapp_they_are_fetched_when_somebody_looks(database_url: str) -> None:
    async with open_web(database_url, environment={"media_store": "none"}) as web:
        await photo(web.shop)
        await web.shop.process.keep_files()
        before = web.shop.world.media.fetches
        browser, path = await viewer(web)

        shown = await browser.get(path)

        assert (before, web.shop.world.media.fetches) == (0, 1)
        assert shown.body == PHOTO
        assert (await file_row(web.shop))["problem"] == "not_kept"


HOSTILE = {
    "HTML that calls itself a photo": (Spoiled(content=HTML, sha256=hashlib.sha256(HTML).hexdigest()), "not_its_type"),
    "SVG that calls itself a photo": (Spoiled(content=SVG, sha256=hashlib.sha256(SVG).hexdigest()), "not_its_type"),
    "SVG": (Spoiled(mime_type="image/svg+xml", content=SVG), "type_not_wanted"),
    "HTML": (Spoiled(mime_type="text/html", content=HTML), "type_not_wanted"),
    "a program": (Spoiled(mime_type="application/x-msdownload"), "type_not_wanted"),
    "said to be large": (Spoiled(size=5 * MEGABYTE + 1), "too_large"),
    "larger than said": (Spoiled(endless_bytes=100 * MEGABYTE), "too_large"),
    "an address inside": (Spoiled(address="http://169.254.169.254/latest/meta-data"), "unsafe_address"),
    "an address of somebody": (Spoiled(address="https://files.example/photo"), "unsafe_address"),
    "another port of a host": (Spoiled(address="https://lookaside.fbsbx.com:8443/photo"), "unsafe_address"),
    "a host that is named alike": (Spoiled(address="https://lookaside.fbsbx.com.files.example/x"), "unsafe_address"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_not_wanted_is_given_up_at_once_with_its_reason(database_url: str, name: str) -> None:
    spoiled, problem = HOSTILE[name]
    async with open_web(database_url) as web:
        await photo(web.shop, spoiled)

        await web.shop.process.keep_files()

        assert (await file_row(web.shop))["problem"] == problem
        assert await count(web.shop, "media_part") == await count(web.shop, "media_ticket") == 0
        browser, path = await viewer(web)
        assert (await browser.get(path)).status in (413, 415, 502)


async def test_a_stream_without_end_is_cut_at_the_limit(database_url: str) -> None:
    """Of 100 MB no more is read than the limit and what was on its way."""
    async with open_shop(database_url, environment={"media_max_mb": 1}) as shop:
        read = 0
        fetch = shop.process.fetch

        async def counted(line_id: UUID, media_id: str, limits: Any) -> Any:
            nonlocal read
            read = max(limits.values())
            return await fetch(line_id, media_id, limits)

        await photo(shop, Spoiled(endless_bytes=100 * MEGABYTE))
        keeper = FileKeeper(
            shop.process.db,
            shop.process.directory,
            shop.clock,
            counted,
            most_bytes=shop.settings.media_max_mb * MEGABYTE,
        )
        await keeper.keep_files_once()

        assert read == MEGABYTE
        assert (await file_row(shop))["problem"] == "too_large"


async def test_what_is_compressed_on_its_way_is_not_unfolded(database_url: str) -> None:
    """A few kilobytes of gzip would be gigabytes in memory."""
    async with open_shop(database_url) as shop:
        await photo(shop, Spoiled(encoding="gzip", content=b"\x1f\x8b\x08\x00"))

        await shop.process.keep_files()

        assert await file_row(shop) is None
        assert await shop.value("SELECT last_problem FROM media_ticket") == "refused"


PASSING = {
    "server error": Spoiled(http_status=503, times=1),
    "slow and cut off": Spoiled(declared_length=100_000, times=1),
    "cut short": Spoiled(content=PHOTO[:20], times=1),
    "the address expired": Spoiled(http_status=404, times=1),
    "refused": Spoiled(http_status=401, times=1),
}


@pytest.mark.parametrize("name", [name for name in PASSING if name != "the address expired"])
async def test_what_may_get_better_is_tried_again_later(database_url: str, name: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop, PASSING[name])

        await shop.process.keep_files()
        at_first = await file_row(shop), await shop.value("SELECT last_problem FROM media_ticket")
        shop.clock.advance(seconds=10)
        await shop.process.keep_files()

        assert at_first[0] is None
        assert at_first[1] in ("unreachable", "refused", "damaged")
        assert (await file_row(shop))["place"] == "database"


async def test_a_hash_that_never_fits_is_given_up_after_a_few_tries(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop, Spoiled(sha256="0" * 64))

        for _ in range(6):
            await shop.process.keep_files()
            shop.clock.advance(hours=1)

        assert (await file_row(shop))["problem"] == "damaged"
        assert shop.world.media.fetches == 5


async def test_an_unreachable_whatsapp_is_asked_less_and_less_often_and_given_up_when_it_keeps_no_file(
    database_url: str,
) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop, Spoiled(http_status=503))
        tries = []
        for _ in range(24 * 8):
            await shop.process.keep_files()
            tries.append(await shop.value("SELECT attempts FROM media_ticket"))
            shop.clock.advance(hours=1)

        assert (await file_row(shop))["problem"] in ("unreachable", "gone")
        assert shop.world.media.fetches < 60
        assert await count(shop, "media_ticket") == 0


async def test_an_address_that_expired_is_asked_for_anew(database_url: str) -> None:
    """An address lives 5 minutes and is never kept: each try asks for its own."""
    async with open_shop(database_url) as shop:
        said = await photo(shop, Spoiled(http_status=503, times=1))
        await shop.process.keep_files()
        shop.clock.advance(minutes=6)

        await shop.process.keep_files()

        assert (await file_row(shop))["place"] == "database"
        assert media_id(said) not in json.dumps(str(dict(await file_row(shop))))


class Held:
    """A fetch that has its file and waits to be let go on."""

    def __init__(self, shop: Shop) -> None:
        self._fetch = shop.process.fetch
        self.has_it, self.goes_on = asyncio.Event(), asyncio.Event()
        process = shop.process
        self.keeper = FileKeeper(process.db, process.directory, shop.clock, self, folder=process.folder)

    async def __call__(self, line_id: UUID, media_id: str, limits: Any) -> Any:
        file = await self._fetch(line_id, media_id, limits)
        self.has_it.set()
        await self.goes_on.wait()
        return file


async def test_a_file_that_somebody_fetches_is_left_to_them(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        held = Held(shop)
        keeping = asyncio.create_task(held.keeper.keep_files_once())
        await held.has_it.wait()

        beside = await shop.process.keep_files()
        held.goes_on.set()
        await keeping

        assert beside == 0
        assert shop.world.media.fetches == await count(shop, "media_file") == 1


@pytest.mark.parametrize("place", ["database", "folder"])
async def test_who_overslept_keeps_nothing_beside_what_the_next_has_kept(
    database_url: str, tmp_path: Path, place: str
) -> None:
    environment = {"media_store": str(tmp_path) if place == "folder" else place}
    async with open_shop(database_url, environment=environment) as shop:
        await photo(shop)
        held = Held(shop)
        keeping = asyncio.create_task(held.keeper.keep_files_once())
        await held.has_it.wait()
        shop.clock.advance(minutes=5)
        by_the_next = await shop.process.keep_files()
        held.goes_on.set()
        await keeping

        assert by_the_next == await count(shop, "media_file") == 1
        assert len(in_folder(tmp_path)) == (1 if place == "folder" else 0)


@pytest.mark.parametrize("place", ["database", "folder"])
async def test_a_process_killed_between_fetching_and_keeping_leaves_the_file_to_the_next(
    database_url: str, tmp_path: Path, place: str
) -> None:
    environment = {"media_store": str(tmp_path) if place == "folder" else place}
    async with open_shop(database_url, environment=environment) as shop:
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
    environment = {"media_store": str(tmp_path) if place == "folder" else place}
    async with open_shop(database_url, environment=environment) as shop:
        await photo(shop)
        held = Held(shop)
        keeping = asyncio.create_task(held.keeper.keep_files_once())
        await held.has_it.wait()
        await erase_everywhere(shop)
        before_it_has_stopped = await shop.process.keep_files()
        held.goes_on.set()
        await keeping
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


async def test_a_file_is_shown_in_a_sandbox_and_a_document_only_saved(database_url: str) -> None:
    async with open_web(database_url) as web:
        shop = web.shop
        await photo(shop)
        await shop.process.keep_files()
        browser, path = await viewer(web)
        picture = await browser.get(path)
        shop.phone(NUMBER).sends_document('"; filename="evil.html', file=b"hello", mime_type="text/plain")
        await shop.settle()
        await shop.process.keep_files()
        name = await message_id(shop)

        document = await browser.get(f"/messages/{name}/media")

        assert (picture.headers["content-disposition"], picture.headers["content-type"]) == ("inline", "image/png")
        assert document.headers["content-disposition"] == f'attachment; filename="{name}.txt"'
        for shown in (picture, document):
            assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert shown.headers["x-content-type-options"] == "nosniff"


async def test_the_thread_leads_to_the_file_and_says_why_one_is_not_kept(database_url: str) -> None:
    async with open_web(database_url) as web:
        shop = web.shop
        await photo(shop, Spoiled(content=HTML, sha256=hashlib.sha256(HTML).hexdigest()))
        shop.phone(NUMBER).sends_document("<b>passport</b>.pdf")
        await shop.settle()
        await shop.process.keep_files()
        browser, path = await viewer(web)
        conversation = f"/conversations/{(await shop.conversation_of(shop.phone(NUMBER)))['id']}"

        page = await browser.get(conversation)

        assert "This file is not what it says it is." in text_of(page)
        assert f'href="{path}"'.encode() in page.body
        assert b"&lt;b&gt;passport&lt;/b&gt;.pdf" in page.body
        assert b"<b>passport" not in page.body


async def test_a_message_that_came_again_brings_no_second_ticket(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        await shop.process.keep_files()

        shop.phone(NUMBER).again()
        await shop.settle()

        assert await count(shop, "media_ticket") == 0
        assert await count(shop, "media_file") == 1


async def test_the_admin_api_tells_what_became_of_a_file(database_url: str) -> None:
    async with open_web(database_url) as web:
        await photo(web.shop)
        await web.shop.process.keep_files()
        conversation = (await web.shop.conversation_of(web.shop.phone(NUMBER)))["id"]

        answer = await web.get(f"/conversations/{conversation}")

        (message,) = answer.json["timeline"]["messages"]
        assert (message["file"]["place"], message["file"]["mime_type"]) == ("database", "image/png")
        assert message["transcript"] is None


async def test_a_voice_note_is_kept_as_other_files_are(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        shop.phone(NUMBER).sends_voice("hello")
        await shop.settle()

        await shop.process.keep_files()

        assert await shop.value("SELECT data FROM media_part") == voice_note("hello")


async def test_files_that_are_not_due_wait(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        await photo(shop)
        await shop.execute("UPDATE media_ticket SET due_at = $1", shop.clock() + timedelta(minutes=1))

        assert await shop.process.keep_files() == 0
