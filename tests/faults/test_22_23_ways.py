"""Faults 22, 23: a send that surely was not received is tried again; one that was half written is in doubt."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from faults.afterwards import breaches_of
from faults.ways import Cut, a_full_backlog, a_mute_listener, a_way, an_impostor, reset
from support.faults import fault
from support.shop import Shop, open_shop
from support.talk import accepted, owe, replies, requests, statuses
from surereply.admin.settle import resend
from surereply.clock import boottime
from surereply.dispatcher import LEASE
from surereply.domain.outcome import Verdict
from surereply.lab.faults import Fault
from surereply.lab.reporting import Reporting
from surereply.whatsapp.client import WhatsAppClient
from surereply.whatsapp.http import open_http

SILENT = Fault(reporting=Reporting(stages=()))
PATIENCE = aiohttp.ClientTimeout(total=0.3)
NOT_THERE = ("SYN dropped", "TLS never answered", "TLS of nobody's certificate", "TLS of an expired certificate")


@asynccontextmanager
async def not_there(how: str, folder: Path) -> AsyncIterator[tuple[str, bytearray]]:
    """Where WhatsApp should be, and is not: the URL, and what was read there."""
    async with AsyncExitStack() as stack:
        if how == "SYN dropped":
            yield stack.enter_context(a_full_backlog()), bytearray()
        elif how == "TLS never answered":
            yield stack.enter_context(a_mute_listener()), bytearray()
        else:
            days_valid = -30 if "expired" in how else 30
            yield await stack.enter_async_context(an_impostor(folder, name="localhost", days_valid=days_valid))


@fault(22)
@pytest.mark.parametrize("how", NOT_THERE)
async def test_what_was_never_received_is_tried_again_and_leaves_once(
    database_url: str, tmp_path: Path, how: str
) -> None:
    """No byte of the request was written: that is evidence, so it is no doubt, and costs time alone."""
    async with open_shop(database_url) as shop, not_there(how, tmp_path) as (nowhere, read):
        phone = shop.phone()
        await owe(shop, phone)
        client = shop.process.client
        there, client.timeout, client.api_url = client.api_url, PATIENCE, f"{nowhere}/v23.0"

        unreached = []
        for _ in range(3):
            await shop.process.dispatch()
            unreached += await statuses(shop, phone)
            shop.clock.advance(seconds=10)
        client.api_url = there
        await shop.settle(wait=timedelta())

        verdicts = await shop.fetch("SELECT verdict, error FROM send_attempt ORDER BY attempt")
        assert unreached == ["PENDING"] * 3
        assert [row["verdict"] for row in verdicts] == ["rejected_retry"] * 3 + ["accepted"]
        assert all("not reached" in row["error"] for row in verdicts[:3])
        assert read == b""
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await breaches_of(shop) == []


CUTS: dict[str, Cut] = {
    "in the head": lambda head, whole: 30,
    "after the head": lambda head, whole: head,
    "in the body": lambda head, whole: (head + whole) // 2,
    "one byte before the end": lambda head, whole: whole - 1,
}


@fault(23)
@pytest.mark.parametrize("where", CUTS)
async def test_a_request_that_was_cut_off_is_in_doubt_and_never_sent_by_itself(database_url: str, where: str) -> None:
    """We cannot know how much of it came through: a person decides, and then it leaves once."""
    async with open_shop(database_url, processes=2) as shop, a_way(shop.world.api_url) as way:
        phone = shop.phone()
        reply = await owe(shop, phone)
        shop.process.client.api_url = f"{way.url}/v23.0"
        way.cut_the_next(CUTS[where])

        await shop.process.dispatch()
        in_doubt = await statuses(shop, phone)
        await _time_passes(shop)
        still = await statuses(shop, phone)
        asked = len(requests(shop, phone))
        await resend(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())
        await shop.settle()

        assert len(way.came_through) == 1
        assert (in_doubt, still, asked) == (["UNKNOWN"], ["UNKNOWN"], 0)
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await breaches_of(shop) == []


@fault(23)
async def test_a_request_that_came_through_whole_before_the_reset_is_settled_by_its_echo(database_url: str) -> None:
    """The same reset a byte later, and WhatsApp has it: doubt was right."""
    async with open_shop(database_url, processes=2) as shop, a_way(shop.world.api_url) as way:
        phone = shop.phone()
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [SILENT])
        shop.process.client.api_url = f"{way.url}/v23.0"
        way.cut_the_next(lambda head, whole: whole)

        await shop.process.dispatch()
        await _time_passes(shop)
        in_doubt = await statuses(shop, phone)
        shop.world.tell_report(accepted(shop, phone)[0], "delivered")
        await shop.settle()

        assert in_doubt == ["UNKNOWN"]
        assert [(row["status"], row["resolution"]) for row in await replies(shop, phone)] == [("SENT", "echoed")]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await breaches_of(shop) == []


@fault(23)
async def test_a_request_that_was_cut_off_while_it_was_being_written_is_in_doubt() -> None:
    """Larger than all buffers on its way: half of it is still ours when the other side resets."""
    body = {"type": "text", "text": {"body": "x" * (32 << 20)}}
    read = 0

    async def take_a_little(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal read
        read += len(await reader.readexactly(100_000))
        reset(writer)

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(take_a_little, sock=listener)
    async with server, open_http() as http:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v23.0"
        outcome = await WhatsAppClient(url, http).send("106540352242922", "token", body, boottime() + 60)

    assert outcome.verdict is Verdict.UNKNOWN
    assert read == 100_000


async def _time_passes(shop: Shop) -> None:
    """Longer than every lease, pause and timer, and not yet as long as a customer is left alone."""
    for seconds in (LEASE.total_seconds(), 300, 1800):
        shop.clock.advance(seconds=seconds)
        for process in shop.processes:
            await process.reconcile()
            await process.dispatch()
