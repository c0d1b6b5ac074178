"""Troubles of processes: killed at any statement, stopped and continued, suspended with their machine, replaced."""

import asyncio
from typing import TYPE_CHECKING

from simulation.callers import Caller
from simulation.gates import Operation
from simulation.network import Parcel
from simulation.process import Process
from simulation.trail import Change
from simulation.trouble import CLAIM, KEEP, RESULT, TURN, Aimed, Trouble, is_of_a_process, process_of
from surereply.dispatcher import LEASE as SEND_LEASE
from surereply.responder import LEASE

if TYPE_CHECKING:
    from simulation.play import Play

GRACE_SECONDS = 25.0  # from SIGTERM to SIGKILL


class KilledInATurn(Aimed):
    name = "killed_in_a_turn"
    faults = (11,)
    skips = (0, 40)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose == TURN

    async def strike(self, operation: Operation) -> None:
        await killed(self, operation, "before")


class KilledAfterATurn(KilledInATurn):
    """At the same boundaries, a moment later: the statement, COMMIT too, is done, and nobody hears of it."""

    name = "killed_after_a_statement"
    after = True

    async def strike_after(self, operation: Operation) -> None:
        await killed(self, operation, "after")


class KilledWhileSending(Aimed):
    name = "killed_while_sending"
    faults = (20,)
    skips = (0, 25)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose in (CLAIM, RESULT)

    async def strike(self, operation: Operation) -> None:
        await killed(self, operation, "before")


class KilledAfterItMarked(Aimed):
    name = "killed_after_it_marked"
    faults = (20,)
    skips = (0, 6)
    after = True

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose in (CLAIM, RESULT) and operation.what == "COMMIT;"

    async def strike_after(self, operation: Operation) -> None:
        await killed(self, operation, "after")


class KilledWithTheRequestOut(Trouble):
    """The request, or its answer, is on its way when whoever sent it dies."""

    name = "killed_with_the_request_out"
    faults = (20,)

    def __init__(self, play: "Play", *, insists: bool) -> None:
        super().__init__(play, insists=insists)
        self._left, self._skip = 2, 0 if insists else self.chance.randint(0, 10)

    def aims_at_parcel(self, parcel: Parcel) -> bool:
        self._skip -= 1
        return self._left > 0 and self._skip < 0 and not self.is_over and bool(parcel.content)

    async def strike_parcel(self, parcel: Parcel) -> None:
        owner = parcel.to.owner or parcel.to.other.owner
        if isinstance(owner, Process) and owner.is_ready:
            self._left -= 1
            self._skip = self.chance.randint(3, 15)
            self.strikes(f"{owner.name} dies while {'an answer' if parcel.to.owner else 'a request'} is on its way")
            await self.play.fleet.kill(owner)


class KilledBeforeThe200(Aimed):
    name = "killed_before_the_200"
    faults = (4,)
    skips = (0, 6)
    after = True

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose == KEEP and operation.what == "COMMIT;"

    async def strike_after(self, operation: Operation) -> None:
        await killed(self, operation, "after")


class StoppedBeyondItsLease(Aimed):
    """SIGSTOP in the middle of a turn, SIGCONT when another process has long taken it."""

    name = "stopped_beyond_its_lease"
    faults = (14,)
    skips = (0, 40)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and (operation.purpose == TURN or operation.what == "read")

    async def strike(self, operation: Operation) -> None:
        seconds = self.chance.uniform(16, 90)
        self.strikes(f"{operation.by} stands still for {seconds:.0f} s at {operation}")
        self.play.fleet.stop(process_of(operation), seconds)


