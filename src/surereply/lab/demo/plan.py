"""What a demo is made of: how many customers, which troubles, how long."""

import sys
from dataclasses import dataclass

SERVE = (sys.executable, "-m", "surereply", "serve")


@dataclass(frozen=True, slots=True)
class Plan:
    """The same seed brings the same customers, the same faults and the same moments of killing."""

    seed: int = 1
    customers: int = 60
    pace_s: float = 0.2  # between the first words of two customers
    kills: int = 5  # at random moments; two more come in the middle of a send
    kill_gap_s: tuple[float, float] = (1.0, 2.5)
    held_after_s: tuple[float, float] = (1.5, 5.5)  # when a send is first held, and its senders are killed
    debounce_ms: int = 300
    max_wait_ms: int = 1500
    operator_waits_s: float = 3.0  # for the echo, before a doubt is sent again
    patience_s: float = 45.0  # without any message or reply, longer than a lease: nobody will be answered any more
    longest_s: float = 150.0
    serve: tuple[str, ...] = SERVE
