"""The OpenAPI document against the API: generated calls get documented answers, and never a 5xx."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from support.app import open_web, talked
from support.commands import ADMIN_TOKEN

EXAMPLES = 12  # of each call
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture
def served(database_url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """A shop with some history, served on a loopback socket by a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    started = threading.Event()
    servers: list[uvicorn.Server] = []
    ids: dict[str, str] = {}

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            web = await stack.enter_async_context(open_web(database_url))
            await talked(web, "I need a freelance visa", "I want to talk to a person")
            for name in ("conversation", "lead", "reply", "line"):
                ids[f"{name}_id"] = str(await web.shop.value(f"SELECT id FROM {name} ORDER BY id LIMIT 1"))
            ids["name"], ids["version"] = "business-services", "1"
            server = uvicorn.Server(uvicorn.Config(web.app, lifespan="off", log_level="critical"))
            servers.append(server)
            started.set()
            await server.serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(30)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", ids
    servers[0].should_exit = True
    thread.join(30)


def test_generated_calls_get_documented_answers(served: tuple[str, dict[str, str]]) -> None:
    """OPS-4: never 500, whatever is asked."""
    address, ids = served
    schema = schemathesis.openapi.from_url(f"{address}/api/admin/openapi.json")
    tried, answers = 0, set[int]()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith("/stream"):
            continue  # it ends with its reader

        @seed(tried)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), lets_in=st.booleans(), of_something=st.booleans())
        def ask(case: schemathesis.Case, lets_in: bool, of_something: bool) -> None:
            if of_something:
                known = {name: ids[name] for name in case.path_parameters or {} if name in ids}
                case.path_parameters = {**(case.path_parameters or {}), **known}
            headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"} if lets_in else {}
            answer = case.call(headers=headers)
            answers.add(answer.status_code)
            case.validate_response(answer, checks=list(CHECKS))
            if not lets_in:
                assert answer.status_code in (401, 429)

        ask()
        tried += 1
    assert tried >= 20
    assert answers >= {200, 401, 404, 422}
