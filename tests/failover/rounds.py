"""Rounds under load: what is done to the database in each, and what the witnesses say in the end."""

import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Generic, TypeVar

from failover.business import Business
from failover.cluster import Cluster
from failover.nodes import Node
from failover.scene import NOT_KEPT, broken, left_undone, rows

Target = TypeVar("Target", Cluster, Node)

MESSAGES_BETWEEN = 30  # acknowledged between two faults: the business is at work when the next one strikes


@dataclass(frozen=True, slots=True)
class Trouble(Generic[Target]):
    """What is done to a cluster, or to the only node; `faults` by their numbers in `support.faults`."""

    name: str
    faults: tuple[int, ...]
    strike: Callable[[Target], Awaitable[None]]
    put_in_order: Callable[[Target], Awaitable[None]]


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


async def rebuild(cluster: Cluster) -> None:
    await cluster.rebuild()


async def kill(node: Node) -> None:
    await node.crash()
    await node.start()


async def stop_at_once(node: Node) -> None:
    await node.stop(signal.SIGQUIT)
    await node.start()


async def leave_as_it_is(_: Node) -> None:
    """Nothing is missing: the node is back."""


OF_THREE_NODES = (
    Trouble("switchover", (36,), switch_over, rebuild),
    Trouble("primary destroyed", (36, 40, 41), destroy, rebuild),
    Trouble("primary destroyed, a standby frozen", (36, 40, 41), destroy_with_one_standby_frozen, rebuild),
    Trouble("old primary cut off", (36, 39), cut_off, rebuild),
)
OF_ONE_NODE = (
    Trouble("PostgreSQL killed", (35,), kill, leave_as_it_is),
    Trouble("PostgreSQL stopped at once", (35,), stop_at_once, leave_as_it_is),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to. The first three must be empty, and the servers' exit codes 0."""

    lost: list[str]
    sent_twice: list[str]
    broken: list[str]
    codes: list[int] = field(default_factory=list)
    acknowledged: int = 0
    sent: int = 0
    customers: int = 0
    in_doubt: int = 0  # UNKNOWN in the end: listed, for a person
    in_doubt_unsent: int = 0  # of these, never accepted by the provider

    @property
    def failures(self) -> list[str]:
        codes = [f"a server ended with exit code {code}" for code in self.codes if code != 0]
        return [*self.lost, *(f"reply {name} was sent twice" for name in self.sent_twice), *self.broken, *codes]


@dataclass(frozen=True, slots=True)
class Silence:
    """The longest time without an acknowledgement that a trouble brought."""

    trouble: str
    seconds: float


async def play(
    target: Target,
    business: Business,
    troubles: Sequence[Trouble[Target]],
    *,
    between: int = MESSAGES_BETWEEN,
    told: Callable[[Silence], None] = lambda silence: None,
) -> list[Silence]:
    """Strike, wait until messages are acknowledged again, put all in order, go on; each with the seconds in which
    nothing was acknowledged."""
    silences = []
    await business.more(between)
    for trouble in troubles:
        struck_at = datetime.now(UTC)
        await trouble.strike(target)
        await business.more(1)
        silences.append(Silence(trouble.name, longest_silence(business.acknowledged, struck_at)))
        told(silences[-1])
        await business.more(between)
        await trouble.put_in_order(target)
    return silences


def longest_silence(acknowledged: list[datetime], since: datetime) -> float:
    """The longest time, in seconds, between two acknowledgements of which the second came after `since`."""
    pairs = pairwise(acknowledged)
    return max((later - earlier).total_seconds() for earlier, later in pairs if later > since)


def drawn(troubles: Sequence[Trouble[Target]], rounds: int, seed: int) -> list[Trouble[Target]]:
    """Each trouble as often as the others, as nearly as it goes, in an order of chance."""
    chance = random.Random(f"failover:{seed}")
    chosen = [troubles[number % len(troubles)] for number in range(rounds)]
    chance.shuffle(chosen)
    return chosen


async def end_and_audit(node: Callable[[], Node], url: str, business: Business) -> Outcome:
    """Come to rest, and ask the three witnesses: Meta's book, the provider's ledger, the tables of the last primary."""
    codes = await business.end_well()
    await business.work_off(url)
    outcome = await audit(node(), business)
    return replace(outcome, codes=codes)


async def audit(node: Node, business: Business) -> Outcome:
    world, ledger = business.world, business.ledger
    findings = [*await broken(node, world), *await left_undone(node, world)]
    lost = [finding for finding in findings if NOT_KEPT in finding]
    unknown = await rows(node, "SELECT id FROM reply WHERE status = 'UNKNOWN'")
    accepted = {entry.reply_id for entry in ledger.accepted}
    return Outcome(
        lost=lost,
        sent_twice=sorted(ledger.sent_twice()),
        broken=[finding for finding in findings if finding not in lost],
        acknowledged=len(business.acknowledged),
        sent=len(ledger.accepted),
        customers=business.customers,
        in_doubt=len(unknown),
        in_doubt_unsent=sum(row["id"].hex not in accepted for row in unknown),
    )
