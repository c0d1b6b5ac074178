"""What stands beside the business and can be held: the reader of words, and the way out to WhatsApp."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.invariants import Fetch
from surereply.domain.callback import parse_callback_data
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.domain.outcome import Outcome
from surereply.thinking import read_with_rules
from surereply.whatsapp.client import WhatsAppClient


@dataclass(slots=True)
class Reader:
    """Reads as the rules do; while `holds`, whoever begins to read waits to be let go. `fails`: so many readings."""

    holds: bool = False
    fails: int = 0
    thinking: list[asyncio.Event] = field(default_factory=list)

    async def __call__(self, flow: Flow, message: Message, context: Context) -> Reading:
        if self.holds:
            event = asyncio.Event()
            self.thinking.append(event)
            await event.wait()
        if self.fails:
            self.fails -= 1
            raise TimeoutError
        return await read_with_rules(flow, message, context)

    def let_think(self, number: int) -> None:
        if self.thinking:
            self.thinking.pop(number % len(self.thinking)).set()

    def let_all_think(self) -> None:
        self.holds, self.fails = False, 0
        while self.thinking:
            self.thinking.pop().set()


@dataclass(slots=True, eq=False)
class Sending:
    """One request on its way: claimed, then out, then answered, then written down."""

    recipient: str
    may_go: asyncio.Event = field(default_factory=asyncio.Event)
    may_settle: asyncio.Event = field(default_factory=asyncio.Event)
    answered: bool = False


class Provider:
    """The real client of one process, whose requests and answers a test may hold. At the moment of each request it
    looks whether the mark is on disk."""

    def __init__(self, fetch: Fetch, moved: asyncio.Event, seen: list[str]) -> None:
        self.client: WhatsAppClient
        self.holds = False
        self.sendings: list[Sending] = []
        self.requests_under_way = 0
        self._fetch = fetch
        self._moved = moved
        self._seen = seen

    async def send(self, phone_number_id: str, token: str, body: Mapping[str, Any], deadline: float) -> Outcome:
        sending = Sending(str(body.get("to") or body.get("recipient")))
        if self.holds:
            self.sendings.append(sending)
            await sending.may_go.wait()
        self.requests_under_way += 1
        try:
            await self._look_for_the_mark(body)
            outcome = await self.client.send(phone_number_id, token, body, deadline)
        finally:
            self.requests_under_way -= 1
            self._moved.set()
        sending.answered = True
        if sending in self.sendings:
            await sending.may_settle.wait()
            self.sendings.remove(sending)
        return outcome

    async def _look_for_the_mark(self, body: Mapping[str, Any]) -> None:
        """Another connection sees only what is committed. A reply that was given up meanwhile was marked, too."""
        echoed = parse_callback_data(body["biz_opaque_callback_data"])
        assert echoed is not None
        rows = await self._fetch("SELECT status, attempt FROM reply WHERE id = $1", echoed.reply_id)
        if not rows or rows[0]["attempt"] < echoed.attempt:
            self._seen.append(f"written down first: attempt {echoed.attempt} of {echoed.reply_id} leaves unmarked")

    @property
    def waiting(self) -> list[Sending]:
        """Claimed, and not one byte written."""
        return [one for one in self.sendings if not one.may_go.is_set()]

    def let_settle(self, number: int) -> None:
        answered = [one for one in self.sendings if one.answered]
        if answered:
            answered[number % len(answered)].may_settle.set()

    def let_all_go(self) -> None:
        self.holds = False
        for sending in self.sendings:
            sending.may_go.set()
            sending.may_settle.set()
