"""Two `surereply serve` on one database, the same webhooks thrown at both: nothing twice, nothing lost."""

import asyncio
from collections.abc import Mapping

import aiohttp

from support.faults import fault
from support.ports import own_port
from support.servers import HURRY, UNEXPLAINED, WORDS, rows_of, serving, talk_to_the_end, until, webhook_of
from surereply.lab.meta import Habits
from surereply.lab.world import World


@fault(56)
async def test_in_1_the_same_webhooks_at_two_servers_are_answered_once(database_url: str) -> None:
    """IN-1: every delivery reaches both servers at the same instant, twice each, and some come again later."""
    ports = [own_port(), own_port()]
    async with aiohttp.ClientSession() as http:

        async def post(port: int, body: bytes, headers: Mapping[str, str]) -> int:
            async with http.post(webhook_of(port), data=body, headers=headers) as answer:
                return answer.status

        async def at_both(body: bytes, headers: Mapping[str, str]) -> int:
            answers = await asyncio.gather(*(post(port, body, headers) for port in (*ports, *ports)))
            return max(answers)

        habits = Habits(batch=(1, 3), repeated=0.2, redelivery=HURRY)
        async with World(deliver=at_both, habits=habits) as world:
            phones = [world.phone(f"97150000{number:04d}") for number in range(20)]
            async with serving(world, database_url, ports[0], 1), serving(world, database_url, ports[1], 1):
                await talk_to_the_end(phones)
                await until(lambda: not world.meta.unacknowledged())

            kept = await rows_of(database_url, "SELECT FROM message")
            assert len(kept) == 20 * len(WORDS)
            assert [len(phone.texts) for phone in phones] == [len(WORDS)] * 20
            assert all(len(set(phone.texts)) == len(WORDS) for phone in phones)
            assert world.graph.ledger.sent_twice() == {}
            assert await rows_of(database_url, UNEXPLAINED) == []
            assert len(await rows_of(database_url, "SELECT FROM repetition")) >= len(kept)
