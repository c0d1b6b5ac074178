"""Customers whom nobody is, for a deployment one did not start oneself: what they write, and how it is forged."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from surereply.lab import payloads
from surereply.lab.clock import wall_clock
from surereply.lab.envelope import Update, body_of, signature_of
from surereply.lab.ids import Ids
from surereply.lab.lines import LabLine
from surereply.lab.meta import Meta
from surereply.lab.wire import HttpWire

# No country has +999: no phone has such a number, and nobody is ever written to.
PREFIX = "999"
WORDS = ("hello", "I would like to know more", "what does it cost?", "please call me Sam", "tomorrow would be fine")
BAD = 3  # badly signed deliveries of each kind
OLD = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Target:
    """A deployment, and what one must know of it to sign for a line and to ask its API."""

    url: str
    phone_number_id: str
    app_secret: str
    admin_token: str
    ready: bool = True
    frozen: bool = False
    takes_webhooks: bool = True


class MadeUp:
    """Customers of this run alone: their numbers hold the run's own digits."""

    def __init__(self, target: Target, meta: Meta, seed: int, count: int) -> None:
        run = f"{int(token_hex(4), 16) % 10**6:06}"
        self.numbers = [f"{PREFIX}{run}{number:04}" for number in range(count)]
        self.shown_as = f"+{PREFIX} {run} 0000 to {count - 1:04}"
        self.forged: list[str] = []
        self.old: set[str] = set()
        self._line = LabLine(phone_number_id=target.phone_number_id)
        self._ids = Ids(int(token_hex(6), 16))  # never those of an earlier run: they would be repetitions
        self._chance = random.Random(f"against:{seed}")
        self._meta = meta
        self._secret = target.app_secret

    async def write(self, seconds: float, told: Callable[[str, str], Awaitable[None]]) -> None:
        """Each a few messages, spread over the time; one of ten wrote days ago, and is delivered only now. `told` hears
        of each message of today, by number and wamid, before it is delivered."""
        said = [number for number in self.numbers for _ in range(self._chance.randint(1, 3))]
        self._chance.shuffle(said)
        self.old = set(self._chance.sample(self.numbers, max(1, len(self.numbers) // 10)))
        for number in said:
            update = self._update(number, wall_clock() - (OLD if number in self.old else timedelta()))
            if number not in self.old:
                await told(number, update.key)
            self._meta.tell(update)
            await asyncio.sleep(seconds / len(said))

    async def forge(self, wire: HttpWire) -> list[int | None]:
        """Deliveries that are badly signed, each in its own way; the answers."""
        answers: list[int | None] = []
        for _ in range(BAD):
            update = self._update(self.numbers[0], wall_clock())
            self.forged.append(update.key)
            body = body_of([update], self._chance)
            right = signature_of(body, self._secret)
            for signature in (signature_of(body, "another app's secret"), right[:-2], right.replace("256", "1"), None):
                headers = {"Content-Type": "application/json"}
                headers |= {"X-Hub-Signature-256": signature} if signature is not None else {}
                answers.append(await wire.deliver(body, headers))
        return answers

    def _update(self, number: str, at: datetime) -> Update:
        wamid = self._ids.wamid()
        content = payloads.message(wamid, at, payloads.text(self._chance.choice(WORDS)), number=number)
        return Update(wamid, self._line, content, contact=payloads.contact("Nobody", number=number))
