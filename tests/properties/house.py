"""A business of several processes on one database, where a test decides what moves next, down to single statements."""

import asyncio
import random
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, TypeVar
from unittest import mock

import asyncpg

from properties.process import Process
from properties.provider import Provider, Reader
from properties.setting import HOLDS, RESENDS, START, clear, credentials, set_up
from properties.stage import QUICK, Stage, staged_database
from properties.standstill import Loop, blocked_backends
from support.invariants import Book, Look, book_of, broken_invariants, look, moved_back
from support.webhooks import body_with, in_other_bytes
from surereply.lab.clock import StandingClock
from surereply.lab.envelope import MESSAGES, Update, signature_of
from surereply.lab.graph import Manners
from surereply.lab.phones import Phone, Said
from surereply.lab.reporting import Reporting
from surereply.lab.world import World
from surereply.receiver import NotKept
from surereply.store.database import Database
from surereply.store.directory import Directory
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

Result = TypeVar("Result")

A_WHILE_SECONDS = 0.004  # what takes longer is asked about: it may wait for a lock


class House:
    """Opened once, for many runs: each begins on a fresh morning, with nothing kept and nobody known."""

    def __init__(self, url: str, processes: int = 3) -> None:
        self.url = url
        self._runner = asyncio.Runner(loop_factory=Loop)
        self._stack = AsyncExitStack()
        self._count = processes
        self._chance = random.Random()
        self.processes: list[Process] = []
        self.clock = StandingClock(START)
        self.tasks: list[asyncio.Task[Any]] = []
        self.acknowledged: set[str] = set()
        self.posts_answered = 0
        self.said: list[Said] = []
        self.reports: list[Update] = []
        self.seen: list[str] = []  # findings of the moment, such as a request without its mark on disk
        self._last_look: Look | None = None
        self._runs = 0
        self._looking = 0
        self._moved = asyncio.Event()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Let the business go on until the work is done; between two calls everything stands still."""
        with mock.patch("os.urandom", self._chance.randbytes):  # the same ids at every replay
            return self._runner.run(work)

    async def open(self) -> None:
        self._hands = await self._stack.enter_async_context(
            asyncpg.create_pool(self.url, min_size=1, max_size=4, server_settings=QUICK)
        )
        self._eye = await asyncpg.connect(self.url, server_settings=QUICK)
        self._stack.push_async_callback(self._eye.close)
        self._http = await self._stack.enter_async_context(open_http())
        async with self._hands.acquire() as connection:
            await set_up(connection)
        # What every process knows of lines and flows is the same, and is read once for all of them.
        self.directory = Directory(Database(self._hands), None, credentials())
        await self.directory.refresh()
        for number in range(self._count):
            self.processes.append(await self._new_process(number))
        self.fetch = self._eye.fetch

    def close(self) -> None:
        async def close() -> None:
            for process in self.processes:
                process.pool.terminate()
            await self._stack.aclose()

        self.run(close())
        self._runner.close()

    async def _new_process(self, number: int) -> Process:
        stage = Stage(self._terminate, self._moved, seen=self.seen)
        db, pool = await staged_database(self.url, f"process {number}", stage)
        return Process(stage, db, pool, self.directory, Reader(), Provider(self.fetch_any, self._moved, self.seen))

    async def fetch_any(self, sql: str, *args: Any) -> Any:
        """Beside everything else, on a connection of nobody's."""
        self._looking += 1
        try:
            return await self._hands.fetch(sql, *args)
        finally:
            self._looking -= 1
            self._moved.set()

    async def _terminate(self, pid: int) -> None:
        await self.fetch_any("SELECT pg_terminate_backend($1, 5000)", pid)

    # ── a run ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self) -> None:
        """A fresh morning."""
        self._runs += 1
        await clear(self._eye, self._runs)
        self._chance.seed("ids")
        self.clock.set(START)
        manners = Manners(reporting=Reporting(stages=()))  # reports are told by hand
        self.world = World(
            deliver=_nobody, lines=(HOLDS, RESENDS), clock=self.clock, manners=manners, by_hand=True
        )  # fmt: skip
        await self.world.__aenter__()
        for process in self.processes:
            process.begin(self.clock, self._client())
        self.acknowledged.clear()
        self.posts_answered = 0
        self.said.clear()
        self.reports.clear()
        self.seen.clear()
        self._last_look = None

    def _client(self) -> WhatsAppClient:
        url = f"{self.world.api_url}/v23.0"
        return WhatsAppClient(url, self._http, total_seconds=2.0, clock=lambda: self.clock().timestamp())

    async def end(self) -> None:
        """Whatever is still under way is cut off, and the world closes."""
        for process in [*self.processes]:
            if process.stage.passed and (process.stage.running or process.stage.held or process.tasks or self.tasks):
                await self.kill(process)
            process.stage.passed.clear()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()
        await self.world.server.refuse_connections()  # else it would wait for them
        await self.world.__aexit__(None, None, None)

    def start(self, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Begin something that may have to wait for others."""
        task = asyncio.create_task(work)
        self.tasks.append(task)
        return task

    async def rest(self) -> None:
        """Return when nothing moves by itself any more: all is done, held, or waits for a lock of something held."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Loop)
        while True:
            await asyncio.sleep(0)
            if not loop.is_idle:
                continue
            running = self._running()
            if not running and not self._is_busy():
                break
            if await self._moves() or self._is_busy():
                continue
            if running <= await blocked_backends(self.fetch) and loop.is_idle and running == self._running():
                break
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            if not task.cancelled():
                task.result()  # a step that fails is told by its own values; anything else is a finding

    async def _moves(self) -> bool:
        """Whether something that was under way came to its end, soon."""
        self._moved.clear()
        try:
            async with asyncio.timeout(A_WHILE_SECONDS):
                await self._moved.wait()
        except TimeoutError:
            return False
        return True

    def _running(self) -> set[int]:
        return {pid for process in self.processes for pid in process.stage.running}

    def _is_busy(self) -> bool:
        return self._looking > 0 or any(
            process.stage.connecting or process.provider.requests_under_way for process in self.processes
        )

    async def kill(self, process: Process) -> None:
        """The process dies where it stands, and so do its backends; another one begins in its place."""
        pids = [row["pid"] for row in await self.fetch(
            "SELECT pid FROM pg_stat_activity WHERE application_name = $1", self._name_of(process)
        )]  # fmt: skip
        process.pool.terminate()
        for pid in pids:
            await self._terminate(pid)
        while tasks := process.tasks:  # one that is cancelled while its connection breaks may take it for that
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.001)
        process.stage.go_on()
        place = self.processes.index(process)
        self.processes[place] = await self._new_process(place)
        self.processes[place].begin(self.clock, self._client())

    def _name_of(self, process: Process) -> str:
        return f"surereply process {self.processes.index(process)}"

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────────────────────

    def says(self, phone: Phone, text: str) -> Said:
        said = phone.says(text)
        self.said.append(said)
        return said

    def deliver(self, process: Process, items: Sequence[Said | Update], *, other_bytes: bool = False) -> None:
        """One POST, begun."""
        body = body_with(*items)
        post = self.start(self._post(process, in_other_bytes(body) if other_bytes else body, items))
        post.set_name("post")

    async def _post(self, process: Process, body: bytes, items: Sequence[Said | Update]) -> None:
        try:
            await process.receiver.receive(body, signature_of(body, self.world.secrets.app_secret))
        except NotKept:
            return
        self.posts_answered += 1
        for item in items:
            update = update_of(item)
            update.acknowledged_at = self.clock()
            if update.part == MESSAGES:
                self.acknowledged.add(update.key)

    def report(self, number: int, stage: str) -> Update | None:
        """WhatsApp has something to say of one of the sends it accepted."""
        accepted = self.world.graph.ledger.accepted
        if not accepted:
            return None
        update = self.world.tell_report(accepted[number % len(accepted)], stage)
        self.reports.append(update)
        return update

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────

    def book(self) -> Book:
        return Book([*self.acknowledged], book_of((), self.world.graph.ledger).requests)

    async def findings(self) -> list[str]:
        """What does not hold now, and what moved back since the last look."""
        now = await look(self.fetch)
        back = moved_back(self._last_look, now) if self._last_look else []
        self._last_look = now
        return [*self.seen, *back, *await broken_invariants(self.fetch, self.book()), *await self._unwritten_posts()]

    async def _unwritten_posts(self) -> list[str]:
        """Also a POST of nothing but repetitions leaves a row: else its commit would wait for no standby."""
        on_record = await self.value("SELECT count(DISTINCT id) FROM delivery")
        missing = self.posts_answered - on_record
        return [f"kept once: {missing} POSTs were answered with 200 and wrote nothing"] if missing > 0 else []

    async def value(self, sql: str, *args: Any) -> Any:
        return (await self.fetch(sql, *args))[0][0]


def update_of(item: Said | Update) -> Update:
    return item.update if isinstance(item, Said) else item


async def _nobody(body: bytes, headers: Mapping[str, str]) -> int:
    raise AssertionError("nothing is delivered but by hand")
