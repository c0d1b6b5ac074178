"""The read mark and the typing sign for a message that a turn is about to answer: best effort, bounded."""

import asyncio

import aiohttp

from surereply.domain.line import Line
from surereply.store.directory import Directory
from surereply.whatsapp.presence import mark_read

MOST_AT_ONCE = 8  # beyond it, under load, a sign of life is left out: the reply is on its way anyway


class Seen:
    """Shows customers that they were read, beside the turn and never in its way."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str, directory: Directory) -> None:
        self._http = http
        self._api_url = api_url
        self._directory = directory
        self._showing: set[asyncio.Task[bool]] = set()

    def __call__(self, line: Line, wamid: str) -> None:
        credentials = self._directory.credentials(line.id)
        if credentials is None or not line.settings.read_marks or len(self._showing) >= MOST_AT_ONCE:
            return
        task = asyncio.create_task(
            mark_read(self._http, self._api_url, line.phone_number_id, credentials.access_token, wamid)
        )
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def close(self) -> None:
        for task in self._showing:
            task.cancel()
        await asyncio.gather(*self._showing, return_exceptions=True)
