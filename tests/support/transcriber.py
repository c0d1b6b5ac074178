"""A fake transcriber: OpenAI's `POST /v1/audio/transcriptions` on a socket, which hears the lab's voice notes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from aiohttp import BodyPartReader, web

from surereply.lab.media import words_in

KEY = "sk-a-key-for-tests-0123456789"
MODEL = "whisper-1"


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    authorization: str | None
    fields: dict[str, str]
    sound: bytes
    file_name: str | None
    mime_type: str | None


Answer: TypeAlias = Callable[[Asked], Awaitable[web.StreamResponse]]


async def says_what_it_hears(asked: Asked) -> web.StreamResponse:
    return web.json_response({"text": words_in(asked.sound)})


def says(body: bytes, status: int = 200) -> Answer:
    async def answer(asked: Asked) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type="application/json")

    return answer


async def says_nothing(asked: Asked) -> web.StreamResponse:
    await asyncio.Event().wait()  # until whoever asked hangs up
    raise AssertionError("unreachable")


@dataclass
class FakeTranscriber:
    """Answers by `answer`, and remembers what it was asked."""

    answer: Answer = says_what_it_hears
    asked: list[Asked] = field(default_factory=list)
    base_url: str = ""

    @property
    def environment(self) -> dict[str, object]:
        """The settings that lead here."""
        return {
            "transcribe_base_url": self.base_url,
            "transcribe_model": MODEL,
            "transcribe_api_key": KEY,
            "transcribe_timeout_ms": 5000,
        }

    async def take(self, request: web.Request) -> web.StreamResponse:
        fields: dict[str, str] = {}
        sound, file_name, mime_type = b"", None, None
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            if part.name == "file":
                sound, file_name = bytes(await part.read()), part.filename
                mime_type = part.headers.get("Content-Type")
            else:
                fields[part.name or ""] = await part.text()
        self.asked.append(Asked(request.headers.get("Authorization"), fields, sound, file_name, mime_type))
        return await self.answer(self.asked[-1])


@asynccontextmanager
async def open_transcriber(answer: Answer = says_what_it_hears) -> AsyncIterator[FakeTranscriber]:
    fake = FakeTranscriber(answer)
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_post("/v1/audio/transcriptions", fake.take)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield fake
    finally:
        await runner.cleanup()
