"""A transaction-pooling pgbouncer between the business and its database: it works, and is restarted under load."""

import asyncio
import signal
from pathlib import Path

from failover.business import open_business
from failover.nodes import Node
from failover.pgbouncer import open_pgbouncer
from failover.rounds import end_and_audit
from support.faults import fault
from surereply.store.database import Database, connect

TIMES_RESTARTED = 6


@fault(47)
async def test_pgbouncer_is_restarted_under_load(node: Node, home: Path) -> None:
    async with open_pgbouncer(node, home) as bouncer, open_business(bouncer.url, seed=4) as business:
        for time in range(TIMES_RESTARTED):
            await business.more(10)
            await bouncer.end(signal.SIGKILL if time % 2 else signal.SIGTERM)
            await bouncer.start()
        await business.more_sent(10)
        outcome = await end_and_audit(lambda: node, bouncer.url, business)

    assert outcome.failures == []


async def test_statements_of_several_clients_do_not_mix_behind_pgbouncer(node: Node, home: Path) -> None:
    """A statement is prepared and run on one server connection, also one that only reads, however many share it."""

    async def add(db: Database, own: int) -> set[int]:
        answers = set()
        for _ in range(50):
            async with db.connection() as tx:
                answers.add(await tx.fetchval(f"SELECT $1::integer + {own}", 1000))
        return answers

    async with open_pgbouncer(node, home, servers=2) as bouncer:
        db = await connect(bouncer.url, name="test", most=8)
        try:
            answers = await asyncio.gather(*(add(db, own) for own in range(8)))
        finally:
            await db.close()

    assert answers == [{1000 + own} for own in range(8)]
