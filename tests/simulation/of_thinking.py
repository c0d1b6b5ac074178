"""Troubles of turns: messages that come at the worst moment, a model that hangs, throws or lies, a deadly message."""

import asyncio
from typing import Any

from simulation.gates import Operation, Work
from simulation.trouble import Aimed, Trouble, is_of_a_process, process_of
from surereply.domain.facts import Fact, KnowledgeHit, Reading, Source

RUBBISH = Reading(
    facts=(
        Fact("no_such_field", "?", "?", 0, 1, 0.99, Source.STATED),
        Fact("service", "NO_SUCH_SERVICE", "?", 0, 1, 0.99, Source.STATED),
        Fact("service", None, "?", 0, 1, 0.99, Source.STATED),
        Fact("name", {"not": ["a", "name"]}, "?", 900, 3, 17.0, Source.STATED),
    ),
    language="xx",
    knowledge=(KnowledgeHit("no_such_entry", 2.0),),
)


class SaysMoreMeanwhile(Aimed):
    """A message is kept while the bot thinks about the ones before it."""

    name = "says_more_meanwhile"
    faults = (16,)
    skips = (0, 4)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.what == "read"

    async def strike(self, operation: Operation) -> None:
        caller = self.play.caller_of(operation.place.removeprefix("reading "))
        if caller is not None and caller.says_more():
            self.strikes("more is said while the bot thinks", caller.phone.address)
            operation.not_before = self.play.loop.time() + self.chance.uniform(0.5, 8.0)


class SaysMoreAtTheLastMoment(Aimed):
    """A message comes between “nothing unread?” and the ticket's deletion."""

    name = "says_more_at_the_last_moment"
    faults = (17,)
    skips = (0, 8)
    most = (2, 4)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.place == "turn_rows._settle_tickets"

    async def strike(self, operation: Operation) -> None:
        caller = self.play.caller_of(self.play.watch.leases.get(operation.by))
        if caller is not None and caller.says_more():
            self.strikes(f"more is said at {operation}", caller.phone.address)
            operation.not_before = self.play.loop.time() + self.chance.uniform(0.2, 5.0)


class ModelFails(Aimed):
    name = "model_fails"
    faults = (18,)
    skips = (0, 3)
    most = (2, 6)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.what == "read"

    async def strike(self, operation: Operation) -> None:
        way = self.chance.choice((self._hangs, self._throws, self._lies, self._is_late))
        self.strikes(f"the model {way.__name__.strip('_').replace('_', ' ')}: {operation.place}")
        operation.way = way

    async def _hangs(self, operation: Operation, work: Work) -> Any:
        await asyncio.sleep(3600)
        return await work()

    async def _is_late(self, operation: Operation, work: Work) -> Any:
        """Beyond the lease: by then another process may have answered."""
        await asyncio.sleep(self.chance.uniform(14, 60))
        return await work()

    async def _throws(self, operation: Operation, work: Work) -> Any:
        raise RuntimeError("the model is overloaded")

    async def _lies(self, operation: Operation, work: Work) -> Any:
        return RUBBISH


class DeadlyMessage(Trouble):
    """Whoever reads what this customer wrote dies of it, every time."""

    name = "deadly_message"
    faults = (19,)

    def set_up(self) -> None:
        self._victim = self.chance.choice(self.play.callers)
        self._deadly: str | None = None

    def aims_at(self, operation: Operation) -> bool:
        if self.is_over or not is_of_a_process(operation) or operation.what != "read":
            return False
        wamid = operation.place.removeprefix("reading ")
        if self._deadly is None and self.play.caller_of(wamid) is self._victim:
            self._deadly = wamid
        return wamid == self._deadly

    async def strike(self, operation: Operation) -> None:
        self.strikes(f"{operation.by} dies of a message", self._victim.phone.address)
        await self.play.fleet.kill(process_of(operation))
