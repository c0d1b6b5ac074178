"""Troubles of people and clocks: acts that race a turn, clocks that are wrong, days that are 23 hours long."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from simulation.gates import Operation
from simulation.trouble import TURN, Aimed, Trouble, is_of_a_process

# Clocks in London, where one of the businesses is, change in these nights.
NIGHTS = (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2027, 3, 27, 23, 30, tzinfo=UTC))
LAST_EVENING = datetime(2027, 1, 31, 23, 58, tzinfo=UTC)  # February has no partitions yet
ORDINARY_DAY = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)  # six days later it is another month


class PersonRacesTheTurn(Aimed):
    """Take over, give back, edit, answer: while a turn of that very conversation is being thought out or written."""

    name = "person_races_the_turn"
    faults = (58,)
    skips = (0, 25)
    most = (2, 5)

    def fits(self, operation: Operation) -> bool:
        thinks = is_of_a_process(operation) and (operation.purpose == TURN or operation.what == "read")
        return thinks and operation.by in self.play.watch.leases

    async def strike(self, operation: Operation) -> None:
        conversation = self.play.watch.leases[operation.by]
        bucket, conversation_id = self.play.watch.key_of(conversation)
        office = self.play.office
        act = self.chance.choice((office.take_over, office.edit, office.edit, office.reply, office.give_back))
        self.strikes(f"{act.__name__.replace('_', ' ')} at {operation}", conversation)
        office.begin(lambda: act(bucket, conversation_id))
        if operation.what == "read":
            operation.not_before = self.play.loop.time() + self.chance.uniform(0.0, 2.0)
        if act in (office.take_over, office.reply) and self.chance.random() < 0.7:
            self.play.spawn(self._give_back_later(bucket, conversation_id))

    async def _give_back_later(self, bucket: int, conversation_id: UUID) -> None:
        await self.sleep(20, 1200)
        await self.play.office.begin(lambda: self.play.office.give_back(bucket, conversation_id))


class ClockAnHourOff(Trouble):
    """A process goes by a clock that is an hour off, and by the right one again some minutes later."""

    name = "clock_an_hour_off"
    faults = (49,)

    async def course(self) -> None:
        for _ in range(2):
            await self.sleep(5, 150)
            if not self.play.fleet.ready or self.is_over:
                continue
            process, off = self.chance.choice(self.play.fleet.ready), self.chance.choice((-3600.0, 3600.0))
            self.strikes(f"the clock of {process.name} goes {off / 60:+.0f} minutes wrong")
            process.follow_clock(off)
            await self.sleep(20, 300)
            process.follow_clock()
            self.play.note("‼", f"the clock of {process.name} is right again")


class DaylightSaving(Trouble):
    """The night in which the clocks change lies between a question and what follows it up."""

    name = "daylight_saving"
    faults = (50,)

    def set_up(self) -> None:
        for caller in self.play.callers:
            caller.falls_silent_after = caller.falls_silent_after or 1

    async def course(self) -> None:
        await asyncio.sleep(4 * 3600)
        followed_up = await self.play.server.follow_ups()
        if followed_up:
            self.strikes(f"{followed_up} follow-ups over the night in which the clocks change")
