"""A LISTEN connection goes deaf: hints between processes are lost, and the work goes on, only later."""

from failover.business import open_business
from failover.nodes import Node
from failover.rounds import end_and_audit
from failover.wires import DeafWire
from support.faults import fault
from support.severed import carrying

ROLES = ("web", "respond,dispatch,reconcile")


@fault(48)
async def test_work_goes_on_when_hints_are_lost(node: Node) -> None:
    """One process takes webhooks, another answers: what is between them are hints, until nobody hears them."""
    async with (
        carrying(DeafWire(node.url)) as wire,
        open_business(wire.url, seed=6, roles=ROLES) as business,
    ):
        await business.more_sent(5)
        wire.deaf = True
        await business.more_sent(30)
        outcome = await end_and_audit(lambda: node, node.url, business)

    assert wire.swallowed > 0
    assert outcome.failures == []
