"""A client that does nothing but ask: what is to be had of a model on this machine, in this minute, by anybody.

    python -m bench.models.bare BASE_URL IN_FLIGHT SECONDS     prints how many calls were answered

A process of its own, as the server is: on a machine that others use, too, it waits for its turn as the server does.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

from bench.pipeline.business import FLOW
from surereply.config import Settings
from surereply.domain.facts import Context
from surereply.domain.flow_file import parse_flow
from surereply.lab.models.server import KEY, MODEL
from surereply.models.prompts import reading_prompt
from surereply.models.providers import open_models

WARM_UP_S = 6.0


async def ask_all(base_url: str, in_flight: int, seconds: float) -> int:
    """Calls answered in the time, each of so many askers asking again at once."""
    settings = Settings(llm_model=MODEL, llm_base_url=base_url, llm_api_key=KEY)  # type: ignore[arg-type]
    (model,) = open_models(settings)
    flow = parse_flow(FLOW.read_text(), FLOW.name)
    prompt = reading_prompt(flow, Context(datetime.now(UTC), known={"service": "family_visa"}), ["hello"])
    begin = time.monotonic() + WARM_UP_S
    until = begin + seconds
    answered = 0

    async def ask_again_and_again() -> None:
        nonlocal answered
        while True:
            await model.ask(prompt)
            answered += begin <= time.monotonic() <= until

    asking = [asyncio.create_task(ask_again_and_again()) for _ in range(in_flight)]
    await asyncio.sleep(WARM_UP_S + seconds)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    return answered


if __name__ == "__main__":
    print(asyncio.run(ask_all(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
