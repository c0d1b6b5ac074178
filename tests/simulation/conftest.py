"""Fixtures of the simulation: a database with the businesses in it, to be copied by every seed."""

from collections.abc import Iterator

import pytest

from simulation.business import template
from support.postgres import database_name


@pytest.fixture(scope="session")
def businesses_template(postgres_server: str, schema_template: str) -> Iterator[str]:
    """The name of a database with the schema, three lines and their flows."""
    with template(postgres_server, schema_template) as url:
        yield database_name(url)


@pytest.fixture(autouse=True)
def _quiet(quiet_log: None) -> None:
    """The business's own log would drown the story."""
