"""The faults that the business must survive, by number; which test does which is marked beside it.

A test says `pytestmark = fault(20)` or `@fault(6, 7)`. A layer that makes faults by chance names them where each is
defined (`simulation.troubles`, `surereply.lab.torture.faults`). `python -m proof_table` gathers all of them.
"""

from typing import Final

import pytest

FAULTS: Final = {
    1: "the same webhook 1,000 times at once on four servers",
    2: "a redelivery six days later, in the next partition",
    3: "one POST of 500 messages and 500 statuses, killed in mid-commit",
    4: "killed after the commit, before the 200",
    5: "the client gone before the 200",
    6: "a batch with a NUL (\\u0000), a lone surrogate, 3 MB, a wrong schema, an unknown type",
    7: "bad, missing, old signatures",
    8: "a timestamp far in the past or future",
    9: "messages out of order or in the same second",
    10: "edits, deletions, reactions",
    11: "a worker killed at every statement boundary of the commit",
    12: "the connection cut between COMMIT and its answer (ingest, turn, claim, result)",
    13: "backends terminated ten times a second",
    14: "SIGSTOP beyond the lease, then SIGCONT after another worker committed",
    15: "the same, when the ticket was deleted and made anew meanwhile",
    16: "a message arriving while the bot thinks",
    17: "a message arriving between “nothing unread?” and the ticket's deletion",
    18: "the model hangs, throws, returns rubbish, returns after the lease",
    19: "a conversation that crashes the process each time",
    20: "the dispatcher killed before the claim's commit, after it, in mid-body, after the answer, after the result",
    21: "accepted and the answer lost (RST, FIN, silence)",
    22: "never received (SYN dropped, TLS failed)",
    23: "half written, then reset",
    24: "500, 502, 503, 504 with and without acceptance, 200 with broken JSON or no id",
    25: "storms of 130429 and 131056",
    26: "a stale keep-alive connection",
    27: "60 s of latency for five minutes",
    28: "the dispatcher stopped between claim and send beyond its lease",
    29: "a machine suspended and resumed",
    30: "two dispatchers on an expired lease",
    31: "a status before the answer, delivered before sent, ten copies, read alone",
    32: "failed after sent, delivered after failed",
    33: "the webhook path down for half an hour while sends go on",
    34: "token expired, then renewed",
    35: "PostgreSQL killed or stopped at once under load, fifty times",
    36: "switchover and failover of three nodes",
    37: "a standby frozen, a commit wait cancelled, redelivered, the primary destroyed",
    38: "both standbys down",
    39: "an old primary cut off with clients",
    40: "failover with sends in flight",
    41: "results lost",
    42: "PostgreSQL restarted while migrations run",
    43: "the disk full",
    44: "connections exhausted",
    45: "an idle transaction for minutes",
    46: "autovacuum off",
    47: "pgbouncer restarted",
    48: "a deaf LISTEN connection",
    49: "clocks of app or database an hour off",
    50: "time zones and daylight saving",
    51: "deadlocks, statement and lock time-outs, serialisation failures at every call",
    52: "fifty times the load for a minute",
    53: "a new version deployed while the old one runs",
    54: "the next partition missing",
    55: "SIGTERM with grace, then SIGKILL",
    56: "two deployments on one database",
    57: "embedded: the server killed, a stale pid file, a read-only folder, two programs on one folder",
    58: "a person's reply racing the bot's turn",
    59: "the same message in 100,000 conversations at once",
    60: "a contact erased, then an old webhook replayed",
}


def fault(*numbers: int) -> pytest.MarkDecorator:
    """The test does these faults, and looks at what held afterwards."""
    unknown = set(numbers) - FAULTS.keys()
    assert not unknown, f"no such faults: {unknown}"
    return pytest.mark.fault(*numbers)
