"""WhatsApp as a business meets it, in one object: Meta's webhooks, the Graph API, the customers' phones."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType

from surereply.lab import payloads
from surereply.lab.clock import Clock, wall_clock
from surereply.lab.envelope import STATUSES, Update
from surereply.lab.graph import Answer, Graph, Manners, Mark
from surereply.lab.graph_http import GraphServer
from surereply.lab.ids import Ids
from surereply.lab.ledger import Entry
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.media import MediaShelf
from surereply.lab.meta import Habits, Meta
from surereply.lab.phones import Phone, Said
from surereply.lab.reporting import FAILED
from surereply.lab.wire import Deliver, HttpWire

TYPING_SHOWS = timedelta(seconds=25)


class World:
    """Everything outside the business; as a context it serves the Graph API and delivers webhooks.

    Give `webhook_url` (one, or several for servers side by side), or `deliver` (`wire.into_asgi(app)`).
    With `by_hand`, nothing is delivered until `deliver()`: a test or a simulation decides when. The same
    seed and the same clock give the same ids, batches and faults.
    """

    def __init__(
        self,
        *,
        webhook_url: str | Sequence[str] = (),
        webhook_timeout_s: float = 20.0,
        deliver: Deliver | None = None,
        lines: Sequence[LabLine] = (LabLine(),),
        secrets: AppSecrets | None = None,
        clock: Clock = wall_clock,
        seed: int = 0,
        manners: Manners | None = None,
        habits: Habits | None = None,
        by_hand: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        addresses = [webhook_url] if isinstance(webhook_url, str) else list(webhook_url)
        if bool(addresses) == (deliver is not None):
            raise ValueError("a World needs either webhook_url or deliver")
        self.lines = tuple(lines)
        self.secrets = secrets or AppSecrets()
        self.clock = clock
        self.seed = seed
        self.ids = Ids(seed)
        self.media = MediaShelf()
        self.graph = Graph(lines, clock=clock, seed=seed, manners=manners)
        chance = random.Random(f"wire:{seed}")
        self.wire = HttpWire(addresses, chance, webhook_timeout_s) if addresses else None
        posting = deliver if deliver is not None else self._over_http
        self.meta = Meta(posting, self.secrets, clock=clock, seed=seed, habits=habits)
        self.server = GraphServer(
            self.graph, self.media, report=self.report, clock=clock, webhook_url=", ".join(addresses)
        )
        self.change_listeners: list[Callable[[Phone], None]] = []
        self._where = (host, port)
        self._by_hand = by_hand
        self._delivering: asyncio.Task[None] | None = None
        self._phones: dict[tuple[str, str], Phone] = {}
        self._phone_of_message: dict[str, Phone] = {}
        self.graph.ledger.listeners.append(self._entry_made)
        self.graph.mark_listeners.append(self._mark_made)

    @property
    def api_url(self) -> str:
        return self.server.url

    async def __aenter__(self) -> "World":
        await self.server.listen(*self._where)
        if self.wire is not None:
            await self.wire.__aenter__()
        if not self._by_hand:
            self._delivering = asyncio.create_task(self.meta.run(), name="lab deliveries")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._delivering
        if self.wire is not None:
            await self.wire.__aexit__(kind, error, trace)
        await self.server.close()

    def phone(
        self,
        number: str | None = None,
        *,
        bsuid: str | None = None,
        name: str = "Customer",
        username: str | None = None,
        line: LabLine | None = None,
    ) -> Phone:
        """The phone of a number or BSUID on a line (the first unless given), made when first asked for."""
        on = line or self.lines[0]
        for known in (number, bsuid):
            if known is not None and (on.phone_number_id, known) in self._phones:
                return self._phones[on.phone_number_id, known]
        made = Phone(self, on, number=number, bsuid=bsuid, name=name, username=username)
        self.moved(made)
        return made

    @property
    def phones(self) -> tuple[Phone, ...]:
        return tuple(dict.fromkeys(self._phones.values()))

    def moved(self, phone: Phone) -> None:
        """The phone is reached under its present names, and under those it had."""
        for name in phone.names:
            self._phones[phone.line.phone_number_id, name] = phone

    async def deliver(self) -> None:
        """Deliver webhooks until none is due any more."""
        await self.meta.deliver_all()

    async def post_message(self, phone_number_id: str, token: str | None, body: object) -> Answer:
        """A send without a socket, for a simulation: judged, reported, and not delayed."""
        answer = self.graph.judge(phone_number_id, token, body, self.graph.fault_for(phone_number_id, body))
        if answer.plan:
            await self.report(answer)
        return answer

    async def report(self, answer: Answer) -> None:
        """Put the reports of an accepted send on their way; before the answer, if so configured."""
        if answer.entry is None or answer.reporting is None:
            return
        updates = [(self._report_of(answer.entry, stage, answer), delay_s) for stage, delay_s in answer.plan]
        if answer.reporting.before_answer:
            await self.meta.deliver_now([update for update, _ in updates])
            return
        for update, delay_s in updates:
            self.meta.tell(update, after_s=delay_s)

    def tell_report(self, entry: Entry, stage: str, *, failed_code: int | None = None) -> Update:
        """Report on a send by hand: a late echo, a failure hours later, a read mark of the customer."""
        return self.meta.tell(self.report_on(entry, stage, failed_code=failed_code))

    def report_on(self, entry: Entry, stage: str, *, failed_code: int | None = None) -> Update:
        """The same, not on its way yet."""
        return self._report_made(entry, stage, failed_code, echoes=True)

    def owner_writes(self, phone: Phone, text: str) -> str:
        """The owner answers a customer from the phone app; returns the message's wamid."""
        wamid = self.ids.wamid()
        content = payloads.echo(wamid, self.clock(), phone.line, text, number=phone.number, bsuid=phone.bsuid)
        topic = "smb_message_echoes"
        self.meta.tell(Update(wamid, phone.line, content, part="message_echoes", topic=topic))
        return wamid

    def take_message(self, phone: Phone, said: Said, *, told: bool = True) -> None:
        """A phone has sent a message: the provider knows of it, and Meta will tell the business."""
        self._phone_of_message[said.wamid] = phone
        self.graph.note_inbound(phone.line.phone_number_id, phone.names, said.wamid, said.at)
        if told:
            self.meta.tell(said.update)
        self._changed(phone)

    async def _over_http(self, body: bytes, headers: Mapping[str, str]) -> int:
        assert self.wire is not None
        return await self.wire.deliver(body, headers)

    def _report_of(self, entry: Entry, stage: str, answer: Answer) -> Update:
        assert answer.reporting is not None
        code = answer.reporting.failed_code if stage == FAILED else None
        return self._report_made(entry, stage, code, echoes=answer.reporting.echoes_callback)

    def _report_made(self, entry: Entry, stage: str, failed_code: int | None, *, echoes: bool) -> Update:
        line = self.graph.lines[entry.phone_number_id]
        phone = self._phones.get((line.phone_number_id, entry.recipient))
        by_bsuid = "." in entry.recipient
        content = payloads.status(
            entry.wamid or "",
            stage,
            self.clock(),
            number=None if by_bsuid else entry.recipient,
            bsuid=entry.recipient if by_bsuid else (phone.bsuid if phone else None),
            callback_data=entry.callback_data if echoes else None,
            failed_code=failed_code if failed_code is not None or stage != FAILED else 131000,
        )
        return Update(f"{entry.wamid} {stage}", line, content, part=STATUSES)

    def _entry_made(self, entry: Entry) -> None:
        phone = self._phones.get((entry.phone_number_id, entry.recipient))
        if phone is not None and entry.reaches_phone:
            phone.typing_until = None
            self._changed(phone)

    def _mark_made(self, mark: Mark) -> None:
        phone = self._phone_of_message.get(mark.message_id)
        if phone is None:
            return
        phone.seen_by_business.add(mark.message_id)
        phone.typing_until = mark.at + TYPING_SHOWS if mark.typing else phone.typing_until
        self._changed(phone)

    def _changed(self, phone: Phone) -> None:
        for listener in self.change_listeners:
            listener(phone)
