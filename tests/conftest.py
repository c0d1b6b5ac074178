"""Fixtures for all tests: a PostgreSQL server for the run, and databases that live as long as one test."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from unittest.mock import patch

import pytest
import structlog

from mutants import PLANTABLE, plant
from mutants.run import PLANTED
from support.postgres import SERVER_VARIABLE, new_database, template_database, temporary_server
from support.quiet import log_nothing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", choices=sorted(PLANTABLE), help="plant this bug in the code for the whole run")


def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist end at different times, so the server they share belongs to the process above them."""
    config.addinivalue_line("markers", "fault(*numbers): the faults of the list in `support.faults` that the test does")
    if mutant := config.getoption("--mutant"):
        planted = ExitStack()
        planted.enter_context(plant(PLANTABLE[mutant]))
        planted.enter_context(patch.dict(os.environ, {PLANTED: mutant}))
        config.add_cleanup(planted.close)
    if config.getoption("numprocesses", None) and SERVER_VARIABLE not in os.environ:
        server = ExitStack()
        os.environ[SERVER_VARIABLE] = server.enter_context(temporary_server())
        config.add_cleanup(server.close)


@pytest.fixture
def sound_code(request: pytest.FixtureRequest) -> None:
    """The test plants its own bug, so it says nothing in a run that has one planted."""
    if request.config.getoption("--mutant"):
        pytest.skip("a bug is planted in the whole run")


@pytest.fixture
def quiet_log() -> Iterator[None]:
    """Nothing is logged during the test; afterwards as before, for whichever test comes next in this process."""
    before = structlog.get_config()
    log_nothing()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server to make databases on: the one that is set, or one of this run's own."""
    if SERVER_VARIABLE in os.environ:
        yield os.environ[SERVER_VARIABLE]
        return
    with temporary_server() as url:
        yield url


@pytest.fixture(scope="session")
def schema_template(postgres_server: str) -> Iterator[str]:
    """The name of a database with the schema and nothing in it."""
    with template_database(postgres_server) as name:
        yield name


@pytest.fixture
def database_url(postgres_server: str, schema_template: str) -> Iterator[str]:
    """A fresh database with the schema, of this test alone."""
    with new_database(postgres_server, schema_template) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: str) -> Iterator[str]:
    """A fresh database without any table, of this test alone."""
    with new_database(postgres_server, "template0") as url:
        yield url
