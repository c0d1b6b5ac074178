"""A business under test with a language model: the lab's server behind a real socket, and what a turn kept of it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from support.shop import FLOWS, Shop, open_shop
from surereply.config import Settings
from surereply.domain.flow_file import parse_flow
from surereply.lab.models.asked import Asked
from surereply.lab.models.good import good
from surereply.lab.models.manners import GOOD, Manner
from surereply.lab.models.server import KEY, MODEL, Mind, ModelServer

FLOW = parse_flow((FLOWS / "business-services.yaml").read_text(), "business-services")


@asynccontextmanager
async def model_shop(
    url: str, mind: Mind | None = None, manner: Manner | Callable[[Asked], Manner] = GOOD, **settings: Any
) -> AsyncIterator[tuple[Shop, ModelServer]]:
    """A shop whose turns are taken with a language model; `settings` are those of the model."""
    async with (
        ModelServer(mind or good([FLOW]), manner=manner) as server,
        open_shop(url, model=model_settings(server, **settings)) as shop,
    ):
        yield shop, server


def model_settings(server: ModelServer, **settings: Any) -> Settings:
    """Those of a process that asks the lab's model."""
    return Settings(llm_model=MODEL, llm_base_url=server.base_url, llm_api_key=SecretStr(KEY), **settings)


def record_of(turn: Any) -> dict[str, Any]:
    """What the turn's row keeps of the model."""
    kept: dict[str, Any] = json.loads(turn["model"])
    return kept


def outcomes_of(turn: Any) -> set[str]:
    return {call["outcome"] for call in record_of(turn)["calls"]}
