"""TURN-8 on real processes: a voice note is transcribed and a photo is kept, as the settings say."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp

from support.ports import own_port
from support.servers import rows_of, serving, until, webhook_of
from support.transcriber import open_transcriber
from surereply.lab.media import small_picture
from surereply.lab.world import World


async def test_turn_8_served_as_the_settings_say(database_url: str, tmp_path: Path) -> None:
    """TURN-8: read once by one of two processes, the photo in the folder, nothing said to the customer twice."""
    port = own_port()
    async with aiohttp.ClientSession() as http, open_transcriber() as heard:

        async def deliver(body: bytes, headers: Mapping[str, str]) -> int:
            async with http.post(webhook_of(port), data=body, headers=headers) as answer:
                return answer.status

        settings = {name.upper(): str(value) for name, value in heard.environment.items()}
        async with World(deliver=deliver) as world:
            phone = world.phone("971500000001")
            async with serving(world, database_url, port, 2, MEDIA_STORE=str(tmp_path), **settings):
                phone.sends_voice("Hello, I need a family visa")
                await until(lambda: len(phone.texts) == 1)
                phone.sends_photo()
                await until(lambda: len(phone.texts) == 2)
                await until(lambda: len(kept_in(tmp_path)) == 2)

            services = await rows_of(database_url, "SELECT service_type_enum FROM lead")
            assert [row["service_type_enum"] for row in services] == ["FAMILY_VISA"]
            assert len(heard.asked) == 1
            assert small_picture(63, 124, 172) in [path.read_bytes() for path in kept_in(tmp_path)]
            assert len(await rows_of(database_url, "SELECT FROM media_file WHERE place = 'folder'")) == 2


def kept_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "." not in path.name]
