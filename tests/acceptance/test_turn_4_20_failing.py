"""TURN-4, TURN-20: workers that die and messages that cannot be read hold up nobody, and nobody has to tidy up."""

import asyncio
from datetime import timedelta

import pytest

from support.deaths import die, kill_at, succeed
from support.faults import fault
from support.records import at_rest, count, unexplained
from support.shop import Shop, open_shop
from support.talk import SlowReader, hear, replies, turns
from surereply.case import MOST_ATTEMPTS
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab.phones import Phone
from surereply.responder import LEASE
from surereply.store.looking_back import ALL_THE_WAY_EVERY
from surereply.thinking import read_with_rules

FAMILY = "Hello, I need a family visa"
POISON = "a message that nobody can read"


class CannotRead(Exception):
    """The words are poison to this reader."""


async def read_or_fail(flow: Flow, message: Message, context: Context) -> Reading:
    if message.text == POISON:
        raise CannotRead(POISON)
    return await read_with_rules(flow, message, context)


class DeadlyReader:
    """The process that reads this message dies of it, and whatever else it was thinking about with it."""

    def __init__(self, deadly: str) -> None:
        self.died = asyncio.Event()
        self._deadly = deadly

    async def __call__(self, flow: Flow, message: Message, context: Context) -> Reading:
        if message.text == self._deadly:
            self.died.set()
        if self.died.is_set():
            await asyncio.Event().wait()
        return await read_with_rules(flow, message, context)

    async def kills(self, shop: Shop) -> bool:
        """Whether the process died of what it took; another one takes its place."""
        self.died.clear()
        responding, dying = asyncio.create_task(shop.process.respond()), asyncio.create_task(self.died.wait())
        await asyncio.wait({responding, dying}, return_when=asyncio.FIRST_COMPLETED)
        died = self.died.is_set()
        for task in (responding, dying):
            task.cancel()
        await asyncio.gather(responding, dying, return_exceptions=True)
        if died:
            await succeed(shop)
            shop.clock.advance(seconds=LEASE.total_seconds())
        return died


async def answered_once(shop: Shop, phone: Phone) -> bool:
    sent = len(phone.texts) == 1 and len(await turns(shop, phone)) == 1
    return sent and await at_rest(shop) and await unexplained(shop) == []


@fault(18)
async def test_turn_4_a_worker_that_died_thinking_is_replaced_when_its_lease_ends(database_url: str) -> None:
    """TURN-4: another takes over, and not before; no sign of the dead one needs a person to clear it."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        phone = shop.phone()
        await hear(shop, phone, FAMILY)
        await reader.think(shop.process, FAMILY)

        await die(shop.processes.pop(0))
        shop.clock.advance(seconds=LEASE.total_seconds() - 1)
        too_early = await shop.process.respond()
        shop.clock.advance(seconds=1)
        await shop.settle(wait=timedelta())

        assert too_early == 0
        assert await answered_once(shop, phone)
        assert await count(shop, "conversation_ticket", "lease_until IS NOT NULL OR attempts > 0") == 0


async def test_turn_4_two_deaths_running_are_survived_as_well(database_url: str) -> None:
    """TURN-4: each new process knows only what is on disk."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await hear(shop, phone, FAMILY)
        for _ in range(2):
            await shop.process.responder.respond_once()
            await succeed(shop)
            shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.settle()

        assert await answered_once(shop, phone)


