"""The lab driven from outside: by JSON, in the browser, in the terminal, and as a process of its own."""

import asyncio
import io
import json
import os
import signal
import sys
from collections.abc import AsyncIterator

import aiohttp
from rich.console import Console

from support.lab_http import CUSTOMER, LINE, SEND, a_lab, send
from support.ports import own_port
from surereply.lab.graph import Manners
from surereply.lab.terminal_phone import run_phone


async def test_a_phone_can_be_used_over_http() -> None:
    async with a_lab(manners=Manners()) as (world, client):
        phone = f"{world.api_url}/lab/phones/{CUSTOMER}"
        async with client.post(f"{phone}/messages", json={"type": "text", "text": "hi"}) as answer:
            assert answer.status == 201
        buttons = [{"type": "reply", "reply": {"id": "y", "title": "Yes"}}]
        interactive = {"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": buttons}}
        await send(world, client, type="interactive", interactive=interactive)
        async with client.post(f"{phone}/messages", json={"type": "tap", "title": "Yes"}) as answer:
            assert answer.status == 201
        async with client.post(f"{phone}/messages", json={"type": "tap", "title": "No"}) as answer:
            assert answer.status == 409
        async with client.post(f"{phone}/redeliveries", json={}) as answer:
            assert answer.status == 201
        await world.deliver()
        async with client.get(phone) as answer:
            screen = await answer.json()

        assert [(item["mine"], item["text"]) for item in screen["items"]] == [
            (True, "hi"),
            (False, "Sure?"),
            (True, "Yes"),
        ]
        assert screen["items"][1]["answered"]
        assert screen["items"][2]["deliveries"] == 2


async def test_faults_can_be_changed_while_the_lab_runs() -> None:
    async with a_lab() as (world, client):
        faults = f"{world.api_url}/lab/faults"
        rule = {"fault": {"harm": "code", "code": 130429}, "times": 1, "name": "storm"}
        async with client.post(faults, json=rule) as answer:
            assert answer.status == 201
        struck = await send(world, client)
        async with client.post(faults, json={"fault": {"harm": "earthquake"}}) as answer:
            refused = answer.status
        async with client.delete(faults, json={}) as answer:
            assert (await answer.json())["rules"] == []
        async with client.get(f"{world.api_url}/lab/ledger") as answer:
            entries = (await answer.json())["entries"]

        assert struck[1]["error"]["code"] == 130429
        assert refused == 422
        assert [(entry["accepted"], entry["answer"]) for entry in entries] == [(False, "400 130429")]


async def test_a_page_of_another_origin_cannot_drive_the_lab() -> None:
    async with a_lab() as (world, client):
        phone = f"{world.api_url}/lab/phones/{CUSTOMER}/messages"
        async with client.post(phone, data='{"type": "text", "text": "hi"}') as answer:
            assert answer.status == 415
        async with client.post(phone, data="text=hi", headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 415

        assert world.meta.book == []


async def test_the_phone_page_is_self_contained_and_streams() -> None:
    async with a_lab(manners=Manners()) as (world, client):
        async with client.get(f"{world.api_url}/phone/{CUSTOMER}") as answer:
            page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        async with client.get(f"{world.api_url}/phone/%3Cscript%3E") as answer:
            assert answer.status == 404
        async with client.get(f"{world.api_url}/lab/phones/{CUSTOMER}/stream") as stream:
            first = await stream.content.readuntil(b"\n\n")
            world.phone(CUSTOMER).says("<b>hi</b>")
            second = await stream.content.readuntil(b"\n\n")

        assert "http" not in page.replace("http-equiv", "")
        assert "innerHTML" not in page
        assert "default-src 'none'" in policy
        assert json.loads(first.removeprefix(b"data: "))["items"] == []
        assert json.loads(second.removeprefix(b"data: "))["items"][0]["text"] == "<b>hi</b>"


SERVE = """
import sys
from surereply.lab.serve import serve_lab
sys.exit(serve_lab(webhook_url=["http://127.0.0.1:9/"], port=int(sys.argv[1])))
"""


async def test_the_lab_runs_as_a_process_and_ends_on_sigterm() -> None:
    port = own_port()
    lab = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVE,
        str(port),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert lab.stdout is not None
    line = await lab.stdout.readline()
    async with aiohttp.ClientSession() as client, client.get(f"http://127.0.0.1:{port}/lab") as answer:
        overview = await answer.json()
    second = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVE, str(port), stdout=asyncio.subprocess.PIPE
    )
    refused, _ = await second.communicate()
    lab.send_signal(signal.SIGTERM)

    assert f"http://127.0.0.1:{port}".encode() in line
    assert overview["lines"][0]["phone_number_id"] == LINE.phone_number_id
    assert second.returncode == 2
    assert refused.startswith(b"lab: cannot listen on 127.0.0.1:")
    assert refused.count(b"\n") == 1
    assert await lab.wait() == 0


class Paper(io.StringIO):
    """What a terminal shows; one can wait for words on it."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self._written.set()
        return super().write(text)

    async def shows(self, words: str) -> None:
        while words not in self.getvalue():
            self._written.clear()
            await self._written.wait()


async def test_a_phone_in_the_terminal_talks_to_a_running_lab() -> None:
    async with a_lab(manners=Manners()) as (world, client):
        phone = world.phone(CUSTOMER)
        phone.says("hello there")
        buttons = [{"type": "reply", "reply": {"id": title, "title": title}} for title in ("Yes", "No")]
        interactive = {"type": "button", "body": {"text": "Sure?"}, "action": {"buttons": buttons}}
        asking = {**SEND, "type": "interactive", "interactive": interactive}
        del asking["text"]
        await world.post_message(LINE.phone_number_id, LINE.access_token, asking)
        paper, written_late = Paper(), asyncio.Event()
        world.change_listeners.append(
            lambda changed: written_late.set() if changed.said[-1].text == "from yesterday" else None
        )

        async def lines() -> AsyncIterator[str]:
            yield "2"
            yield "hi"
            yield "/again"
            yield "/photo my passport"
            yield "/late"
            yield "/late from yesterday"
            yield "/nonsense"
            await paper.shows("Thank you")
            yield "/quit"

        putting_away = asyncio.create_task(
            asyncio.to_thread(run_phone, world.api_url, CUSTOMER, lines=lines, console=Console(file=paper, width=80))
        )
        await written_late.wait()
        await send(world, client, text={"body": "Thank you"})

        assert await putting_away == 0
        assert [said.text for said in phone.said] == ["hello there", "No", "hi", "my passport", "from yesterday"]
        assert [said.kind for said in phone.said][1:4] == ["tap", "text", "image"]
        assert "text must not be empty" in paper.getvalue()
        for words in ("hello there", "Sure?", "1 Yes", "2 No", "Thank you"):
            assert words in paper.getvalue()


async def test_a_phone_without_a_lab_says_so_in_one_line() -> None:
    paper = Paper()
    url = f"http://127.0.0.1:{own_port()}"

    code = await asyncio.to_thread(run_phone, url, CUSTOMER, console=Console(file=paper, width=120))

    assert code == 2
    assert paper.getvalue() == f"lab phone: no lab answers at {url}; start one: surereply lab serve\n"
