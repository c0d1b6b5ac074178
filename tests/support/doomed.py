"""A process of the business that takes one step up to a marked point and stands still there, to be killed.

    python -m support.doomed DATABASE_URL API_URL NOW STEP POINT

`respond` may stop at `reading`, or before the commit of its `turn`; `dispatch` before the commit of its `claim`, at the
`request` (nothing written yet), after the `answer`, or before the commit of the `result`; `announce` (to an endpoint)
at the same points as `dispatch`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from support.commands import SECRET_KEY
from surereply.announcer import Announcer
from surereply.dispatcher import Dispatcher
from surereply.domain.announcements import Answer
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.domain.outcome import Outcome
from surereply.lab.clock import StandingClock
from surereply.lab.lines import AppSecrets, LabLine
from surereply.outward import Outward, open_outward
from surereply.responder import Responder
from surereply.store.database import Database, Tx, connect
from surereply.store.directory import Directory
from surereply.store.secrets import Credentials
from surereply.thinking import Thinker, read_with_rules
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

COMMITS = {"respond": ("turn",), "dispatch": ("claim", "result"), "announce": ("claim", "result")}


async def stand_still(point: str) -> None:
    print(point, flush=True)
    await asyncio.Event().wait()


class StopsBeforeCommit:
    """A database whose transactions have names, in order; before the commit of one of them everything stops."""

    def __init__(self, db: Database, names: tuple[str, ...], point: str) -> None:
        self._db = db
        self._names = iter(names)
        self._point = point

    @asynccontextmanager
    async def transaction(self, *, relaxed: bool = False) -> AsyncIterator[Tx]:
        name = next(self._names, None)
        async with self._db.transaction(relaxed=relaxed) as tx:
            yield tx
            if name == self._point:
                await stand_still(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


class StopsAround:
    """A client that stops before its request, or after its answer."""

    def __init__(self, client: WhatsAppClient, point: str) -> None:
        self._client = client
        self._point = point

    async def send(self, phone_number_id: str, token: str, body: Any, deadline: float) -> Outcome:
        if self._point == "request":
            await stand_still("request")
        outcome = await self._client.send(phone_number_id, token, body, deadline)
        if self._point == "answer":
            await stand_still("answer")
        return outcome


class StopsAroundPost:
    """The way outside, which stops before a request, or after its answer."""

    def __init__(self, outward: Outward, point: str) -> None:
        self._outward = outward
        self._point = point

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._point == "request":
            await stand_still("request")
        answer = await self._outward.post(url, body, headers)
        if self._point == "answer":
            await stand_still("answer")
        return answer


async def main(url: str, api_url: str, now: str, step: str, point: str) -> None:
    clock = StandingClock(datetime.fromisoformat(now))
    line, app = LabLine(), AppSecrets()
    credentials = {line.phone_number_id: Credentials(line.access_token, app.app_secret, app.verify_token)}
    db = await connect(url, name="doomed", most=4, for_steps=True)
    directory = Directory(db, SECRET_KEY, credentials)
    await directory.refresh()
    stops: Any = StopsBeforeCommit(db, COMMITS[step], point)

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        if point == "reading":
            await stand_still("reading")
        return await read_with_rules(flow, message, context)

    if step == "respond":
        responder = Responder(stops, directory, clock, Thinker(directory, clock, read=read))
        await responder.respond_once()
        await responder.drain()
        return
    if step == "announce":
        async with open_outward(private_allowed=True) as outward:
            announcer = Announcer(stops, directory, clock, StopsAroundPost(outward, point))
            await announcer.announce_once()
            await announcer.drain()
        return
    async with open_http() as http:
        client = StopsAround(WhatsAppClient(f"{api_url}/v23.0", http), point)
        dispatcher = Dispatcher(stops, directory, clock, client)
        await dispatcher.dispatch_once()
        await dispatcher.drain()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
