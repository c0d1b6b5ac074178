"""Customers' files through the real steps: fetched, checked, kept, shown, or given up with a reason."""

import hashlib
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from support.app import open_web
from support.media import NUMBER, PHOTO, file_row, in_folder, media_id, message_id, photo, viewer
from support.panel import text_of
from support.records import count
from support.shop import open_shop
from surereply.filekeeper import FileKeeper
from surereply.lab.media import Spoiled, voice_note

MEGABYTE = 1024 * 1024
HTML = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


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
    "says that more comes": Spoiled(declared_length=100_000, times=1),
    "says that less comes": Spoiled(declared_length=10, times=1),
    "cut short": Spoiled(content=PHOTO[:20], times=1),
    "the address expired": Spoiled(http_status=404, times=1),
    "refused": Spoiled(http_status=401, times=1),
}


@pytest.mark.parametrize("name", PASSING)
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

        assert (await file_row(shop))["problem"] in ("unreachable", "refused")  # it keeps nothing after 7 days
        assert shop.world.media.fetches < 60
        assert await count(shop, "media_ticket") == 0


async def test_an_address_that_expired_is_asked_for_anew(database_url: str) -> None:
    """An address lives 5 minutes and is never kept: each try asks for its own."""
    async with open_shop(database_url) as shop:
        said = await photo(shop, Spoiled(expired=True))
        await shop.process.keep_files()
        at_first = await shop.value("SELECT last_problem FROM media_ticket")
        shop.world.media.spoil(media_id(said), Spoiled())
        shop.clock.advance(minutes=6)

        await shop.process.keep_files()

        assert at_first == "unreachable"
        assert (await file_row(shop))["place"] == "database"


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
        assert b'/media" alt=' not in page.body  # no broken picture
        assert b"&lt;b&gt;passport&lt;/b&gt;.pdf" in page.body
        assert b"<b>passport" not in page.body


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
