"""`surereply lab torture --against URL`: it tells what it will do, asks for consent, and finds what did not hold."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.commands import ADMIN_TOKEN, FLOWS, free_port, running, surereply_beside
from surereply.lab.control import Control
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.world import World

pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def staging(database_url: str) -> AsyncIterator[tuple[str, Mapping[str, str], World]]:
    """A deployment whose replies go to a lab: its address, its settings, the lab."""
    port = free_port()
    async with World(webhook_url=f"http://127.0.0.1:{port}/webhooks/whatsapp") as world:
        world.server.beside = Control(world)
        settings = {**signing(f"{world.api_url}/v23.0"), "DATABASE_URL": database_url, "PORT": str(port)}
        async with running("serve", settings=settings) as server:
            await server.ready()
            yield f"http://127.0.0.1:{port}", settings, world


def signing(api_url: str) -> dict[str, str]:
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


async def torture(url: str, settings: Mapping[str, str], *more: str) -> object:
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
