"""`serve` as processes of their own: what stops it before it begins, and a deploy under load."""

import asyncio
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from support.commands import FLOWS, running
from support.faults import fault
from support.ports import own_port
from support.postgres import open_folder
from support.servers import rows_of, settings_of
from surereply.lab.lines import LabLine
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.phones import Phone
from surereply.lab.world import World

CLINIC = str(FLOWS / "clinic.yaml")
CUSTOMERS = 24
SAYS = ("Hello, I have toothache", "It hurts a lot, tomorrow please")


async def until(world: World, holds: Callable[[], bool]) -> None:
    """Return when it holds; looked at whenever something changes on a phone."""
    changed = asyncio.Event()

    def note(_: Phone) -> None:
        changed.set()

    world.change_listeners.append(note)
    while not holds():
        changed.clear()
        await changed.wait()
    world.change_listeners.remove(note)


@fault(55)
async def test_ops_8_a_deploy_under_load_loses_nothing_and_repeats_nothing(database_url: str) -> None:
    """OPS-8: SIGTERM while customers write; what is not drained is left for the next program, here two processes."""
    port = own_port()
    habits = Habits(repeated=0.3, copies_at_once=2, redelivery=Redelivery(then_s=0.2, growth=1.2))
    webhook = f"http://127.0.0.1:{port}/webhooks/whatsapp"
    lab_line = LabLine(phone_number_id="106540352242922")
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(World(webhook_url=webhook, lines=(lab_line,), habits=habits, seed=8))
        settings = settings_of(world, port, DATABASE_URL=database_url, FLOW=CLINIC)
        phones = [world.phone(f"97150000{index:04d}") for index in range(CUSTOMERS)]

        def answered() -> int:
            return sum(bool(phone.texts) for phone in phones)

        async with running("serve", settings=settings) as before:
            await before.ready()
            for phone in phones:
                phone.says(SAYS[0])
            await until(world, lambda: answered() >= 3)
            assert await before.end() == 0
        for phone in phones[: CUSTOMERS // 2]:
            phone.says(SAYS[1])  # while nobody serves
        async with running("serve", "--processes", "2", settings=settings) as after:
            await after.ready()
            for phone in phones[CUSTOMERS // 2 :]:
                phone.says(SAYS[1])
            await until(world, lambda: answered() == CUSTOMERS and all(len(p.texts) >= 2 for p in phones))
            assert await after.end() == 0

    messages = await rows_of(database_url, "SELECT id, needs_no_turn FROM message")
    turns = await rows_of(database_url, "SELECT unnest(message_ids) AS message_id FROM turn")
    unread = await rows_of(database_url, "SELECT message_id FROM unread")
    read = Counter(row["message_id"] for row in turns)
    assert len(messages) == 2 * CUSTOMERS
    assert max(read.values()) == 1
    assert {row["id"] for row in messages} == {*read, *(row["message_id"] for row in unread)}
    sent = await rows_of(database_url, "SELECT id FROM reply WHERE status IN ('SENT', 'UNKNOWN', 'SENDING')")
    accepted = [entry for entry in world.graph.ledger.entries if entry.reaches_phone]
    assert len({entry.callback_data for entry in accepted}) == len(accepted) <= len(sent)
    for phone in phones:
        assert max(Counter(phone.texts).values()) == 1


async def refused(*arguments: str, settings: dict[str, str]) -> str:
    """The one line that it says, with exit code 2."""
    async with running(*arguments, settings=settings) as process:
        code = await process.ended()
    told = [line for line in process.lines if line.startswith("surereply: ")]
    assert (code, len(told)) == (2, 1), process.lines
    assert not any("Traceback" in line for line in process.lines)
    return told[0]


async def test_a_port_in_use_is_told_before_anything_is_done(database_url: str) -> None:
    async with World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]

            line = await refused("serve", settings=settings_of(world, port, DATABASE_URL=database_url, FLOW=CLINIC))

    assert f"127.0.0.1:{port}" in line
    assert "SUREREPLY_PORT" in line
    assert await rows_of(database_url, "SELECT FROM line") == []


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_ops_2_a_database_without_its_schema_is_refused_with_the_command_to_run(
    empty_database_url: str, processes: str
) -> None:
    async with World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world:
        settings = settings_of(world, own_port(), DATABASE_URL=empty_database_url, FLOW=CLINIC)

        line = await refused("serve", "--processes", processes, settings=settings)

    assert "run `surereply migrate`" in line


async def test_a_broken_flow_stops_serve_before_anything_is_done(database_url: str, tmp_path: Path) -> None:
    flow = tmp_path / "broken.yaml"
    flow.write_text((FLOWS / "clinic.yaml").read_text().replace("type: choice", "type: chioce", 1))
    async with World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world:
        settings = settings_of(world, own_port(), DATABASE_URL=database_url, FLOW=str(flow))

        line = await refused("serve", settings=settings)

    assert f"{flow}:" in line
    assert "fields.pain.type" in line
    assert await rows_of(database_url, "SELECT FROM flow_version") == []


async def test_an_unreachable_database_stops_serve() -> None:
    async with World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world:
        settings = settings_of(world, own_port(), DATABASE_URL="postgresql://127.0.0.1:9/nowhere", FLOW=CLINIC)

        assert "cannot be reached" in await refused("serve", settings=settings)


@pytest.fixture
def home() -> Iterator[Path]:
    folder = open_folder()
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@fault(57)
async def test_a_second_program_on_one_home_is_refused_and_commands_use_the_first_ones_server(home: Path) -> None:
    """The first makes its database by itself; `hold` beside it reaches the same one."""
    async with World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world:
        settings = settings_of(world, own_port(), DATABASE_URL="", FLOW=CLINIC, HOME=str(home))
        del settings["DATABASE_URL"]
        async with running("serve", settings=settings) as first:
            await first.ready()

            line = await refused("serve", settings=settings | {"PORT": str(own_port())})
            beside = await ended_with("hold", settings=settings)
            status = first.process.returncode

    assert f"{home} is in use by process {first.process.pid}" in line
    assert (beside, status) == (0, None)


async def ended_with(*arguments: str, settings: dict[str, str]) -> int:
    async with running(*arguments, settings=settings) as process:
        return await process.ended()


async def test_wrong_settings_stop_serve_before_anything_is_done(database_url: str) -> None:
    line = await refused("serve", settings={"DATABASE_URL": database_url, "PORT": "99999"})

    assert "SUREREPLY_PORT" in line


async def test_a_server_that_was_told_to_stop_says_nothing_but_its_log(database_url: str) -> None:
    async with (
        World(webhook_url="http://127.0.0.1:9/", by_hand=True) as world,
        running("serve", settings=settings_of(world, own_port(), DATABASE_URL=database_url, FLOW=CLINIC)) as process,
    ):
        await process.ready()
        code = await process.end()

    assert code == 0
    assert all(line.startswith(("{", "surereply serves at ")) for line in process.lines), process.lines
