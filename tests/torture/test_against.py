"""`surereply lab torture --against URL`: it tells what it will do, asks for consent, and finds what did not hold."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.commands import ADMIN_TOKEN, FLOWS, Running, Said, environment_of, surereply, surereply_beside
from support.ports import own_port
from surereply.lab.control import Control
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.world import World

TESTS = Path(__file__).resolve().parents[1]
SOUND = ("-m", "surereply", "serve")
KEEPS_COPIES = ("-m", "mutants.run", "no_inbound_key", "surereply", "serve")

pytestmark = pytest.mark.timeout(180)


def signing(api_url: str) -> dict[str, str]:
    """What a deployment of the lab's line is set to."""
    line, secrets = LabLine(), AppSecrets()
    return {
        "FLOW": str(FLOWS / "business-services.yaml"),
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "WHATSAPP_API_URL": api_url,
        "WHATSAPP_PHONE_NUMBER_ID": line.phone_number_id,
        "WHATSAPP_ACCESS_TOKEN": line.access_token,
        "WHATSAPP_APP_SECRET": secrets.app_secret,
        "WHATSAPP_VERIFY_TOKEN": secrets.verify_token,
        "DEBOUNCE_MS": "100",
    }


@asynccontextmanager
async def staging(
    database_url: str, program: tuple[str, ...] = SOUND
) -> AsyncIterator[tuple[str, Mapping[str, str], World]]:
    """A deployment whose replies go to a lab: its address, its settings, the lab."""
    port = own_port()
    async with World(webhook_url=f"http://127.0.0.1:{port}/webhooks/whatsapp") as world:
        world.server.beside = Control(world)
        settings = {**signing(f"{world.api_url}/v23.0"), "DATABASE_URL": database_url, "PORT": str(port)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, *program, env=environment_of(settings) | {"PYTHONPATH": ":".join([str(TESTS), *sys.path])},
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        server = Running(process)
        try:
            await server.ready()
            yield f"http://127.0.0.1:{port}", settings, world
        finally:
            await server.end()


async def torture(url: str, settings: Mapping[str, str], *more: str) -> Said:
    return await surereply_beside("lab", "torture", "--against", url, "--seconds", "4", *more, settings=settings)


async def test_a_deployment_that_answers_once_holds(database_url: str, tmp_path: Path) -> None:
    async with staging(database_url) as (url, settings, world):
        said = await torture(url, settings, "--json", str(tmp_path / "figures.json"))
        sent = world.graph.ledger.accepted

    figures = json.loads((tmp_path / "figures.json").read_text())
    assert said.code == 0, said.out + said.err
    assert "made-up customers" in said.out.splitlines()[0]
    assert figures["findings"] == []
    assert figures["repetitions"] > 0
    assert figures["at_the_lab"] == len(sent) > 0
    assert {entry.recipient[:3] for entry in sent} == {"999"}


async def test_a_deployment_that_keeps_every_copy_is_found_out(database_url: str) -> None:
    async with staging(database_url, KEEPS_COPIES) as (url, settings, _):
        said = await torture(url, settings)

    assert said.code == 1, said.out + said.err
    assert "acknowledged, and kept" in said.out
    assert "not all held" in said.out


def test_without_a_lab_behind_it_nothing_is_sent_unless_one_says_yes() -> None:
    nobody = f"http://127.0.0.1:{own_port()}"

    refused = surereply("lab", "torture", "--against", nobody, settings=signing(nobody))
    consented = surereply("lab", "torture", "--against", nobody, "--yes", settings=signing(nobody))

    assert (refused.code, consented.code) == (2, 2)
    assert "say --yes" in refused.err
    assert "is not answered" in consented.err


def test_without_the_credentials_it_says_which_are_missing() -> None:
    said = surereply("lab", "torture", "--against", "http://127.0.0.1:9")

    assert said.code == 2
    assert said.err == (
        "surereply: --against needs SUREREPLY_WHATSAPP_PHONE_NUMBER_ID, SUREREPLY_WHATSAPP_APP_SECRET, "
        "SUREREPLY_ADMIN_TOKEN, as the deployment has them\n"
    )


async def test_another_line_or_another_token_is_told_before_anything_is_sent(database_url: str) -> None:
    async with staging(database_url) as (url, settings, world):
        other_line = await torture(url, {**settings, "WHATSAPP_PHONE_NUMBER_ID": "106540352242999"}, "--yes")
        other_token = await torture(url, {**settings, "ADMIN_TOKEN": "another-token-0123456789"})

        assert (other_line.code, other_token.code) == (2, 2)
        assert "has no line 106540352242999" in other_line.err
        assert "refuses the admin token" in other_token.err
        assert len(world.graph.ledger) == 0
