"""A phone in the terminal, against a running lab."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
from rich.console import Console

from surereply.lab.terminal_view import (
    Choice,
    Lines,
    Typed,
    show_bubble,
    show_note,
    show_own,
    tapped,
    typed,
    typed_lines,
)

HELP = """Type to write; a number taps that button. /photo [caption]  /voice [words]  /location [name]
/again: WhatsApp delivers your last message once more  /late TEXT: written 25 hours ago, delivered now
/quit"""
SEND_COMMANDS = ("photo", "voice", "sticker", "location", "late")


def run_phone(
    lab_url: str,
    address: str,
    *,
    name: str = "Customer",
    line: str | None = None,
    lines: Lines = typed_lines,
    console: Console | None = None,
) -> int:
    """A phone against the lab at `lab_url`. 0 when it is put away, 2 where no lab answers."""
    phone = _LabPhone(lab_url.rstrip("/"), address, name, line, console or Console())
    return asyncio.run(phone.run(lines))


@dataclass(slots=True)
class _LabPhone:
    lab_url: str
    address: str
    name: str
    line: str | None
    console: Console
    choices: list[Choice] = field(default_factory=list)  # of the newest bubble that has any
    of: str | None = None  # that bubble's wamid
    shown: int = 0  # number of the newest item shown

    async def run(self, lines: Lines) -> int:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)) as client:
            try:
                async with client.get(self._url(""), params=self._query()) as answer:
                    screen = await answer.json()
            except (aiohttp.ClientError, TimeoutError, ValueError):
                show_note(
                    self.console,
                    f"lab phone: no lab answers at {self.lab_url}; start one: surereply lab serve",
                )
                return 2
            if answer.status != 200:
                show_note(self.console, f"lab phone: {screen['error']}")
                return 2
            self._show(screen, own=True)
            show_note(self.console, HELP)
            watching = asyncio.create_task(self._watch(client))
            try:
                async for line in lines():
                    if not await self._act(client, typed(line)):
                        break
            finally:
                watching.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watching
        return 0

    async def _watch(self, client: aiohttp.ClientSession) -> None:
        try:
            async with client.get(self._url("/stream"), params=self._query()) as stream:
                async for event in stream.content:
                    if event.startswith(b"data: "):
                        self._show(json.loads(event[6:]))
        except aiohttp.ClientError:
            pass
        show_note(self.console, "The lab has ended. /quit")

    def _show(self, screen: dict[str, Any], *, own: bool = False) -> None:
        for item in screen["items"]:
            if item["number"] <= self.shown:
                continue
            self.shown = item["number"]
            if not item["mine"]:
                choices = [Choice(choice["title"], choice["description"]) for choice in item["choices"]]
                show_bubble(self.console, screen["business"], item["text"], choices)
                if choices:
                    self.choices, self.of = choices, item["wamid"]
            elif own:
                show_own(self.console, screen["name"], item["text"] or f"[{item['kind']}]")

    async def _act(self, client: aiohttp.ClientSession, line: Typed) -> bool:
        """Do what was typed; False to put the phone away."""
        if line.command in ("quit", "exit", "q"):
            return False
        if line.command == "again":
            if await self._post(client, "/redeliveries", {}):
                show_note(self.console, "Delivered once more. Nothing should happen twice.")
        elif line.command in SEND_COMMANDS:
            await self._post(client, "/messages", {"type": line.command, "text": line.words})
        elif line.command is not None:
            show_note(self.console, HELP)
        elif (title := tapped(line.words, self.choices)) is not None:
            await self._post(client, "/messages", {"type": "tap", "title": title, "of": self.of})
        elif line.words:
            await self._post(client, "/messages", {"type": "text", "text": line.words})
        return True

    async def _post(self, client: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> bool:
        try:
            async with client.post(self._url(path), json=body, params=self._query()) as answer:
                if answer.status != 201:
                    show_note(self.console, str((await answer.json())["error"]))
                return answer.status == 201
        except aiohttp.ClientError:
            show_note(self.console, f"No lab answers at {self.lab_url}.")
            return False

    def _url(self, path: str) -> str:
        return f"{self.lab_url}/lab/phones/{quote(self.address, safe='')}{path}"

    def _query(self) -> dict[str, str]:
        return {"name": self.name, **({"line": self.line} if self.line else {})}
