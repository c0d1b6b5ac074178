"""Customers at their phones: the lab's scripted ones, each in its own time; some fall silent, some come back."""

import asyncio
import random
from typing import TYPE_CHECKING

from simulation.business import businesses
from surereply.lab.customers import Customer
from surereply.lab.personas import make_persona
from surereply.lab.phones import Phone
from surereply.lab.reading import Sense

if TYPE_CHECKING:
    from simulation.play import Play

FIRST_WORDS_WITHIN_SECONDS = 90.0


class Caller:
    """A customer with a tempo. What they say next hangs on what their phone shows, and on nothing else."""

    def __init__(self, play: "Play", number: int) -> None:
        business = businesses()[number % len(businesses())]
        chance = random.Random(f"caller:{play.seed}:{number}")
        persona = make_persona(business.flow, chance.randrange(40), play.seed * 10 + number, play.start.date())
        self.phone = play.world.phone(f"9715{play.seed % 10_000:04}{number:04}", name=persona.name, line=business.line)
        self.customer = Customer(self.phone, business.flow, persona, play.seed)
        self.is_one_contact = True  # to the business, all the time: neither erased nor known by two names
        self.falls_silent_after = chance.choice((None, None, None, 1, 2, 3))
        self._thinks_s = chance.choice(((0.2, 3.0), (2.0, 15.0), (10.0, 90.0)))
        self._chance = chance
        self._shown = asyncio.Event()
        self._play = play
        play.world.change_listeners.append(self._on_change)

    async def talk(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, FIRST_WORDS_WITHIN_SECONDS))
        self.customer.opens()
        answers = 0
        while not self.customer.done and answers != self.falls_silent_after:
            await self._shown.wait()
            await asyncio.sleep(self._chance.uniform(*self._thinks_s))
            self._shown.clear()
            answers += self.customer.reacts()
        if self.customer.ended is Sense.STOPPED and self._chance.random() < 0.5:
            await asyncio.sleep(self._chance.uniform(60.0, 3600.0))
            self.phone.says("START")

    def says_more(self, text: str | None = None) -> bool:
        """Something beside the course of the talk; False for one who has said nothing yet."""
        if not self.phone.said or self._play.is_calm:
            return False
        self.phone.says(text or self._chance.choice(("one more thing", "hello?", "how much is it?", "are you there?")))
        return True

    def _on_change(self, phone: Phone) -> None:
        if phone is self.phone:
            self._shown.set()
