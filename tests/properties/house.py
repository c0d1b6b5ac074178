"""A business of several processes on one database, where a test decides what moves next, down to single statements."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock
from uuid import UUID

import asyncpg

from properties.provider import Provider, Reader
from properties.stage import QUICK, Stage, staged_database
from support.invariants import Book, Look, book_of, broken_invariants, look, moved_back, unfinished
from support.webhooks import body_with, in_other_bytes
from surereply.dispatcher import Dispatcher
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line, LineSettings
from surereply.lab.clock import StandingClock
from surereply.lab.envelope import MESSAGES, Update, signature_of
from surereply.lab.graph import Manners
from surereply.lab.lines import AppSecrets, make_lines
from surereply.lab.phones import Phone, Said
from surereply.lab.reporting import Reporting
from surereply.lab.world import World
from surereply.receiver import NotKept, Receiver
from surereply.reconciler import Reconciler
from surereply.responder import Responder
from surereply.store import flows, lines, partitions
from surereply.store.database import Database
from surereply.store.delivered import Patience
from surereply.store.directory import Directory
from surereply.store.secrets import Credentials
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

Result = TypeVar("Result")

FLOW = Path(__file__).resolve().parents[2] / "flows" / "business-services.yaml"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOLDS, RESENDS = make_lines(2)  # a line a policy for what is in doubt
POLICIES = {HOLDS.phone_number_id: "hold", RESENDS.phone_number_id: "resend"}
SHORT_PAUSE_SECONDS = 1.0
A_WHILE_SECONDS = 0.004  # what takes longer is asked about: it may wait for a lock
SETUP = ("flow", "flow_version", "line", "line_pace", "service_type", "alembic_version")
ROUNDS_TO_DRAIN = 40


class Loop(asyncio.SelectorEventLoop):
    """Short pauses take no time on it, and it can say whether anything is ready to run."""

    def call_later(self, delay: float, callback: Any, *args: Any, context: Any = None) -> Any:
        if delay <= SHORT_PAUSE_SECONDS:
            return self.call_soon(callback, *args, context=context)
        return super().call_later(delay, callback, *args, context=context)

    @property
    def is_idle(self) -> bool:
        return not self._ready  # type: ignore[attr-defined]


@dataclass(slots=True)
class Process:
    """The steps of one process, on connections and with a memory of its own."""

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
        self.stage.go_on()
        self.reader.let_all_think()
        self.provider.let_all_go()
        self.provider.client = client
        self.receiver = Receiver(self.db, self.directory, clock, Patience())
        self.responder = Responder(self.db, self.directory, clock, read=self.reader)
        self.dispatcher = Dispatcher(
            self.db, self.directory, clock, self.provider, steady=client.clock, randomness=lambda: 0.5
        )
        self.reconciler = Reconciler(self.db, self.directory, clock, refused_at=lambda: self.receiver.refused_at)

    @property
    def tasks(self) -> set["asyncio.Task[None]"]:
        """What the steps began by themselves."""
        batchers = (self.receiver._batcher, self.responder._commits, self.dispatcher._settle)
        writing = {batcher._writing for batcher in batchers if batcher._writing is not None}
        return {*self.responder._thinking, *self.dispatcher._in_flight, *writing}


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
        self._looking = 0
        self._moved = asyncio.Event()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Let the business go on until the work is done; between two calls everything stands still."""
        return self._runner.run(work)

    async def open(self) -> None:
        # The same ids at every replay.
        self._stack.enter_context(mock.patch("os.urandom", lambda size: self._chance.randbytes(size)))
        self._hands = await self._stack.enter_async_context(
            asyncpg.create_pool(self.url, min_size=1, max_size=4, server_settings=QUICK)
        )
        self._eye = await asyncpg.connect(self.url, server_settings=QUICK)
        self._stack.push_async_callback(self._eye.close)
        self._http = await self._stack.enter_async_context(open_http())
        await self._set_up()
        # What every process knows of lines and flows is the same, and is read once for all of them.
        self.directory = Directory(Database(self._hands), None, _credentials())
        await self.directory.refresh()
        for number in range(self._count):
            self.processes.append(await self._new_process(number))
        self.fetch = self._eye.fetch
        self._tables = [
            row["relname"]
            for row in await self.fetch(
                """
                SELECT relname FROM pg_class
                 WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
                   AND relname <> ALL($1::text[])
                 ORDER BY relname = 'contact'  -- conversations refer to it
                """,
                SETUP,
            )
        ]

    def close(self) -> None:
        async def close() -> None:
            for process in self.processes:
                process.pool.terminate()
            await self._stack.aclose()

        self.run(close())
        self._runner.close()

    async def _set_up(self) -> None:
        async with self._hands.acquire() as tx, tx.transaction():
            await partitions.ensure_partitions(tx, START)
            await flows.put_flow(tx, "business-services", FLOW.read_text(), "test", START)
            for one in (HOLDS, RESENDS):
                number = one.phone_number_id
                settings = LineSettings(unknown_policy=POLICIES[number])
                line = Line(bucket_of(number), new_id(START), number, one.name, "business-services", settings)
                await lines.put_line(tx, line, None, START)

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
        await self._eye.execute("".join(f"DELETE FROM {table};" for table in self._tables))
        await self._eye.execute(
            """
            UPDATE line_pace SET tokens = 40, refilled_at = $1, slowed_to = NULL, slowed_at = NULL, closed_until = NULL,
                   stopped_at = NULL, templates_stopped_at = NULL, paused_at = NULL, window_from = NULL,
                   window_claimed = 0, window_unknown = 0, echoed_until = NULL, refused_at = NULL
            """.replace("$1", f"'{START.isoformat()}'")
        )
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
            if running <= await self._blocked() and loop.is_idle and running == self._running():
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

    async def _blocked(self) -> set[int]:
        """Backends that wait for a lock, and not in a circle: those are told so by the server, and move."""
        rows = await self.fetch(
            """
            SELECT pid, pg_blocking_pids(pid) AS blockers
              FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
        waits_for = {row["pid"]: {*row["blockers"]} for row in rows}
        return {pid for pid in waits_for if not _is_in_a_circle(pid, waits_for)}

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
            update = item.update if isinstance(item, Said) else item
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

    async def drain(self) -> list[str]:
        """Everything works again, for long enough, and is told again until it is heard; what is wrong then."""
        for process in self.processes:
            process.stage.go_on()
            process.reader.let_all_think()
            process.provider.let_all_go()
        await self.rest()
        await self._take(*(process.dispatcher.drain for process in self.processes))  # what is in doubt is given back
        for number in range(ROUNDS_TO_DRAIN):
            await self.fetch("UPDATE line_pace SET closed_until = NULL, stopped_at = NULL, templates_stopped_at = NULL")
            self.clock.advance(seconds=31)
            await self._one_round(self.processes[(number + 1) % len(self.processes)])
            if not self._unacknowledged() and not await unfinished(self.fetch, self.book()):
                break
        return [*await self.findings(), *await unfinished(self.fetch, self.book()), *self._unacknowledged()]

    async def _one_round(self, process: Process) -> None:
        """In the order in which one step's work becomes the next one's."""
        await self._redeliver(process)
        await self._take(process.reconciler.unite_contacts_once, process.responder.respond_once)
        await self._take(process.dispatcher.dispatch_once)
        self._tell_the_rest()
        await self._redeliver(process)
        await self._take(process.reconciler.apply_reports_once, process.reconciler.settle_doubts_once)

    async def _take(self, *steps: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        for step in steps:
            self.start(step())
            await self.rest()

    def _tell_the_rest(self) -> None:
        """Every send that was accepted is reported in the end."""
        told = {update.key.split()[0] for update in self.reports}
        for entry in self.world.graph.ledger.accepted:
            if entry.wamid not in told:
                self.reports.append(self.world.tell_report(entry, "delivered"))

    async def _redeliver(self, process: Process) -> None:
        waiting = [item for item in (*self.said, *self.reports) if _update(item).acknowledged_at is None]
        if waiting:
            self.deliver(process, waiting)
            await self.rest()

    def _unacknowledged(self) -> list[str]:
        return [
            f"the backlog drains: {_update(item).key} was told again and again, and never answered with 200"
            for item in (*self.said, *self.reports)
            if _update(item).acknowledged_at is None
        ]

    async def value(self, sql: str, *args: Any) -> Any:
        return (await self.fetch(sql, *args))[0][0]

    async def conversation_of(self, phone: Phone) -> UUID | None:
        rows = await self.fetch(
            "SELECT conversation_id FROM identifier WHERE value = ANY($1::text[]) ORDER BY conversation_id",
            [*phone.names],
        )
        return rows[0][0] if rows else None


def _update(item: Said | Update) -> Update:
    return item.update if isinstance(item, Said) else item


def _is_in_a_circle(pid: int, waits_for: Mapping[int, Iterable[int]]) -> bool:
    reached, waiting = set(), [*waits_for[pid]]
    while waiting:
        one = waiting.pop()
        if one == pid:
            return True
        if one not in reached:
            reached.add(one)
            waiting += waits_for.get(one, ())
    return False


def _credentials() -> dict[str, Credentials]:
    app = AppSecrets()
    return {
        line.phone_number_id: Credentials(line.access_token, app.app_secret, app.verify_token)
        for line in (HOLDS, RESENDS)
    }


async def _nobody(body: bytes, headers: Mapping[str, str]) -> int:
    raise AssertionError("nothing is delivered but by hand")
