"""One PostgreSQL under load: killed, stopped at once, its backends terminated; processes reconnect by themselves."""

import asyncio
import signal

from failover.business import open_business
from failover.nodes import DATABASE, Node
from failover.rounds import audit
from support.faults import fault

TIMES_KILLED = 8  # fifty times in the long run: `python -m failover --one-node --rounds 50`
TIMES_TERMINATED = 40
TEN_A_SECOND = 0.1


@fault(35)
async def test_ops_7_postgres_is_killed_and_stopped_at_once_under_load(node: Node, mutant: str | None) -> None:
    """OPS-7: nothing acknowledged is lost, nothing sent twice, and the work goes on each time."""
    async with open_business(node.url, seed=2, mutant=mutant) as business:
        for time in range(TIMES_KILLED):
            await business.more(15)
            await (node.crash() if time % 2 else node.stop(signal.SIGQUIT))
            await node.start()
        await business.more_sent(10)
        codes = await business.end_well()
        await business.work_off(node.url)
        outcome = await audit(node, business, [])

    assert codes == [0, 0]
    assert (outcome.lost, outcome.sent_twice, outcome.broken) == ([], [], [])


@fault(13)
async def test_backends_are_terminated_ten_times_a_second(node: Node, mutant: str | None) -> None:
    async with open_business(node.url, seed=3, mutant=mutant) as business:
        await business.more(10)
        terminated = await terminate_backends(node)
        await business.more_sent(10)
        codes = await business.end_well()
        await business.work_off(node.url)
        outcome = await audit(node, business, [])

    assert terminated == TIMES_TERMINATED
    assert codes == [0, 0]
    assert (outcome.lost, outcome.sent_twice, outcome.broken) == ([], [], [])


async def terminate_backends(node: Node) -> int:
    """Ten times a second one that the business works on, by chance; how many."""
    terminated = 0
    async with node.connection(DATABASE) as connection:
        while terminated < TIMES_TERMINATED:
            terminated += await connection.fetchval(
                """
                SELECT count(pg_terminate_backend(pid))
                  FROM (SELECT pid FROM pg_stat_activity
                         WHERE application_name LIKE 'surereply %' ORDER BY random() LIMIT 1) backend
                """
            )
            await asyncio.sleep(TEN_A_SECOND)  # the pace of the fault itself
    return terminated
