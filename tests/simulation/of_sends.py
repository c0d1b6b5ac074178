"""Troubles at the provider: answers lost, errors, storms, delays, and reports in every order."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from simulation.gates import Operation
from simulation.trouble import CLAIM, Aimed, Trouble, is_of_a_process
from surereply.lab.faults import Fault, Harm, Rule, code, latency, lost, server_error
from surereply.lab.reporting import DELIVERED, FAILED, READ, SENT, Reporting


class Harmed(Trouble):
    """Some of the requests meet one of the faults; each of them once or twice."""

    share = 0.15

    def harms(self) -> Iterable[Fault]:
        raise NotImplementedError

    def set_up(self) -> None:
        for harm in self.harms():
            share = 1.0 if self.insists else self.share
            rule = Rule(harm, f"{self.name} {harm}", share=share, times=self.chance.randint(1, 2))
            self.play.faults.meet(rule, self._met, first=self.insists)

    def _met(self, fault: Fault, recipient: str) -> None:
        delay = f" {fault.delay_s:.0f} s" if fault.delay_s else ""
        reports = f" reports {'+'.join(fault.reporting.stages)}" if fault.reporting else ""
        taken = "taken" if fault.lets_through else "not taken"
        self.strikes(f"{fault.harm}{delay}{reports}, {taken}, for {recipient}", recipient)


class AnswerOfASendLost(Harmed):
    name = "answer_of_a_send_lost"
    faults = (21,)

    def harms(self) -> Iterable[Fault]:
        for harm in (Harm.RESET, Harm.CLOSE, Harm.SILENCE):
            yield lost(harm, accepted=self.chance.random() < 0.7)


class NeverReceived(Trouble):
    """Nobody can connect for a while, and what was open is reset."""

    name = "never_received"
    faults = (22,)

    async def course(self) -> None:
        for _ in range(2):
            await self.sleep(10, 200)
            if self.is_over:
                return
            refused = self.play.loop.network.refused
            await self.play.world.server.refuse_connections()
            await asyncio.sleep(self.chance.uniform(2, 60))
            await self.play.world.server.listen()
            if self.play.loop.network.refused > refused:
                self.strikes("the provider could not be reached for a while")


class HalfRead(Harmed):
    name = "half_read"
    faults = (23,)

    def harms(self) -> Iterable[Fault]:
        yield Fault(Harm.HALF_READ)
        yield Fault(Harm.NEVER_RECEIVED)


class OddAnswers(Harmed):
    name = "odd_answers"
    faults = (24,)

    def harms(self) -> Iterable[Fault]:
        for status in (500, 502, 503, 504):
            yield server_error(status, accepted=self.chance.random() < 0.5)
        yield Fault(Harm.BROKEN_JSON)
        yield Fault(Harm.NO_ID)
        yield code(131000, accepted=self.chance.random() < 0.5)


class StormOfRefusals(Trouble):
    """For a minute nearly everything is refused with one of the two limits."""

    name = "storm_of_refusals"
    faults = (25,)

    def set_up(self) -> None:
        since = self.play.now() + timedelta(seconds=0 if self.insists else self.chance.uniform(0, 60))
        until = since + timedelta(seconds=300 if self.insists else 60)
        for number in (130429, 131056):
            rule = Rule(code(number), f"storm of {number}", share=0.6, since=since, until=until)
            self.play.faults.meet(rule, self._refused, first=self.insists)

    def _refused(self, fault: Fault, to: str) -> None:
        self.strikes(f"refused with {fault.code}: {to}", to)


class StaleConnections(Aimed):
    """The provider closes its idle connections while something is being written into one."""

    name = "stale_connections"
    faults = (26,)
    skips = (0, 2)

    def fits(self, operation: Operation) -> bool:
        claims = is_of_a_process(operation) and operation.purpose == CLAIM and operation.what == "COMMIT;"
        return claims and bool(self.play.loop.network.idle_at_the_server(operation.owner))

    async def strike(self, operation: Operation) -> None:
        idle = self.play.loop.network.idle_at_the_server(operation.owner)
        self.strikes(f"the provider closes {len(idle)} idle connections of {operation.by}")
        for side in idle:
            side.close()


class SlowProvider(Trouble):
    """60 s to every answer, for five minutes: before the request is looked at, or after it was accepted."""

    name = "slow_provider"
    faults = (27,)

    def set_up(self) -> None:
        since = self.play.now() + timedelta(seconds=0 if self.insists else self.chance.uniform(0, 60))
        until = since + timedelta(minutes=5)
        slow = latency(60.0, after=self.chance.random() < 0.5)
        when = "after it is taken" if slow.delay_after else "before it is taken"
        rule = Rule(slow, "slow", since=since, until=until)
        self.play.faults.meet(rule, lambda fault, to: self.strikes(f"60 s {when}, for {to}", to), first=self.insists)


class OddReports(Harmed):
    """Before the answer, delivered before sent, ten copies, read alone."""

    name = "odd_reports"
    faults = (31,)
    share = 0.5

    def harms(self) -> Iterable[Fault]:
        yield Fault(reporting=Reporting(before_answer=True))
        yield Fault(reporting=Reporting(stages=(DELIVERED, SENT), delay_s=1.0))
        yield Fault(reporting=Reporting(stages=(SENT, DELIVERED, READ), copies=10, shuffled=True))
        yield Fault(reporting=Reporting(stages=(READ,)))


class ReportsTakenBack(Harmed):
    name = "reports_taken_back"
    faults = (32,)
    share = 0.3

    def harms(self) -> Iterable[Fault]:
        yield Fault(reporting=Reporting(stages=(SENT, FAILED), delay_s=30.0, failed_code=131026))
        yield Fault(reporting=Reporting(stages=(FAILED, DELIVERED), delay_s=5.0))
        yield Fault(reporting=Reporting(stages=(SENT, FAILED, DELIVERED), shuffled=True, delay_s=20.0))


class ReportsLate(Harmed):
    """Accepted; the answer is lost, and the echo takes minutes: longer than a lease, and than anybody's patience."""

    name = "reports_late"
    faults = ()
    share = 0.3

    def harms(self) -> Iterable[Fault]:
        slow = Reporting(delay_s=self.chance.choice((60.0, 400.0, 4000.0)))
        yield Fault(Harm.RESET, accepted=True, reporting=slow)
        yield Fault(reporting=slow)


class TokenExpired(Trouble):
    """Every call of a line is refused with 190; a new token is set later, and what is owed goes out."""

    name = "token_expired"
    faults = (34,)

    async def course(self) -> None:
        await self.sleep(5, 200)
        line = self.chance.choice(self.play.world.lines)
        if self.is_over:
            return
        self._line = line
        refused = len(self.play.world.graph.ledger)
        self.play.note("‼", f"the token of {line.name} expires")
        self.play.world.graph.expire_token(line.phone_number_id)
        await self.sleep(400, 2000)
        entries = self.play.world.graph.ledger.entries[refused:]
        if any(entry.answer.endswith(" 190") for entry in entries):
            self.strikes(f"sends of {line.name} were refused; its token is renewed")
        await self._renew()

    async def _renew(self) -> None:
        self.play.world.graph.renew_token(self._line.phone_number_id, self._line.access_token)
        await self.play.office.begin(self.play.office.resume_lines)
