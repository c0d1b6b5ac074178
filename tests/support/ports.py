"""Ports that stay ours until we listen: nobody gets them meanwhile, and who is killed finds its own again later."""

import random
import socket
from itertools import count

# Below those that the kernel gives to outgoing connections: one of these would take a dead node's place.
PORTS = range(20_000, 32_000)
FROM = random.SystemRandom().randrange(len(PORTS))  # not where another run of the tests begins
steps = count()


def own_port() -> int:
    """A port that nobody listens on, and that this process gives to nobody else."""
    for step in steps:
        port = PORTS[(FROM + step) % len(PORTS)]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError("unreachable: the steps never end")
