"""Fixtures of the simulation: a database with the businesses in it, to be copied by every seed."""

from collections.abc import Iterator

import pytest
import structlog

from simulation.business import template
from simulation.seeds import NOTHING_LOGGED
from support.postgres import database_name


@pytest.fixture(scope="session")
def businesses_template(postgres_server: str, schema_template: str) -> Iterator[str]:
    """The name of a database with the schema, three lines and their flows."""
    with template(postgres_server, schema_template) as url:
        yield database_name(url)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The business's own log would drown the story."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(NOTHING_LOGGED))
    yield
    structlog.configure(**before)
