"""A wire passes on what is said, and can be slow, silent, half closed, cut, refused or stale; then it is calm again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from surereply.lab.stage.servers import free_ports
from surereply.lab.wires import Link, Place, Way, Wire


class Echo:
    """Somebody who says everything back, and whom one can hear."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.ended = asyncio.Event()
        self.said_more = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(1000):
                self.heard += chunk
                self.said_more.set()
                writer.write(chunk)
        except ConnectionResetError:
            pass
        self.ended.set()
        writer.close()


@asynccontextmanager
async def wired() -> AsyncIterator[tuple[Wire, Echo]]:
    echo = Echo()
    there, here = free_ports(2)
    server = await asyncio.start_server(echo, "127.0.0.1", there)
    wire = Wire("a wire", here, Place(port=there))
    await wire.listen()
    try:
        yield wire, echo
    finally:
        wire.close()
        server.close()


async def until(happened: Callable[[], bool]) -> None:
    while not happened():  # noqa: ASYNC110 - the wire tells nobody
        await asyncio.sleep(0.001)


async def connected(wire: Wire) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"hello")
    assert await reader.readexactly(5) == b"hello"
    return reader, writer


async def test_what_is_delayed_comes_in_its_order_and_what_follows_stays_behind_it() -> None:
    async with wired() as (wire, _):
        reader, writer = await connected(wire)
        wire.delay_s = 0.05
        writer.write(b"one ")
        await asyncio.sleep(0)
        wire.delay_s = 0.0
        writer.write(b"two")

        assert await reader.readexactly(7) == b"one two"


async def test_a_cut_resets_both_ends() -> None:
    async with wired() as (wire, echo):
        reader, _ = await connected(wire)

        assert wire.cut() == 1
        with pytest.raises(ConnectionResetError):
            await reader.read()
        await echo.ended.wait()


async def test_what_is_held_passes_when_it_is_released() -> None:
    async with wired() as (wire, echo):
        reader, writer = await connected(wire)
        wire.hold()
        writer.write(b"later")
        late_reader, late_writer = await asyncio.open_connection("127.0.0.1", wire.port)
        late_writer.write(b"newcomer")
        await until(lambda: sum(link.is_held_up for link in wire.links) == 2)

        assert echo.heard == b"hello"
        wire.release()
        assert await reader.readexactly(5) == b"later"
        assert await late_reader.readexactly(8) == b"newcomer"


async def test_half_a_wire_closed_leaves_the_other_way_open() -> None:
    async with wired() as (wire, echo):
        reader, writer = await connected(wire)
        echo.said_more.clear()

        wire.half_close(Way.ANSWERS)
        assert await reader.read() == b""
        writer.write(b" still here")
        await echo.said_more.wait()

        assert echo.heard == b"hello still here"


async def test_a_refused_wire_takes_nobody_until_it_is_mended() -> None:
    async with wired() as (wire, _):
        wire.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", wire.port)

        await wire.mend()
        await connected(wire)


async def test_a_stale_connection_is_found_out_by_the_next_thing_said() -> None:
    async with wired() as (wire, echo):
        reader, writer = await connected(wire)
        assert wire.make_stale() == 1
        await echo.ended.wait()

        writer.write(b"anybody there?")
        with pytest.raises(ConnectionResetError):
            await reader.read()
        assert echo.heard == b"hello"


async def test_a_tap_sees_what_passes_and_may_swallow_it() -> None:
    seen: list[tuple[Way, bytes]] = []

    def tap(_: Link, way: Way, data: bytes) -> bool:
        seen.append((way, data))
        return data != b"secret"

    async with wired() as (wire, echo):
        reader, writer = await connected(wire)
        wire.tap = tap
        writer.write(b"secret")
        await until(lambda: (Way.REQUESTS, b"secret") in seen)
        wire.tap = None
        writer.write(b"open")

        assert await reader.readexactly(4) == b"open"
        assert echo.heard == b"helloopen"


async def test_who_closes_is_seen_at_the_other_end() -> None:
    async with wired() as (wire, echo):
        _, writer = await connected(wire)
        writer.close()

        await echo.ended.wait()
        await until(lambda: not wire.links)


async def test_nobody_behind_the_wire_is_a_reset() -> None:
    async with wired() as (wire, _):
        wire.place = Place(port=free_ports(1)[0])
        reader, _ = await asyncio.open_connection("127.0.0.1", wire.port)

        with pytest.raises(ConnectionResetError):
            await reader.read()
