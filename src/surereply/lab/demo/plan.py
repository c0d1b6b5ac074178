"""What a demo is made of: how many customers, which troubles, how long."""

import sys
from dataclasses import dataclass

SERVE = (sys.executable, "-m", "surereply", "serve")


@dataclass(frozen=True, slots=True)
class Plan:
    """The same seed brings the same customers, the same faults and the same draws of whom to kill, and when."""

    seed: int = 1
    customers: int = 60
    pace_s: float = 0.12  # between the first words of two customers
    kills: int = 5  # at random moments; twice, all servers die in the middle of a send, too
    kill_gap_s: tuple[float, float] = (0.8, 2.0)
    kill_until_s: float = 8.0  # a reply that a kill left in doubt is settled after a lease: it should be seen
    held_after_s: tuple[float, float] = (0.7, 4.0)  # when a send is first held, and its senders are killed
    fault_share: float = 0.1  # of the sends of a line that meet each fault, until each has struck once
    debounce_ms: int = 300
    max_wait_ms: int = 1500
    operator_waits_s: float = 2.0  # for the echo, before a doubt is sent again
    patience_s: float = 45.0  # without any message or reply, longer than a lease: nobody will be answered any more
    longest_s: float = 150.0
    serve: tuple[str, ...] = SERVE
    with_model: bool = False  # a language model of the lab's own, which fails and lies now and then
