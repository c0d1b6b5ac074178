"""The businesses of a simulation: three flows on three lines, put into a database that every seed gets a copy of."""

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

import asyncpg

from simulation import trail
from support.postgres import in_a_loop, new_database, on_connection
from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line
from surereply.lab.lines import AppSecrets
from surereply.lab.stage.business import Business, make_businesses
from surereply.store import flows, lines, partitions
from surereply.store.secrets import Credentials

FIRST_DAY = datetime(2026, 10, 1, tzinfo=UTC)
# Months that have their partitions; what falls into others finds the default until somebody maintains.
MONTHS_READY = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
SECRET_KEY = "of the simulation"


@functools.cache
def businesses() -> tuple[Business, ...]:
    return tuple(make_businesses())


def flow_of(phone_number_id: str) -> Flow:
    return next(one.flow for one in businesses() if one.line.phone_number_id == phone_number_id)


def greets(flow_name: str, text: str) -> bool:
    """Whether a reply of this flow begins with its greeting, whatever fills the greeting's gaps."""
    flow = next(one.flow for one in businesses() if one.flow.name == flow_name)
    return any(
        re.match(r"[\s\S]{0,200}?".join(re.escape(part) for part in re.split(r"\{\w+\}", greeting)), text)
        for greeting in flow.texts.greeting.values()
    )


def credentials(secrets: AppSecrets) -> Mapping[str, Credentials]:
    return {
        one.line.phone_number_id: Credentials(one.line.access_token, secrets.app_secret, secrets.verify_token)
        for one in businesses()
    }


@contextmanager
def template(server: str, schema_template: str) -> Iterator[str]:
    """The URL of a database with the businesses in it, to be copied: `new_database(server, database_name(url))`."""
    with new_database(server, schema_template) as url, flows_parsed_once():
        in_a_loop(lambda: on_connection(url, _open))
        yield url


async def _open(connection: "asyncpg.Connection[None]") -> None:
    await connection.execute(trail.SCHEMA)
    async with connection.transaction():
        for month in MONTHS_READY:
            await partitions.ensure_partitions(connection, month)
        for number, business in enumerate(businesses()):
            await flows.put_flow(connection, business.flow.name, business.source, "simulation", FIRST_DAY)
            phone_number_id = business.line.phone_number_id
            line_id = new_id(FIRST_DAY, bytes([number] * 10))
            line = Line(bucket_of(phone_number_id), line_id, phone_number_id, business.name, business.flow.name)
            await lines.put_line(connection, line, None, FIRST_DAY)


async def set_policy(connection: "asyncpg.Connection[None]", phone_number_id: str) -> None:
    """This line's owner lets what is in doubt be sent again, once, when silence says that it never arrived."""
    for stored in await lines.all_lines(connection):
        if stored.line.phone_number_id == phone_number_id:
            settings = replace(stored.line.settings, unknown_policy="resend")
            await lines.put_line(connection, replace(stored.line, settings=settings), None, FIRST_DAY)


@contextmanager
def flows_parsed_once() -> Iterator[None]:
    """Processes start often here: the same text gives the same flow, and need not be parsed by each of them."""
    with mock.patch("surereply.store.directory.parse_flow", functools.cache(parse_flow)):
        yield
