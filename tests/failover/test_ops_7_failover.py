"""OPS-7: the primary is switched over and destroyed, again and again, while customers write to real servers."""

from failover.business import open_business
from failover.cluster import Cluster
from failover.rounds import OF_THREE_NODES, end_and_audit, play
from support.faults import fault

SWITCHED_OVER, DESTROYED, DESTROYED_BESIDE_A_FROZEN_STANDBY, CUT_OFF = OF_THREE_NODES
ROUNDS = (SWITCHED_OVER, DESTROYED, DESTROYED, CUT_OFF, DESTROYED_BESIDE_A_FROZEN_STANDBY)


@fault(36, 39, 40, 41)
async def test_ops_7_nothing_acknowledged_is_lost_and_nothing_sent_twice_while_the_primary_changes(
    cluster: Cluster,
) -> None:
    """OPS-7: the processes reconnect by themselves; each destroyed node is made anew while the business works."""
    async with open_business(cluster.url, seed=1) as business:
        await play(cluster, business, ROUNDS)
        outcome = await end_and_audit(lambda: cluster.primary, cluster.url, business)

    assert outcome.failures == []
    assert outcome.acknowledged > 30 * len(ROUNDS)
