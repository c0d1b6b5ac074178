"""The house that all machines of this folder play in, and how long they play."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from properties.house import House
from support.postgres import new_database

VARIABLE = "SUREREPLY_PROPERTIES"  # "long" plays on, from a new seed each time unless --hypothesis-seed sets it

_common = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None, "print_blob": False}
# A found failure is not made smaller in CI: it replays, and the long profile makes it small.
SHORT = settings(
    derandomize=True, max_examples=16, stateful_step_count=25, phases=[Phase.explicit, Phase.generate], **_common
)
LONG = settings(max_examples=int(os.environ.get("N", "2000")), stateful_step_count=60, **_common)


@pytest.fixture(scope="session")
def plays_long() -> bool:
    return os.environ.get(VARIABLE) == "long"


@pytest.fixture(scope="session")
def lengths(plays_long: bool) -> settings:
    return LONG if plays_long else SHORT


@pytest.fixture(scope="session")
def house(postgres_server: str, schema_template: str) -> Iterator[House]:
    with new_database(postgres_server, schema_template) as url:
        opened = House(url)
        opened.run(opened.open())
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def _quiet(quiet_log: None) -> None:
    """What the steps log of the troubles they meet would drown what was found."""
