"""Fault 59: everybody writes the same at once, after a broadcast: kept once each, and each answered for themselves.

SUREREPLY_TEST_CROWD=100000 pytest tests/faults/test_59_everybody_at_once.py --timeout 0
"""

import asyncio
import os
from collections.abc import Sequence

import aiohttp

from faults.afterwards import breaches_of
from support.faults import fault
from support.records import count
from support.shop import open_shop
from support.webhooks import body_with, post
from surereply.domain.line import LineSettings
from surereply.lab.lines import make_lines
from surereply.worker import Batcher

CROWD = int(os.environ.get("SUREREPLY_TEST_CROWD", "1000"))
IN_A_POST = 300
COPIES = 2
PATIENCE = aiohttp.ClientTimeout(total=60)
THE_SAME = "Hello, I need a family visa"


@fault(59)
async def test_the_same_words_of_everybody_are_as_many_conversations(database_url: str) -> None:
    """The same text, the same second, on two lines: no key of one reply is that of another, and none is left out."""
    lines = make_lines(2)
    settings = LineSettings(messages_per_second=CROWD)
    async with open_shop(database_url, lab_lines=lines, settings=settings, processes=2) as shop:
        phones = [shop.phone(f"9715{number:08d}", line=lines[number % 2]) for number in range(CROWD)]
        said = [phone.says(THE_SAME) for phone in phones]
        bodies = [body_with(*said[first : first + IN_A_POST]) for first in range(0, CROWD, IN_A_POST)]

        answers = await asyncio.gather(
            *(post(shop, body, process) for body in bodies for process in shop.processes for _ in range(COPIES))
        )
        shop.clock.advance(seconds=10)
        for process in shop.processes:
            process.client.timeout = PATIENCE  # a crowd on a busy machine is no fault of WhatsApp's
        await asyncio.gather(*(process.respond() for process in shop.processes))
        await asyncio.gather(*(process.dispatch() for process in shop.processes))
        await shop.settle(wait=shop.patience.debounce)

        assert set(answers) <= {200, 503}  # what is too much at once comes again
        assert await count(shop, "message") == await count(shop, "conversation") == await count(shop, "turn") == CROWD
        assert await shop.value("SELECT count(DISTINCT outbound_dedupe_key) FROM reply") == CROWD
        assert [phone.texts for phone in phones] == [phones[0].texts] * CROWD
        assert len(phones[0].texts) == 1
        assert await breaches_of(shop) == []


@fault(59)
async def test_what_is_written_together_is_bounded_by_what_it_holds() -> None:
    """A few deliveries of hundreds of messages are no small transaction, for which everybody else would wait."""
    batches: list[list[int]] = []

    async def write(sizes: Sequence[int]) -> Sequence[int]:
        batches.append(list(sizes))
        return sizes

    batcher: Batcher[int, int] = Batcher(write, most=10, size=lambda size: size)
    put = (3, 3, 3, 3, 20, 1, 9, 1)

    kept = await asyncio.gather(*(batcher.put(size) for size in put))

    assert kept == list(put)
    assert batches == [[3, 3, 3], [3], [20], [1, 9], [1]]
