"""`surereply …` on a machine whose clock is wrong, as a process: `python -m faults.skewed HOURS serve …`.

The time of day is wrong by so many hours, for us and in our log; what counts on steadily is not, as on a real machine.
"""

import datetime
import sys
import time
from typing import Any

import structlog

from surereply import cli

true_time = time.time


class Skewed(datetime.datetime):
    """The time of day, as this machine has it."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime.datetime:  # type: ignore[override]
        return datetime.datetime.fromtimestamp(time.time(), tz)


def skew(hours: float) -> None:
    time.time = lambda: true_time() + hours * 3600
    module = type(datetime)("datetime")
    module.__dict__.update(datetime.__dict__ | {"datetime": Skewed})
    structlog.processors.datetime = module  # type: ignore[attr-defined]


if __name__ == "__main__":
    skew(float(sys.argv[1]))
    del sys.argv[1]
    cli.main()