class StoppedUntilTheTicketIsNew(Aimed):
    """The same, until the ticket was deleted and made anew, and somebody else holds the new one's lease."""

    name = "stopped_until_the_ticket_is_new"
    faults = (15,)
    skips = (0, 2)
    most = (3, 6)
    _stopped: Process | None = None
    _conversation = ""
    _is_new = False

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose == TURN and operation.what == "BEGIN;"

    async def strike(self, operation: Operation) -> None:
        process = process_of(operation)
        conversation = self.play.watch.leases.get(process.name)
        caller = self.play.caller_of(conversation)
        if conversation is not None and caller is not None and self._stopped is None:
            self._stopped, self._conversation, self._is_new = process, conversation, False
            self.play.fleet.stop(process, 90.0)
            self.play.spawn(self._have_it_made_anew(caller))

    async def _have_it_made_anew(self, caller: Caller) -> None:
        """A stop ends the waiting for an answer, and with it the ticket; what comes after it needs a new one."""
        await asyncio.sleep(LEASE.total_seconds())
        for text in ("STOP", "START", "hello?", "one more thing"):
            await asyncio.sleep(10.0)
            if self._stopped is not None:
                caller.says_more(text)
        self._stopped = None

    def sees(self, change: Change, owner: str) -> None:
        if change.table != "conversation_ticket" or change.row["conversation_id"] != self._conversation:
            return
        self._is_new = self._is_new or change.before is None
        if self._stopped is not None and self._is_new and change.became("lease_token") and owner != self._stopped.name:
            self.strikes(f"{self._stopped.name} goes on; the ticket is new, and {owner} has it", self._conversation)
            self.play.fleet.go_on(self._stopped)
            self._stopped = None


class StoppedBetweenClaimAndSend(Aimed):
    """When it goes on, most of its lease is over, or all of it: what it claimed must not be sent any more."""

    name = "stopped_between_claim_and_send"
    faults = (28,)
    skips = (0, 5)
    after = True

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.purpose == CLAIM and operation.what == "COMMIT;"

    async def strike_after(self, operation: Operation) -> None:
        lease = SEND_LEASE.total_seconds()
        seconds = self.chance.choice((self.chance.uniform(6, lease), self.chance.uniform(lease, 4 * lease)))
        self.strikes(f"{operation.by} stands still for {seconds:.0f} s between claim and send")
        self.play.fleet.stop(process_of(operation), seconds)


class TwoDispatchers(Aimed):
    """A lease ends while its dispatcher stands still; a person consents, another one claims the reply: then both go."""

    name = "two_dispatchers"
    faults = (30,)
    skips = (0, 3)
    most = (2, 4)
    after = True
    _stopped: Process | None = None
    _claimed = ""

    def fits(self, operation: Operation) -> bool:
        claims = is_of_a_process(operation) and operation.purpose == CLAIM and operation.what == "COMMIT;"
        return claims and self._stopped is None and self._claimed != ""

    async def strike_after(self, operation: Operation) -> None:
        self._stopped = process_of(operation)
        self.play.fleet.stop(self._stopped, 4 * SEND_LEASE.total_seconds())
        self.play.spawn(self._consent())

    async def _consent(self) -> None:
        await asyncio.sleep(SEND_LEASE.total_seconds())
        for _ in range(5):
            await asyncio.sleep(4.0)
            await self.play.office.look_at_the_lists()
        self._stopped = None

    def sees(self, change: Change, owner: str) -> None:
        if change.table != "reply" or change.became("status") != "SENDING":
            return
        if self._stopped is None:
            self._claimed = change.row["id"]
        elif change.row["id"] == self._claimed and owner != self._stopped.name:
            self.strikes(f"{self._stopped.name} goes on; {owner} has what it claimed", change.row["conversation_id"])
            self.play.fleet.go_on(self._stopped)
            self._stopped = None


class MachineSuspended(Aimed):
    """Everything of ours stands still at once; the world does not."""

    name = "machine_suspended"
    faults = (29,)
    most = (1, 2)
    skips = (0, 300)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation)

    async def strike(self, operation: Operation) -> None:
        seconds = self.chance.choice((40.0, 600.0, 4000.0))
        self.strikes(f"all of ours is suspended for {seconds:.0f} s, at {operation}")
        for process in self.play.fleet.ready:
            self.play.fleet.stop(process, seconds)


class ReplacedPolitely(Trouble):
    """SIGTERM: what is under way is finished within the grace; SIGKILL for the rest, or before."""

    name = "replaced_politely"
    faults = (55,)

    async def course(self) -> None:
        await self.sleep(20, 200)
        if not self.play.fleet.running or self.is_over:
            return
        process = self.chance.choice(self.play.fleet.running)
        grace = self.chance.choice((0.05, GRACE_SECONDS))
        self.strikes(f"{process.name} is told to end, with {grace} s of grace")
        process.is_ready = False
        draining = process.begin("drain", process.drain)
        await asyncio.wait({draining}, timeout=grace)
        await self.play.fleet.kill(process)


async def killed(trouble: Trouble, operation: Operation, when: str) -> None:
    process = process_of(operation)
    trouble.strikes(f"{process.name} dies {when} {operation}")
    await trouble.play.fleet.kill(process)
