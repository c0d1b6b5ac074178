"""The people of the business, over the admin API: one who watches the leads, one who settles doubts."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import aiohttp

PAGE = 200
OPERATOR = "the lab's operator"
WATCH_EVERY_S = 0.7
LONG_SENDING_S = 1.5  # on its way for so long: whoever sent it is dead, or hears nothing


class Unanswered(Exception):
    """No server answers just now."""


class Answers(Protocol):
    """A server that may have an admin API, as far as one looks at it before asking."""

    @property
    def url(self) -> str: ...
    @property
    def ready(self) -> bool: ...
    @property
    def frozen(self) -> bool: ...
    @property
    def takes_webhooks(self) -> bool: ...


class AdminApi:
    """The admin API, asked at whichever server answers."""

    def __init__(self, http: aiohttp.ClientSession, servers: Sequence[Answers], token: str) -> None:
        self._http = http
        self._servers = servers
        self._headers = {"Authorization": f"Bearer {token}", "X-Surereply-Operator": OPERATOR}

    async def all(self, resource: str, **query: str) -> list[dict[str, Any]]:
        """Every row of a paged resource. Raises `Unanswered`."""
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await self.get(resource, limit=str(PAGE), **query, **cursor)
            rows += page["items"]
            if page["next"] is None:
                return rows
            cursor = {"cursor": page["next"]}

    async def get(self, path: str, **query: str) -> Any:
        status, answer = await self._ask("GET", path, query)
        if status != 200:
            raise Unanswered
        return answer

    async def resend(self, reply_id: str) -> bool:
        """False where the reply is not listed any more: its echo was faster."""
        status, _ = await self._ask("POST", f"replies/{reply_id}/resends", {})
        return status == 201

    async def resume_line(self, line_id: str) -> bool:
        status, _ = await self._ask("DELETE", f"lines/{line_id}/pause", {})
        return status == 200

    async def _ask(self, method: str, path: str, query: dict[str, str]) -> tuple[int, Any]:
        able = (server for server in self._servers if server.takes_webhooks and not server.frozen)
        for server in sorted(able, key=lambda server: not server.ready):
            try:
                url = f"{server.url}/api/admin/{path}"
                async with self._http.request(method, url, params=query, headers=self._headers) as answer:
                    if answer.status < 500:
                        return answer.status, await answer.json()
            except (aiohttp.ClientError, OSError, TimeoutError):
                # It was killed under the request. A resend that was made all the same is refused the second time.
                continue
        raise Unanswered


@dataclass(slots=True)
class LeadWatcher:
    """Looks at all leads again and again, and notes what was known once and is empty later."""

    api: AdminApi
    leads: list[dict[str, Any]] = field(default_factory=list)  # as of the last look
    known_since: dict[tuple[str, str], float] = field(default_factory=dict)  # (lead, field) to monotonic seconds
    wiped: set[tuple[str, str]] = field(default_factory=set)
    looks: int = 0

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(WATCH_EVERY_S)

    async def look(self) -> None:
        try:
            leads = await self.api.all("leads")
        except Unanswered:
            return
        self.leads, now = leads, time.monotonic()
        self.looks += 1
        seen = {(lead["id"], name) for lead in leads for name in known_fields(lead)}
        self.wiped |= self.known_since.keys() - seen
        for key in seen:
            self.known_since.setdefault(key, now)


def known_fields(lead: dict[str, Any]) -> dict[str, Any]:
    """Field to value, of a lead of the API, without what is empty."""
    values = {
        name: held.get("value") if isinstance(held, dict) else held for name, held in (lead.get("fields") or {}).items()
    }
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


@dataclass(slots=True)
class Doubt:
    """A reply of which nobody knows whether it left, as the operator sees it; times in monotonic seconds."""

    listed_at: float
    told: bool = False
    unsettled_at: float | None = None  # when it was seen as UNKNOWN, or FAILED: an operator may act


@dataclass(slots=True)
class Operator:
    """Looks at the list, waits for the echo, looks at the customer's phone, and sends again what is not there.

    `only`: the one status to look at; every one unless set.
    """

    api: AdminApi
    waits_s: float
    is_on_phone: Callable[[str], bool]
    tell: Callable[[str], None]
    only: str | None = None
    resent: list[str] = field(default_factory=list)  # ids as the ledger writes them, one a consent
    asked: set[str] = field(default_factory=set)  # those for which it ever asked, whatever the answer was
    _doubts: dict[str, Doubt] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(WATCH_EVERY_S)

    async def look(self) -> None:
        try:
            query = {"listed": "true"} | ({"status": self.only} if self.only else {})
            listed = {row["id"]: row["status"] for row in await self.api.all("replies", **query)}
            self._note(listed, time.monotonic())
            await self._settle(time.monotonic())
        except Unanswered:
            return

    def _note(self, listed: dict[str, str], now: float) -> None:
        open_now = {reply_id: status for reply_id, status in listed.items() if status != "PENDING"}
        gone = [self._doubts.pop(reply_id) for reply_id in self._doubts.keys() - open_now.keys()]
        killed = silent = 0
        for reply_id, status in open_now.items():
            doubt = self._doubts.setdefault(reply_id, Doubt(now))
            if status != "SENDING":
                doubt.unsettled_at = doubt.unsettled_at or now
            if not doubt.told and (doubt.unsettled_at or now - doubt.listed_at > LONG_SENDING_S):
                doubt.told = True
                silent += doubt.unsettled_at is not None
                killed += doubt.unsettled_at is None
        echoed = sum(doubt.told for doubt in gone)
        if echoed:
            self.tell(f"settled: {_replies(echoed)} by the echo of our callback data")
        if killed:
            self.tell(f"in doubt: {_replies(killed)} whose sender was killed; listed, never sent again by a machine")
        if silent:
            self.tell(f"in doubt: {_replies(silent)} without an answer; listed, never sent again by a machine")

    async def _settle(self, now: float) -> None:
        due = [
            reply_id
            for reply_id, doubt in self._doubts.items()
            if doubt.unsettled_at is not None and now - doubt.unsettled_at >= self.waits_s
        ]
        resent = 0
        for reply_id in due:
            name = UUID(reply_id).hex
            if self.is_on_phone(name):
                continue  # its echo will come
            # Noted before it is asked for: the answer may be lost, and the consent was given.
            self.resent.append(name)
            self.asked.add(name)
            if await self.api.resend(reply_id):
                del self._doubts[reply_id]
                resent += 1
            else:
                self.resent.remove(name)
        if resent:
            self.tell(f"settled: {_replies(resent)} by the operator, who found no such bubble and sends it again")


def _replies(count: int) -> str:
    return f"{count} {'reply' if count == 1 else 'replies'}"