@pytest.mark.parametrize("point", ["reading", "turn"])
async def test_turn_4_a_worker_killed_with_sigkill_leaves_no_half_a_turn(database_url: str, point: str) -> None:
    """TURN-4: `kill -9` while it reads, and when the whole turn is written and not yet committed."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await hear(shop, phone, FAMILY)

        code = await kill_at(shop, "respond", point)
        half_done = await count(shop, "turn") + await count(shop, "reply") + await count(shop, "lead")
        shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.settle()

        assert code == -9
        assert half_done == 0
        assert await answered_once(shop, phone)


@fault(18)
async def test_turn_20_a_poison_message_is_handed_over_with_its_error_after_bounded_tries(database_url: str) -> None:
    """TURN-20: the customer gets a person, and the person is told why; the tries stop."""
    async with open_shop(database_url, read=read_or_fail) as shop:
        phone = shop.phone()
        await hear(shop, phone, POISON)

        tries = 0
        for _ in range(12):
            tries += await shop.process.respond()
            shop.clock.advance(seconds=60)
        await shop.settle()

        assert tries == MOST_ATTEMPTS + 1
        conversation = await shop.conversation_of(phone)
        assert conversation["handover_reason"] == "failing_turn"
        told = await shop.value("SELECT told FROM handover WHERE given_back_at IS NULL")
        assert f"{MOST_ATTEMPTS} tries failed" in told
        assert POISON not in told
        assert [row["reply_type"] for row in await replies(shop, phone)] == ["handover"]
        assert await answered_once(shop, phone)


async def test_turn_20_between_its_tries_the_error_stands_on_the_ticket_without_the_words(database_url: str) -> None:
    """TURN-20: what fails is on record by the name of its error; tries come less and less often."""
    async with open_shop(database_url, read=read_or_fail) as shop:
        phone = shop.phone()
        await hear(shop, phone, POISON)

        waits = []
        for _ in range(4):
            await shop.process.respond()
            ticket = (await shop.fetch("SELECT * FROM conversation_ticket"))[0]
            waits.append((ticket["lease_until"] - shop.clock()).total_seconds())
            shop.clock.set(ticket["lease_until"])

        assert waits == [1, 2, 4, 8]
        assert (ticket["last_error"], ticket["attempts"]) == ("CannotRead", 4)


async def test_turn_20_other_conversations_do_not_wait_for_it(database_url: str) -> None:
    """TURN-20: poison in one conversation, and every other one is answered at once."""
    async with open_shop(database_url, read=read_or_fail) as shop:
        poisoned, *others = (shop.phone(f"97150111{number:04d}") for number in range(6))
        await hear(shop, poisoned, POISON)
        for phone in others:
            await hear(shop, phone, FAMILY)

        await shop.process.respond()
        await shop.process.dispatch()

        assert [len(phone.texts) for phone in others] == [1] * 5
        assert poisoned.texts == []


async def test_turn_20_nor_for_a_conversation_whose_rows_cannot_be_read(database_url: str) -> None:
    """TURN-20: an odd row stops its own conversation, on record, and no other one that is claimed with it."""
    async with open_shop(database_url) as shop:
        odd, other = shop.phone(), shop.phone("971507654321")
        await hear(shop, odd, FAMILY)
        await shop.settle()
        await shop.execute("""UPDATE lead SET fields = '{"partners": {"odd": 1}}'""")
        await hear(shop, odd, FAMILY)
        await hear(shop, other, FAMILY)

        await shop.process.respond()
        await shop.process.dispatch()

        assert (len(odd.texts), len(other.texts)) == (1, 1)
        assert await count(shop, "conversation_ticket", "last_error IS NOT NULL AND attempts = 1") == 1


@fault(19)
async def test_turn_20_a_turn_that_kills_its_process_each_time_is_handed_over_as_well(database_url: str) -> None:
    """TURN-20: the claim counts the try, since a process that dies in it cannot."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await hear(shop, phone, FAMILY)
        for _ in range(MOST_ATTEMPTS):
            await shop.process.responder.respond_once()
            await succeed(shop)
            shop.clock.advance(seconds=LEASE.total_seconds())
        await shop.settle()

        assert (await shop.conversation_of(phone))["handover_reason"] == "failing_turn"
        assert await answered_once(shop, phone)


@fault(19)
async def test_turn_20_whoever_was_thought_about_with_it_is_answered_and_not_handed_over(database_url: str) -> None:
    """TURN-20: a turn that was tried often thinks alone, so that a process that dies of it takes nobody along."""
    reader = DeadlyReader(POISON)
    async with open_shop(database_url, read=reader) as shop:
        poisoned, *others = (shop.phone(f"97150111{number:04d}") for number in range(6))
        await hear(shop, poisoned, POISON)
        for phone in others:
            await hear(shop, phone, FAMILY)

        deaths = 0
        while await reader.kills(shop):
            deaths += 1
        for _ in others:
            shop.clock.advance(seconds=ALL_THE_WAY_EVERY.total_seconds())
            await shop.settle(wait=timedelta())

        assert deaths == MOST_ATTEMPTS
        assert (await shop.conversation_of(poisoned))["handover_reason"] == "failing_turn"
        for phone in others:
            assert (await shop.conversation_of(phone))["handover_reason"] is None
            assert len(phone.texts) == 1
