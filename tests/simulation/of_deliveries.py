"""Troubles of webhooks: repeated and shuffled, late by days, given up on, not getting through, with false times."""

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING

from simulation.gates import Operation
from simulation.history import named_in
from simulation.trouble import KEEP, Aimed, Trouble, is_of_a_process, process_of
from surereply.lab import payloads
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.phones import Phone

if TYPE_CHECKING:
    from simulation.play import Play


class MessyDeliveries(Trouble):
    """Batched, shuffled, repeated, in copies at the same instant: out of order, and several in the same second."""

    name = "messy_deliveries"
    faults = (9,)

    def set_up(self) -> None:
        self.play.world.meta.habits = Habits(
            batch=(1, self.chance.randint(1, 6)),
            shuffled=True,
            repeated=0.3,
            copies_at_once=self.chance.choice((1, 2, 4)),
            redelivery=Redelivery(first_s=self.chance.choice((0.0, 1.0, 20.0)), then_s=2.0),
        )

    def on_delivery(self, body: bytes) -> Exception | None:
        """Some are not taken at first, so that what was said later comes earlier."""
        if not self.is_over and self.happens(0.15):
            self.strikes("a delivery gets lost on its way, and comes again after others", *named_in(body))
            return ConnectionResetError("lost on its way")
        return None

    def end(self) -> None:
        super().end()
        self.play.world.meta.habits = Habits()


class DaysLate(Trouble):
    """What was acknowledged comes again, six days later: by then it may stand in another month."""

    name = "days_late"
    faults = (2,)

    async def course(self) -> None:
        await self.sleep(100, 400)
        said = [one for caller in self.play.callers for one in caller.phone.said]
        for one in self.chance.sample(said, min(3, len(said))):
            self.strikes("a message comes again after six days", one.wamid)
            self.play.world.meta.again(one.update, after_s=timedelta(days=6).total_seconds())


class ClientGone(Trouble):
    """Whoever delivers hangs up: while it is being kept, or before the 200."""

    name = "client_gone"
    faults = (5,)

    def __init__(self, play: "Play", *, insists: bool) -> None:
        super().__init__(play, insists=insists)
        self._in_hand = Aborted(play, insists=insists)

    def on_answer(self, body: bytes) -> Exception | None:
        if not self.is_over and self.happens(0.1):
            self.strikes("the client is gone before the 200", *named_in(body))
            return ConnectionResetError("gone before the 200")
        return None

    def aims_at(self, operation: Operation) -> bool:
        return not self.is_over and self._in_hand.aims_at(operation)

    async def strike(self, operation: Operation) -> None:
        receiving = [task for task in process_of(operation).tasks if task.get_name().endswith(" receive")]
        if receiving:
            self.strikes(f"the client is gone while {operation.by} keeps what it brought")
            self.chance.choice(receiving).cancel()
            await asyncio.sleep(0)


class Aborted(Aimed):
    name = "client_gone"
    faults = ()

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose == KEEP


class PathDown(Trouble):
    """No webhook gets through for half an hour, while sends go on."""

    name = "path_down"
    faults = (33,)
    _down = False

    def set_up(self) -> None:
        self._kept_out: set[str] = set()

    async def course(self) -> None:
        await self.sleep(10, 120)
        self._down = True
        self.play.note("‼", "no webhook gets through from now on")
        sent = len(self.play.world.graph.ledger)
        await asyncio.sleep(1800)
        self._down = False
        self.play.note("‼", f"webhooks get through again; {len(self.play.world.graph.ledger) - sent} sends meanwhile")

    def on_delivery(self, body: bytes) -> Exception | None:
        if self._down:
            self.struck += 1
            kept_out = [wamid for wamid in named_in(body) if wamid not in self._kept_out]
            self._kept_out.update(kept_out)
            if kept_out:
                self.play.note("‼", f"{self.name}: a delivery does not get through", *kept_out)
            return ConnectionRefusedError("no way through")
        return None

    def end(self) -> None:
        super().end()
        self._down = False


class FalseTimes(Trouble):
    """Timestamps of messages lie far in the past or the future."""

    name = "false_times"
    faults = (8,)

    def set_up(self) -> None:
        self._seen: set[str] = set()
        self.play.world.change_listeners.append(self._falsify)

    def _falsify(self, phone: Phone) -> None:
        fresh = [said for said in phone.said if said.wamid not in self._seen]
        self._seen |= {said.wamid for said in fresh}
        for said in fresh:
            if not self.is_over and said.update.attempts == 0 and self.happens(0.3):
                false = self.play.now() + timedelta(hours=self.chance.choice((-30, -2, 3, 24 * 400)))
                self.strikes(f"a message bears the time {false:%Y-%m-%d %H:%M}", said.wamid)
                said.update.content["timestamp"] = str(int(false.timestamp()))


class NotWords(Trouble):
    """Reactions, messages that were taken back or that WhatsApp cannot show, a type nobody knows."""

    name = "not_words"
    faults = (10,)

    async def course(self) -> None:
        for _ in range(4):
            await self.sleep(5, 120)
            caller = self.chance.choice(self.play.callers)
            if self.is_over or not caller.phone.said:
                continue
            kind = self.chance.choice(("reaction", "taken back", "unsupported", "unheard of"))
            self.strikes(f"{kind} from {caller.phone.address}", caller.phone.address)
            match kind:
                case "reaction":
                    caller.phone.reacts()
                case "taken back":
                    caller.phone.reacts(None)
                case "unsupported":
                    caller.phone.sends(payloads.unsupported())
                case _:
                    caller.phone.sends(payloads.unheard_of())


class Replayed(Trouble):
    """A customer is erased; afterwards every old webhook of theirs is played again."""

    name = "erased_and_replayed"
    faults = (60,)

    async def course(self) -> None:
        await self.sleep(60, 500)
        caller = self.chance.choice([one for one in self.play.callers if one.phone.said] or self.play.callers)
        erased = await self.play.office.begin(lambda: self.play.office.erase(caller))
        if not erased:
            return
        for after_s in (5.0, 3600.0, timedelta(days=3).total_seconds()):
            for said in caller.phone.said:
                if said.wamid in self.play.office.erased:
                    self.strikes("an erased customer's message comes again", said.wamid)
                    self.play.world.meta.again(said.update, after_s=after_s)


class TwoNames(Trouble):
    """Customers who write under a number, then under a BSUID, then under both: two contacts turn out to be one."""

    name = "two_names"
    faults = ()

    def set_up(self) -> None:
        for caller in self.play.callers:
            caller.phone.bsuid = f"AE.{random.Random(caller.phone.address).randrange(10**19, 10**20)}"
            caller.phone.shows_bsuid = False
            caller.is_one_contact = False
            self.play.world.moved(caller.phone)

    async def course(self) -> None:
        await self.sleep(30, 120)
        for caller in self.play.callers:
            caller.phone.shows_number, caller.phone.shows_bsuid = False, True
        await self.sleep(20, 200)
        for caller in self.play.callers:
            caller.phone.shows_number = True
            self.strikes(f"{caller.phone.address} writes under both names from now on", caller.phone.address)
