"""One PostgreSQL under load: killed, stopped at once, its backends terminated; processes reconnect by themselves."""

import asyncio

from failover.business import open_business
from failover.nodes import DATABASE, Node
from failover.rounds import OF_ONE_NODE, drawn, end_and_audit, play
from support.faults import fault

ROUNDS = 8  # fifty and more in the long run: `python -m failover --one-node --rounds 50`
TIMES_TERMINATED = 40
TEN_A_SECOND = 0.1


@fault(35)
async def test_ops_7_postgres_is_killed_and_stopped_at_once_under_load(node: Node) -> None:
    """OPS-7: nothing acknowledged is lost, nothing sent twice, and the work goes on each time."""
    async with open_business(node.url, seed=2) as business:
        await play(node, business, drawn(OF_ONE_NODE, ROUNDS, seed=2), between=15)
        outcome = await end_and_audit(lambda: node, node.url, business)

    assert outcome.failures == []


@fault(13)
async def test_backends_are_terminated_ten_times_a_second(node: Node) -> None:
    async with open_business(node.url, seed=3) as business:
        await business.more(10)
        terminated = await terminate_backends(node)
        await business.more_sent(10)
        outcome = await end_and_audit(lambda: node, node.url, business)

    assert terminated == TIMES_TERMINATED
    assert outcome.failures == []


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
