"""What goes wrong in a demo, by seed: repeated and shuffled deliveries, sends cut off, processes killed."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from surereply.lab.demo.plan import Plan
from surereply.lab.faults import Fault, FaultPlan, Harm, Kind, Rule, code, latency, lost, server_error
from surereply.lab.lines import LabLine
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.reporting import Reporting
from surereply.lab.stage.servers import Server, Servers

HABITS = Habits(
    batch=(1, 6),
    shuffled=True,
    repeated=0.25,
    copies_at_once=2,
    hang_up=0.05,
    redelivery=Redelivery(first_s=0.05, then_s=0.3, growth=1.5, at_most_s=2.0),
)
CALM = Habits()
# Held so long that whoever waits for the answer is dead before it comes.
UNREAD = latency(5.0)  # the provider never comes to read it: nothing was sent
# Accepted; the answer finds nobody, and the customer has read it long before it is reported as sent.
UNANSWERED = replace(latency(5.0, after=True), reporting=Reporting(delay_s=8.0))
KILL_AFTER_S = 0.05


@dataclass(slots=True)
class WatchedFaults(FaultPlan):
    """Tells when a send is held, so that its sender can be killed at that very moment."""

    held: Callable[[Fault], None] = lambda _: None

    def choose(self, phone_number_id: str, recipient: str, kind: Kind, now: datetime) -> Fault | None:
        # Not `super()`: a dataclass with slots is a class made anew, which `super()` does not know.
        fault = FaultPlan.choose(self, phone_number_id, recipient, kind, now)
        if fault is UNREAD or fault is UNANSWERED:
            self.held(fault)
        return fault


def make_rules(lines: Sequence[LabLine], plan: Plan, start: datetime) -> list[Rule]:
    """Modest shares. Few sends of a line end in doubt: more of them would, rightly, stop the line for a while."""
    first, second = (start + timedelta(seconds=seconds) for seconds in plan.held_after_s)
    rules = [
        Rule(UNREAD, "held before it is read", times=1, since=first),
        Rule(UNANSWERED, "held before the answer", times=1, since=second),
    ]
    share = plan.fault_share
    for line in lines:
        number = line.phone_number_id
        rules += [
            Rule(lost(Harm.RESET, accepted=True), "answer lost", phone_number_id=number, share=share, times=1),
            Rule(server_error(503, accepted=True), "sent, and 503", phone_number_id=number, share=share, times=1),
            Rule(lost(Harm.CLOSE, accepted=False), "vanished", phone_number_id=number, share=share, times=1),
        ]
    rules += [
        Rule(code(130429), "too fast", share=0.02),
        Rule(code(131056), "too many for one", share=0.01),
        Rule(latency(0.4), "slow", share=0.05),
    ]
    return rules


@dataclass(slots=True)
class Killer:
    """Kills at random moments, and whenever a send is held. `tell` hears of each kill."""

    plan: Plan
    servers: Servers
    tell: Callable[[str], None]
    kills: int = 0
    unheard: int = 0  # sends whose answer came to somebody dead
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(f"kills:{self.plan.seed}")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time() + self.plan.kill_until_s
        for _ in range(self.plan.kills):
            await asyncio.sleep(self._chance.uniform(*self.plan.kill_gap_s))
            await self.servers.until_ready()
            if loop.time() > last:
                return
            self._kill([self._chance.choice(self.servers.ready)], "at a random moment")

    def on_held(self, fault: Fault) -> None:
        """Whoever claimed this send is about to die, and whoever did not dies, too."""
        when = "between claim and send" if fault is UNREAD else "between send and answer"
        self.unheard += fault is UNANSWERED
        asyncio.get_running_loop().call_later(KILL_AFTER_S, lambda: self._kill(self.servers.all, when))

    def _kill(self, servers: Sequence[Server], when: str) -> None:
        pids = []
        for server in servers:
            pids.append(str(server.kill()))
            server.start()
        self.kills += len(pids)
        self.tell(f"kill -9 {' '.join(pids)} {when}; started again")
