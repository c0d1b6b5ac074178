"""Customers of many lines who write, read their reply, and write again; and the provider that takes the replies."""

import asyncio
import hashlib
import hmac
import itertools
import json
import random
import time
from collections import deque
from dataclasses import dataclass, field

import msgspec

from bench.pipeline.wire import Pool, Server

APP_SECRET = "bench-app-secret"

# What customers of the business-services flow write, message by message; several fields at once, as people do.
SCRIPTS = (
    ("hi, i need a freelance visa", "I'm {name} from Spain", "yes i am inside uae", "permit with visa please"),
    ("hello", "mainland company setup", "trading in food stuff", "2 partners", "my name is {name}"),
    ("good morning, visit visa for my brother", "60 days", "he is from India", "{name}"),
    ("how much is a family visa?", "Egypt", "i am an employee", "they are outside the country", "{name}, thanks"),
    ("I want golden visa as investor", "property worth 2 million", "as soon as possible", "name is {name}"),
    ("need pro services for document clearing", "urgent", "{name}"),
)
NAMES = (
    "Maria Lopez",
    "Omar Farouk",
    "Anita Rao",
    "John Miller",
    "Fatima Zahra",
    "Li Wei",
    "Ivan Petrov",
    "Sara Ahmed",
)


@dataclass(slots=True)
class Customer:
    line: str
    number: str
    script: tuple[str, ...]
    step: int = 0
    wrote_at: float = 0.0


@dataclass(slots=True)
class Figures:
    """What one run saw, in seconds."""

    acks: list[float] = field(default_factory=list)
    replies: list[float] = field(default_factory=list)
    refused: int = 0
    written: int = 0
    answered: int = 0
    unexpected: int = 0  # replies to nobody who waits: a second answer would show here
    began: float = 0.0
    ended: float = 0.0


class Load:
    """Customers and provider in one process, on one clock."""

    def __init__(self, lines: list[str], seed: int) -> None:
        self._lines = lines
        self._random = random.Random(seed)
        self._numbers = itertools.count(971_500_000_000 + seed * 10_000_000)
        self._wamids = itertools.count()
        self._run = f"{seed}-{time.time_ns():x}"
        self._waiting: dict[str, Customer] = {}
        self._idle: deque[Customer] = deque()
        self._pool = Pool()
        self._next_at_once = False
        self._sending: set[asyncio.Task[None]] = set()
        self._decoder = msgspec.json.Decoder()
        self.figures = Figures()
        self.read_marks = 0

    async def listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Server(self._accept), "127.0.0.1", port, backlog=1024)

    async def connect(self, port: int, connections: int = 64) -> None:
        self._pool = Pool()
        await self._pool.open("127.0.0.1", port, "/webhooks/whatsapp", connections)

    def _accept(self, path: bytes, body: bytes) -> bytes:
        """The provider: takes a reply, names it; the customer who waits for it has it."""
        request = self._decoder.decode(body)
        if request.get("status") == "read":
            self.read_marks += 1
            return b'{"success":true}'
        now = time.perf_counter()
        customer = self._waiting.pop(request.get("to", ""), None)
        if customer is None:
            self.figures.unexpected += 1
        else:
            self.figures.replies.append(now - customer.wrote_at)
            self.figures.answered += 1
            self._rest(customer)
        wamid = f"wamid.out.{self._run}.{next(self._wamids)}"
        return json.dumps({"messaging_product": "whatsapp", "messages": [{"id": wamid}]}).encode()

    def _rest(self, customer: Customer) -> None:
        customer.step += 1
        if customer.step >= len(customer.script):
            customer = self._new_customer()
        if self._next_at_once:
            self._start(customer)
        else:
            self._idle.append(customer)

    def _new_customer(self) -> Customer:
        line = self._lines[self._random.randrange(len(self._lines))]
        return Customer(line, str(next(self._numbers)), self._random.choice(SCRIPTS))

    def _start(self, customer: Customer) -> None:
        task = asyncio.create_task(self._write(customer))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _write(self, customer: Customer) -> None:
        body, signature = self._delivery(customer)
        self._waiting[customer.number] = customer
        customer.wrote_at = started = time.perf_counter()
        self.figures.written += 1
        status = await self._pool.post(body, signature)
        if status == 200:
            self.figures.acks.append(time.perf_counter() - started)
        else:
            self.figures.refused += 1

    def _delivery(self, customer: Customer) -> tuple[bytes, str]:
        text = customer.script[customer.step].format(name=self._random.choice(NAMES))
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": customer.line, "phone_number_id": customer.line},
            "contacts": [{"profile": {"name": "Bench"}, "wa_id": customer.number}],
            "messages": [
                {
                    "from": customer.number,
                    "id": f"wamid.in.{self._run}.{next(self._wamids)}",
                    "timestamp": str(int(time.time())),
                    "type": "text",
                    "text": {"body": text},
                }
            ],
        }
        body = json.dumps(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
            }
        ).encode()
        return body, "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()

    async def open_loop(self, rate: float, seconds: float) -> Figures:
        """`rate` messages a second, whatever becomes of them; customers who wait for a reply do not write."""
        self._begin(at_once=False)
        interval, count = 1.0 / rate, int(rate * seconds)
        begin = time.perf_counter()
        for number in range(count):
            due = begin + number * interval
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self._start(self._idle.popleft() if len(self._idle) > rate / 2 else self._new_customer())
        return await self._finish()

    async def closed_loop(self, customers: int, seconds: float) -> Figures:
        """So many customers at the same time, each writing again as soon as answered: saturation."""
        self._begin(at_once=True)
        for _ in range(customers):
            self._start(self._idle.popleft() if self._idle else self._new_customer())
        await asyncio.sleep(seconds)
        self.figures.ended = time.perf_counter()
        answered = self.figures.answered
        self._next_at_once = False
        await self._finish()
        self.figures.answered = answered
        return self.figures

    def _begin(self, *, at_once: bool) -> None:
        self.figures = Figures(began=time.perf_counter())
        self._next_at_once = at_once

    async def _finish(self, patience_seconds: float = 15.0) -> Figures:
        last = time.perf_counter() + patience_seconds
        while (self._waiting or self._sending) and time.perf_counter() < last:
            await asyncio.sleep(0.01)
        self.figures.ended = self.figures.ended or time.perf_counter()
        return self.figures

    @property
    def unanswered(self) -> int:
        return len(self._waiting)

    def forget_waiting(self) -> None:
        """Customers that a run left unanswered are not counted in the next."""
        self._waiting.clear()
