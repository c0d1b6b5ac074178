"""A photo that came and is to be kept, what became of it, and a fetch that can be held."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

from support.app import Web
from support.panel import Browser, signed_in
from support.shop import Shop
from surereply.domain.operators import Role
from surereply.filekeeper import FileKeeper
from surereply.lab.media import Spoiled, small_picture
from surereply.lab.phones import Said
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import erase
from surereply.store.person import find_person

NUMBER = "971501234567"
PHOTO = small_picture(63, 124, 172)


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
