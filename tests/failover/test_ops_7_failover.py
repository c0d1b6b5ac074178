"""OPS-7: the primary is switched over and destroyed, again and again, while customers write to real servers."""

from failover.business import open_business
from failover.cluster import Cluster
from failover.rounds import TROUBLES, audit, play
from support.faults import fault

ORDER = (
    "switchover",
    "primary destroyed",
    "primary destroyed",
    "old primary cut off",
    "primary destroyed, a standby frozen",
)


@fault(36, 39, 40, 41)
async def test_ops_7_nothing_acknowledged_is_lost_and_nothing_sent_twice_while_the_primary_changes(
    cluster: Cluster, mutant: str | None
) -> None:
    """OPS-7: the processes reconnect by themselves; each destroyed node is made anew while the business works."""
    async with open_business(cluster.url, seed=1, mutant=mutant) as business:
        silences = await play(cluster, business, [TROUBLES[name] for name in ORDER])
        codes = await business.end_well()
        await business.work_off(cluster.url)
        outcome = await audit(cluster.primary, business, silences)

    assert codes == [0, 0]
    assert outcome.lost == []
    assert outcome.sent_twice == []
    assert outcome.broken == []
    assert [name for name, _ in outcome.troubles] == list(ORDER)
