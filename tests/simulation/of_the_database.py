"""Troubles of the database: answers lost, connections cut, statements refused, results forgotten, a month missing."""

import asyncio

from simulation.database import cut, lost_commit, refused_with
from simulation.gates import Operation
from simulation.trouble import CLAIM, KEEP, REPORTS, RESULT, TURN, Aimed, Trouble, is_of_a_process

DEADLOCK, SERIALISATION, LOCK_TIMEOUT, STATEMENT_TIMEOUT = "40P01", "40001", "55P03", "57014"


class CommitsAnswerLost(Aimed):
    name = "commits_answer_lost"
    faults = (12,)
    skips = (0, 15)
    most = (2, 5)

    def fits(self, operation: Operation) -> bool:
        steps = (KEEP, TURN, CLAIM, RESULT, REPORTS)
        return is_of_a_process(operation) and operation.what == "COMMIT;" and operation.purpose in steps

    async def strike(self, operation: Operation) -> None:
        self.strikes(f"committed, and the answer is lost: {operation.by} {operation}")
        operation.way = cut(self.play.server, after=True)


class ConnectionsCut(Trouble):
    """Ten times a second, for some seconds, the connection of some process is terminated."""

    name = "connections_cut"
    faults = (13,)

    async def course(self) -> None:
        await self.sleep(3, 120)
        for _ in range(20):
            await asyncio.sleep(0.1)
            busy = {id(one.on) for one in self.play.gates.running}
            there = [
                one
                for one in self.play.server.connections
                if not one.is_closed() and id(one) not in busy and one.owner in self.play.fleet.processes
            ]
            if there and not self.is_over:
                connection = self.chance.choice(there)
                self.strikes(f"a connection of {connection.owner.name} is terminated")
                await self.play.server.break_off([connection])


class StatementsRefused(Aimed):
    """A deadlock, a lock or a statement that took too long, a failed serialisation: at any statement."""

    name = "statements_refused"
    faults = (51,)
    skips = (0, 60)
    most = (3, 10)

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.on is not None and operation.what not in ("BEGIN;", "ROLLBACK;")

    async def strike(self, operation: Operation) -> None:
        sqlstate = self.chance.choice((DEADLOCK, SERIALISATION, LOCK_TIMEOUT, STATEMENT_TIMEOUT))
        self.strikes(f"{operation.by} is refused with {sqlstate}: {operation}")
        operation.way = refused_with(sqlstate)


class ResultsLost(Aimed):
    """What was committed without waiting for the disk is gone: the server crashes right afterwards."""

    name = "results_lost"
    faults = (41,)
    skips = (0, 5)
    most = (2, 4)
    _crashes = False

    def fits(self, operation: Operation) -> bool:
        return is_of_a_process(operation) and operation.what == "COMMIT;" and operation.on.is_relaxed

    def aims_at(self, operation: Operation) -> bool:
        return (self._crashes and operation.on is not None) or super().aims_at(operation)

    async def strike(self, operation: Operation) -> None:
        if self._crashes:
            # Nothing else may reach the disk first: it would have carried the lost commit with it.
            self._crashes = False
            await self.play.server.restart(self.chance.uniform(0.2, 5.0), self.play.note)
            return
        self.strikes(f"a commit is told and lost: {operation.by} {operation}")
        operation.way = lost_commit
        self._crashes = True


class MonthWithoutPartition(Trouble):
    """The month turns, and nobody has made its partitions: the default takes what comes, until they are made."""

    name = "month_without_partition"
    faults = (54,)

    async def course(self) -> None:
        for _ in range(5):
            await self.sleep(240, 3600)
            held, running = await self.play.server.rows_in_default_partitions(), self.play.fleet.running
            if held and running:
                self.strikes(f"{held} rows stand in default partitions; {running[0].name} makes the month")
                running[0].begin("maintain", running[0].reconciler.maintain_once)
                return
