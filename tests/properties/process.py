"""The steps of one process, on connections and with a memory of its own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from properties.provider import Provider, Reader
from properties.stage import Stage
from surereply.dispatcher import Dispatcher
from surereply.lab.clock import StandingClock
from surereply.receiver import Receiver
from surereply.reconciler import Reconciler
from surereply.responder import Responder
from surereply.store.database import Database
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.thinking import Thinker
from surereply.whatsapp.client import WhatsAppClient


@dataclass(slots=True)
class Process:
    """What it is given; `begin` makes its steps."""

    stage: Stage
    db: Database
    pool: "asyncpg.Pool[Any]"
    directory: Directory
    reader: Reader
    provider: Provider
    receiver: Receiver = field(init=False)
    responder: Responder = field(init=False)
    dispatcher: Dispatcher = field(init=False)
    reconciler: Reconciler = field(init=False)

    def begin(self, clock: StandingClock, client: WhatsAppClient) -> None:
        """With nothing in mind but what is on disk, and nothing planned."""
        self.let_go()
        self.provider.client = client
        self.receiver = Receiver(self.db, self.directory, clock, Patience())
        self.responder = Responder(self.db, self.directory, clock, Thinker(self.directory, clock, read=self.reader))
        self.dispatcher = Dispatcher(
            self.db, self.directory, clock, self.provider, steady=client.clock, randomness=lambda: 0.5
        )
        self.reconciler = Reconciler(self.db, self.directory, clock, refused_at=lambda: self.receiver.refused_at)

    def let_go(self) -> None:
        """Whatever it holds goes on."""
        self.stage.go_on()
        self.reader.let_all_think()
        self.provider.let_all_go()

    @property
    def tasks(self) -> set["asyncio.Task[None]"]:
        """What the steps began by themselves."""
        batchers = (self.receiver._batcher, self.responder._commits, self.dispatcher._settle)
        writing = {batcher._writing for batcher in batchers if batcher._writing is not None}
        return {*self.responder._thinking, *self.dispatcher._in_flight, *writing}
