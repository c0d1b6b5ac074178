"""OPS-8: SIGTERM under load: drained, or left for the next process; nothing lost, nothing twice."""

import asyncio
import signal

from support.faults import fault
from support.ports import own_port
from support.servers import HURRY, UNEXPLAINED, WORDS, rows_of, serving, talk_to_the_end, until, webhook_of
from surereply.lab.faults import Fault, latency
from surereply.lab.graph import Manners
from surereply.lab.meta import Habits
from surereply.lab.reporting import Reporting
from surereply.lab.world import World


@fault(55, 56)
async def test_ops_8_a_server_that_is_told_to_stop_under_load_loses_nothing_and_sends_nothing_twice(
    database_url: str,
) -> None:
    """OPS-8: old ones are told to stop, new ones start, while customers write and Meta repeats itself."""
    ports = [own_port(), own_port()]
    habits = Habits(batch=(1, 3), repeated=0.3, copies_at_once=2, redelivery=HURRY)
    manners = Manners(reporting=Reporting(delay_s=0.01))
    async with World(webhook_url=[webhook_of(port) for port in ports], habits=habits, manners=manners) as world:
        phones = [world.phone(f"97150000{number:04d}") for number in range(30)]
        async with serving(world, database_url, ports[0], 2) as old:
            talking = asyncio.create_task(talk_to_the_end(phones))
            await until(lambda: sum(len(phone.texts) for phone in phones) >= 10)
            async with serving(world, database_url, ports[1], 2) as new:
                ended = await old.end(signal.SIGTERM)
                await talking
                await until(lambda: not world.meta.unacknowledged())
                ended_too = await new.end(signal.SIGTERM)

        replies = await rows_of(database_url, "SELECT id, status FROM reply WHERE status <> 'SUPPRESSED'")
        on_the_phones = {entry.reply_id for entry in world.graph.ledger.accepted}
        assert (ended, ended_too) == (0, 0)
        assert [len(phone.texts) for phone in phones] == [len(WORDS)] * 30
        assert all(len(set(phone.texts)) == len(WORDS) for phone in phones)
        assert world.graph.ledger.sent_twice() == {}
        assert {row["id"].hex for row in replies} == on_the_phones
        assert len(await rows_of(database_url, "SELECT FROM message")) == 30 * len(WORDS)
        assert await rows_of(database_url, UNEXPLAINED) == []


async def test_ops_8_what_is_under_way_is_settled_and_what_is_owed_is_left_for_the_next(database_url: str) -> None:
    """OPS-8: a slow answer of WhatsApp's is waited for; what was not begun stays PENDING, and leaves later."""
    ports = [own_port(), own_port()]
    async with World(webhook_url=webhook_of(ports[0]), habits=Habits(redelivery=HURRY)) as world:
        first, later = world.phone("971500000001"), world.phone("971500000002")
        world.graph.faults.script(first.address, [_slowly(2.5)])
        async with serving(world, database_url, ports[0], 1) as old:
            first.says(WORDS[0])
            await until(lambda: bool(world.graph.ledger.entries))
            later.says(WORDS[0])
            await until(lambda: not world.meta.unacknowledged())
            ended = await old.end(signal.SIGTERM)
        at_the_end = await rows_of(database_url, "SELECT status FROM reply")
        async with serving(world, database_url, ports[1], 1):
            await until(lambda: len(later.texts) == 1)

        assert ended == 0
        assert not any(row["status"] in ("SENDING", "UNKNOWN") for row in at_the_end)
        assert [len(first.texts), len(later.texts)] == [1, 1]
        assert world.graph.ledger.sent_twice() == {}


def _slowly(seconds: float) -> Fault:
    return latency(seconds, after=True)
