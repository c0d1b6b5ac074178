"""A client whose answers came, and are kept from the business until a test lets them go."""

import asyncio
from typing import Any

from support.shop import Process
from surereply.domain.outcome import Outcome


class HeldAnswers:
    """Takes the place of the process's client: WhatsApp has taken what it takes, and nobody here knows yet."""

    def __init__(self, process: Process) -> None:
        self._client = process.client
        self._came = asyncio.Semaphore(0)
        self._let_go = asyncio.Event()
        process.dispatcher._client = self

    async def send(self, phone_number_id: str, token: str, body: Any, deadline: float) -> Outcome:
        outcome = await self._client.send(phone_number_id, token, body, deadline)
        self._came.release()
        await self._let_go.wait()
        return outcome

    async def came(self, count: int = 1) -> None:
        """Return when so many answers are here."""
        async with asyncio.timeout(10):
            for _ in range(count):
                await self._came.acquire()

    def let_go(self) -> None:
        self._let_go.set()
