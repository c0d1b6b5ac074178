"""Rounds of failovers under load: what is done to the primary in each, and what the witnesses say in the end."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from failover.business import Business
from failover.cluster import Cluster
from failover.nodes import Node
from failover.scene import NOT_KEPT, broken, left_undone, rows

MESSAGES_BETWEEN = 30  # acknowledged between two faults: the business is at work when the next one strikes


@dataclass(frozen=True, slots=True)
class Trouble:
    """A way in which the primary changes; `faults` by their numbers in `support.faults`."""

    name: str
    faults: tuple[int, ...]
    strike: Callable[[Cluster], Awaitable[None]]


async def switch_over(cluster: Cluster) -> None:
    await cluster.switch_over()


async def destroy(cluster: Cluster) -> None:
    """The machine is gone with its disk; a new one takes its place later."""
    await cluster.destroy_primary()
    await cluster.fail_over()


async def destroy_with_one_standby_frozen(cluster: Cluster) -> None:
    """The standby that stood still is behind: the other one holds what was acknowledged since."""
    standby = cluster.standbys[-1]
    standby.freeze()
    await cluster.destroy_primary()
    await cluster.fail_over()


async def cut_off(cluster: Cluster) -> None:
    """The old primary lives on with its clients for a while, is fenced, and follows in the end."""
    old = await cluster.cut_off()
    await cluster.fence(old)
    await cluster.rejoin(old)


TROUBLES = {
    trouble.name: trouble
    for trouble in (
        Trouble("switchover", (36,), switch_over),
        Trouble("primary destroyed", (36, 40, 41), destroy),
        Trouble("primary destroyed, a standby frozen", (36, 40, 41), destroy_with_one_standby_frozen),
        Trouble("old primary cut off", (36, 39), cut_off),
    )
}


@dataclass(slots=True)
class Outcome:
    """What a run came to. The first three must be empty."""

    lost: list[str] = field(default_factory=list)
    sent_twice: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    troubles: list[tuple[str, float]] = field(default_factory=list)  # each with its seconds without an acknowledgement
    acknowledged: int = 0
    sent: int = 0
    customers: int = 0
    in_doubt: int = 0  # UNKNOWN in the end: listed, for a person
    in_doubt_unsent: int = 0  # of these, never accepted by the provider

    @property
    def held(self) -> bool:
        return not (self.lost or self.sent_twice or self.broken)


async def play(
    cluster: Cluster,
    business: Business,
    troubles: list[Trouble],
    *,
    between: int = MESSAGES_BETWEEN,
    told: Callable[[str, float], None] = lambda name, seconds: None,
) -> list[tuple[str, float]]:
    """Strike, wait until messages are acknowledged again, put the cluster in order, go on; each with the seconds in
    which nothing was acknowledged."""
    silences = []
    await business.more(between)
    for trouble in troubles:
        struck_at = datetime.now(UTC)
        await trouble.strike(cluster)
        await business.more(1)
        silences.append((trouble.name, longest_silence(business.acknowledged, struck_at)))
        told(*silences[-1])
        await business.more(between)
        await cluster.rebuild()
    return silences


def longest_silence(acknowledged: list[datetime], since: datetime) -> float:
    """The longest time, in seconds, between two acknowledgements of which the second came after `since`."""
    pairs = pairwise(acknowledged)
    return max((later - earlier).total_seconds() for earlier, later in pairs if later > since)


def drawn(rounds: int, seed: int) -> list[Trouble]:
    chance = random.Random(f"failover:{seed}")
    return [chance.choice(list(TROUBLES.values())) for _ in range(rounds)]


async def audit(node: Node, business: Business, silences: list[tuple[str, float]]) -> Outcome:
    """Ask the three witnesses: Meta's book, the provider's ledger, the tables of the node that is left."""
    world, ledger = business.world, business.ledger
    findings = [*await broken(node, world), *await left_undone(node, world)]
    lost = [finding for finding in findings if NOT_KEPT in finding]
    unknown = await rows(node, "SELECT id FROM reply WHERE status = 'UNKNOWN'")
    accepted = {entry.reply_id for entry in ledger.accepted}
    return Outcome(
        lost=lost,
        sent_twice=sorted(ledger.sent_twice()),
        broken=[finding for finding in findings if finding not in lost],
        troubles=silences,
        acknowledged=len(business.acknowledged),
        sent=len(ledger.accepted),
        customers=business.customers,
        in_doubt=len(unknown),
        in_doubt_unsent=sum(row["id"].hex not in accepted for row in unknown),
    )
