"""Faults 27, 33: minutes of latency at WhatsApp, half an hour without webhooks: outside of us, and nobody tells us."""

from datetime import timedelta
from typing import Any

import aiohttp

from faults.afterwards import breaches_of
from support.faults import fault
from support.records import count
from support.shop import Shop, open_shop
from support.talk import hear, owe, replies, requests, statuses
from surereply.domain.line import LineSettings
from surereply.lab.faults import Fault, Harm, Rule
from surereply.lab.reporting import Reporting
from surereply.pacing import BREAKER_OPEN, BREAKER_UNKNOWN

FAMILY = "Hello, I need a family visa"
HALF_AN_HOUR = timedelta(minutes=30)
FIVE_MINUTES, LOOK_EVERY = timedelta(minutes=5), timedelta(seconds=10)
PATIENCE = aiohttp.ClientTimeout(total=0.2)
SILENT = Reporting(stages=())
CUSTOMERS, BURST = 80, BREAKER_UNKNOWN + 1


@fault(27)
async def test_minutes_of_latency_beyond_our_patience_cost_a_few_doubts_and_no_second_copy(database_url: str) -> None:
    """WhatsApp takes everything, and answers too late: the breaker keeps the backlog, the echoes settle the rest."""
    async with open_shop(database_url, settings=LineSettings(messages_per_second=BURST), processes=2) as shop:
        phones = [shop.phone(f"97150000{number:04d}") for number in range(CUSTOMERS)]
        for phone in phones:
            await hear(shop, phone, FAMILY)
        await shop.process.respond()
        for process in shop.processes:
            process.client.timeout = PATIENCE
        shop.world.graph.faults.add(Rule(Fault(delay_s=2.0, delay_after=True, reporting=SILENT)))

        await shop.process.dispatch()
        first_doubts = await count(shop, "reply", "status = 'UNKNOWN'")
        for _ in range(int(FIVE_MINUTES / LOOK_EVERY)):
            shop.clock.advance(seconds=LOOK_EVERY.total_seconds())
            for process in shop.processes:
                await process.reconcile()
                await process.dispatch()
        doubts = await count(shop, "reply", "status = 'UNKNOWN'")
        kept = await count(shop, "reply", "status = 'PENDING'")
        shop.world.graph.faults.clear()
        for entry in shop.world.graph.ledger.accepted:
            shop.world.tell_report(entry, "delivered")
        for _ in range(15):
            shop.clock.advance(seconds=BREAKER_OPEN.total_seconds())
            await shop.settle(wait=timedelta())

        assert 0 < first_doubts <= BURST
        assert doubts <= BURST + FIVE_MINUTES / BREAKER_OPEN * BURST
        assert doubts + kept == CUSTOMERS
        assert kept > 0
        assert [len(phone.texts) for phone in phones] == [1] * CUSTOMERS
        assert [len(requests(shop, phone)) for phone in phones] == [1] * CUSTOMERS
        assert await breaches_of(shop) == []


@fault(33)
async def test_that_no_report_came_while_no_webhook_came_at_all_is_no_evidence(database_url: str) -> None:
    """The way to us was down, and we saw nothing of it. Later sends are reported at once, the old echo is on its way:
    whoever took its absence for silence would send a second copy."""
    settings = LineSettings(unknown_policy="resend")
    async with open_shop(database_url, settings=settings) as shop:
        phone, meanwhile, later = (shop.phone(f"97150000000{number}") for number in range(3))
        await owe(shop, phone, FAMILY)
        await owe(shop, meanwhile, FAMILY)
        post, shop.post = shop.post, _no_way  # type: ignore[method-assign]
        shop.world.graph.faults.script(phone.address, [Fault(Harm.RESET, accepted=True)])
        await shop.process.dispatch()
        await _minutes(shop, HALF_AN_HOUR)
        sent_meanwhile = len(meanwhile.texts)
        shop.post = post  # type: ignore[method-assign]
        later.says(FAMILY)
        await _minutes(shop, timedelta(minutes=5))
        in_doubt = await statuses(shop, phone)
        await _minutes(shop, timedelta(hours=1))

        assert sent_meanwhile == len(later.texts) == 1
        assert in_doubt == ["UNKNOWN"]
        assert [(row["status"], row["resolution"]) for row in (await replies(shop, phone))[:1]] == [("SENT", "echoed")]
        assert len([entry for entry in requests(shop, phone) if entry.accepted and entry.text == phone.texts[0]]) == 1
        assert await breaches_of(shop) == []


async def _no_way(body: bytes, headers: Any) -> int:
    """Nobody answers: a proxy before us is down, or the network."""
    raise ConnectionRefusedError


async def _minutes(shop: Shop, span: timedelta) -> None:
    """Time passes, and everybody does what is due."""
    for _ in range(int(span / timedelta(minutes=1))):
        shop.clock.advance(minutes=1)
        await shop.world.deliver()
        await shop.process.reconcile()
        await shop.process.respond()
        await shop.process.dispatch()
        await shop.world.deliver()
        await shop.process.reconcile()
