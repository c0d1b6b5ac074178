"""TURN-1, TURN-2, TURN-3: one turn at a time, for everything that was said, whoever takes it."""

import asyncio

from support.faults import fault
from support.records import at_rest, count, known, unexplained
from support.shop import Shop, open_shop
from support.talk import PRICE, SlowReader, hear, replies, rival_lock, statuses, turns, waits_for_a_lock
from surereply.lab.phones import Phone

FAMILY = "Hello, I need a family visa"
PERSON = "I want to talk to a human please"


async def test_turn_1_three_quick_messages_are_one_turn_and_one_reply(database_url: str) -> None:
    """TURN-1: the turn waits for more words, and reads all of them."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        taken = []
        for text in (FAMILY, "i am employed", "my family is abroad"):
            phone.says(text)
            await shop.world.deliver()
            shop.clock.advance(seconds=1)
            taken.append(await shop.process.respond())
        await shop.settle()

        assert taken == [0, 0, 0]
        assert len(phone.texts) == 1
        assert [len(turn["message_ids"]) for turn in await turns(shop, phone)] == [3]
        found = await known(shop, phone)
        assert (found["service"], found["sponsor_status"], found["family_location"]) == (
            "FAMILY_VISA", "employee", "outside",
        )  # fmt: skip
        assert await at_rest(shop)


async def test_turn_1_who_never_stops_typing_is_still_answered_in_bounded_time(database_url: str) -> None:
    """TURN-1: each message waits for the next one, but none longer than `max_wait`."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()

        answered_after = []
        for second in range(20):
            phone.says(f"and another thing, number {second}")
            await shop.world.deliver()
            shop.clock.advance(seconds=1)
            before = len(phone.texts)
            await shop.process.respond()
            await shop.process.dispatch()
            if len(phone.texts) > before:
                answered_after.append(second + 1)
        await shop.settle()

        longest = max(later - earlier for earlier, later in zip([0, *answered_after], answered_after, strict=False))
        assert longest <= 9
        assert len(answered_after) == 2
        assert await unexplained(shop) == []


async def _asks_while_the_bot_thinks(shop: Shop, reader: SlowReader, phone: Phone) -> None:
    """Until the turn that knows nothing of the question is committed."""
    await hear(shop, phone, FAMILY)
    await reader.think(shop.process, FAMILY)
    await hear(shop, phone, PRICE)
    reader.let_go(FAMILY)
    await shop.process.responder.drain()


@fault(16)
async def test_turn_2_a_message_that_comes_while_the_bot_thinks_is_answered_by_the_next_turn(database_url: str) -> None:
    """TURN-2: a commit takes away what its turn read, never what came meanwhile."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader) as shop:
        phone = shop.phone()
        await _asks_while_the_bot_thinks(shop, reader, phone)
        await shop.process.dispatch()
        await shop.settle()

        assert [len(turn["message_ids"]) for turn in await turns(shop, phone)] == [1, 1]
        assert len(phone.texts) == 2
        assert "Who sponsors?" in phone.texts[0]
        assert "AED" in phone.texts[1]
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_turn_2_what_a_late_message_overtakes_is_carried_by_the_next_reply(database_url: str) -> None:
    """TURN-2: nothing of the first reply left yet, so the customer gets one bubble that says both."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader) as shop:
        phone = shop.phone()
        await _asks_while_the_bot_thinks(shop, reader, phone)
        await shop.settle()

        assert await statuses(shop, phone) == ["SUPPRESSED", "SENT"]
        assert (await replies(shop, phone))[0]["suppression"] == "superseded"
        assert len(phone.texts) == 1
        assert all(part in phone.texts[0] for part in ("Palm Gate", "AED", "Who sponsors?"))


@fault(17)
async def test_turn_2_a_message_between_the_last_look_and_the_commit_wakes_the_bot_again(database_url: str) -> None:
    """TURN-2: the turn holds its ticket and will find nothing unread; the message is written, and not committed yet."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await hear(shop, phone, PERSON)
        async with rival_lock(shop, "LOCK TABLE delivery IN SHARE MODE") as keeps_from_committing:
            async with rival_lock(shop, "SELECT FROM conversation FOR UPDATE") as rival:
                turn = asyncio.create_task(shop.process.respond())
                await waits_for_a_lock(rival, [turn])
                phone.says(FAMILY)
                kept = asyncio.create_task(shop.world.deliver())
                await waits_for_a_lock(keeps_from_committing, [turn, kept])
            await turn
        await kept
        await shop.settle()

        assert [len(one["message_ids"]) for one in await turns(shop, phone)] == [1, 1]
        assert (await known(shop, phone))["service"] == "FAMILY_VISA"
        assert await unexplained(shop) == []


async def test_turn_3_while_one_worker_has_the_lease_the_other_finds_nothing_to_do(database_url: str) -> None:
    """TURN-3: two workers, one conversation: one turn at a time."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        phone = shop.phone()
        first, second = shop.processes
        await hear(shop, phone, FAMILY)

        await reader.think(first, FAMILY)
        await hear(shop, phone, PRICE)
        taken_meanwhile = await second.respond()
        reader.let_go(FAMILY)
        await first.responder.drain()
        await shop.settle()

        assert taken_meanwhile == 0
        assert [turn["state_version"] for turn in await turns(shop, phone)] == [1, 2]
        assert len(phone.texts) == 1
        assert await at_rest(shop)


async def stale_and_current(shop: Shop, phone: Phone, reader: SlowReader, text: str) -> None:
    """The first worker leases and stands still beyond its lease; the second takes the turn and commits it."""
    first, second = shop.processes
    await hear(shop, phone, text)
    await reader.think(first, text)
    shop.clock.advance(seconds=31)
    await second.respond()
    await second.dispatch()


@fault(14)
async def test_turn_3_a_worker_that_lost_its_lease_changes_nothing(database_url: str) -> None:
    """TURN-3: stopped beyond its lease, and going on after another worker committed."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        phone = shop.phone()
        await stale_and_current(shop, phone, reader, FAMILY)
        before = await shop.conversation_of(phone)

        reader.let_go(FAMILY)
        await shop.processes[0].responder.drain()
        after = await shop.conversation_of(phone)
        await shop.settle()

        assert reader.read == [FAMILY, FAMILY]
        assert before == after
        assert len(await turns(shop, phone)) == 1
        assert len(phone.texts) == 1
        assert await unexplained(shop) == []
        assert await at_rest(shop)


@fault(15)
async def test_turn_3_nor_does_it_when_the_ticket_was_deleted_and_made_anew(database_url: str) -> None:
    """TURN-3: the new ticket counts from one again, so a counter would let the stale worker pass (ABA)."""
    reader = SlowReader(PERSON, FAMILY)
    async with open_shop(database_url, read=reader, processes=2) as shop:
        phone = shop.phone()
        first, second = shop.processes
        await stale_and_current(shop, phone, reader, PERSON)
        without_ticket = await count(shop, "conversation_ticket")
        await hear(shop, phone, FAMILY)
        await reader.think(second, FAMILY)
        anew = await shop.fetch("SELECT attempts FROM conversation_ticket")

        reader.let_go(PERSON)
        await first.responder.drain()
        reader.let_go(FAMILY)
        await second.responder.drain()
        await shop.settle()

        assert without_ticket == 0
        assert [row["attempts"] for row in anew] == [1]
        assert [turn["state_version"] for turn in await turns(shop, phone)] == [1, 2]
        assert await unexplained(shop) == []
        assert len(phone.texts) == 1
        assert (await known(shop, phone))["service"] == "FAMILY_VISA"
