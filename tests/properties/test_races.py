"""Races that chance meets too seldom, each told step by step: who was late, and what the others had done by then."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import pytest

from properties.draining import drain
from properties.house import House
from properties.machine import EXPECTED
from properties.process import Process
from properties.setting import HOLDS
from properties.stage import Trouble
from support.faults import fault
from surereply.admin import settle
from surereply.lab.phones import Phone

WELCOME = "Hello and welcome"


@pytest.fixture
def morning(house: House) -> Iterator[House]:
    house.run(house.begin())
    yield house
    house.run(house.end())


def test_a_reply_that_leaves_while_a_turn_is_thought_out_is_not_said_again(morning: House) -> None:
    async def story() -> tuple[list[str], list[str]]:
        thinker, other = morning.processes[:2]
        phone = await _owed(morning, other)
        await _told(morning, other, phone, "I am employed")
        thinker.reader.holds = True
        await _step(morning, thinker.responder.respond_once)
        await _step(morning, other.dispatcher.dispatch_once)
        await _go_on(morning, thinker.reader.let_all_think)
        await _step(morning, other.dispatcher.dispatch_once)
        return [entry.text for entry in morning.world.graph.ledger.accepted], await _ends(morning)

    texts, findings = morning.run(story())

    assert findings == []
    assert [WELCOME in text for text in texts] == [True, False]


def test_who_gives_back_a_claim_that_was_rolled_back_touches_no_other_claim(morning: House) -> None:
    async def story() -> tuple[str, list[str]]:
        doubting, sender = morning.processes[:2]
        await _owed(morning, sender)
        doubting.stage.plan(Trouble.CUT)  # at the COMMIT of its claim
        await _step(morning, doubting.dispatcher.dispatch_once)
        sender.provider.holds = True
        await _step(morning, sender.dispatcher.dispatch_once)
        await _step(morning, doubting.dispatcher.dispatch_once)
        return await _status(morning), await _ends(morning)

    status, findings = morning.run(story())

    assert (status, findings) == ("SENDING", [])
    assert len(morning.world.graph.ledger.accepted) == 1


@pytest.mark.parametrize("act", ["nothing", "withdraw"])
def test_what_was_accepted_is_sent_whatever_was_made_of_its_doubt(morning: House, act: str) -> None:
    async def story() -> tuple[str, list[str]]:
        late, other = morning.processes[:2]
        await _is_out_and_in_doubt(morning, late, other)
        await _act(morning, other, "resend")
        if act == "withdraw":
            await _act(morning, other, "withdraw")
        await _go_on(morning, late.provider.let_all_go)
        return await _status(morning), await _ends(morning)

    status, findings = morning.run(story())

    assert (status, findings) == ("SENT", [])
    assert len(morning.world.graph.ledger.accepted) == 1


def test_the_late_answer_to_a_copy_that_failed_takes_back_no_resend(morning: House) -> None:
    async def story() -> tuple[str, list[str]]:
        late, other = morning.processes[:2]
        await _is_out_and_in_doubt(morning, late, other)
        await _reported(morning, other, "failed")
        await _act(morning, other, "resend")
        await _go_on(morning, late.provider.let_all_go)
        return await _status(morning), await _ends(morning)

    status, findings = morning.run(story())

    assert (status, findings) == ("PENDING", [])
    assert len(morning.world.graph.ledger.accepted) == 2


@fault(32)
def test_that_a_copy_was_sent_settles_nothing_once_it_failed(morning: House) -> None:
    async def story() -> tuple[str, list[str]]:
        late, second, other = morning.processes
        await _is_out_and_in_doubt(morning, late, other)
        await _act(morning, other, "resend")
        second.provider.holds = True
        await _step(morning, second.dispatcher.dispatch_once)
        await _reported(morning, other, "failed")
        await _reported(morning, other, "sent")
        return await _status(morning), await _ends(morning)

    assert morning.run(story()) == ("SENDING", [])


@fault(32)
def test_a_reply_fails_with_the_copy_that_it_rests_on_also_where_a_later_one_was_marked(morning: House) -> None:
    async def story() -> tuple[str, str, list[str]]:
        late, second, other = morning.processes
        await _is_out_and_in_doubt(morning, late, other)
        await _act(morning, other, "resend")
        second.provider.holds = True
        await _step(morning, second.dispatcher.dispatch_once)
        await _reported(morning, other, "sent")
        rests_on_the_first = await _status(morning)
        await _reported(morning, other, "failed")
        return rests_on_the_first, await _status(morning), await morning.findings()

    assert morning.run(story()) == ("SENT", "FAILED", [])


@fault(28)
def test_a_second_doubt_that_turns_out_as_never_sent_is_owed_again(morning: House) -> None:
    async def story() -> tuple[str, list[str]]:
        first, second, other = morning.processes
        await _owed(morning, other)
        await _marked_and_in_doubt(morning, first, other)
        await _act(morning, other, "resend")
        await _marked_and_in_doubt(morning, second, other)
        await _go_on(morning, second.provider.let_all_go)  # too late: it writes nothing, and knows it
        return await _status(morning), await _ends(morning)

    status, findings = morning.run(story())

    assert (status, findings) == ("PENDING", [])
    assert len(morning.world.graph.ledger.accepted) == 1


async def _owed(house: House, process: Process) -> Phone:
    """A customer wrote for the first time, and is owed an answer."""
    phone = house.world.phone("971501110001", line=HOLDS)
    await _told(house, process, phone, "Hello, I need a family visa")
    await _step(house, process.responder.respond_once)
    return phone


async def _told(house: House, process: Process, phone: Phone, text: str) -> None:
    house.deliver(process, [house.says(phone, text)])
    await house.rest()
    house.clock.advance(seconds=10)


async def _marked_and_in_doubt(house: House, late: Process, other: Process) -> None:
    """Claimed by one that stands still until its lease ends, before its first byte."""
    late.provider.holds = True
    await _step(house, late.dispatcher.dispatch_once)
    house.clock.advance(seconds=31)
    await _step(house, other.reconciler.settle_doubts_once)


async def _is_out_and_in_doubt(house: House, late: Process, other: Process) -> None:
    """Accepted, and its answer is not heard before the lease ends."""
    await _owed(house, other)
    late.provider.holds = True
    await _step(house, late.dispatcher.dispatch_once)
    await _go_on(house, late.provider.waiting[0].may_go.set)
    house.clock.advance(seconds=31)
    await _step(house, other.reconciler.settle_doubts_once)


async def _reported(house: House, process: Process, stage: str) -> None:
    """Of the first copy that was accepted."""
    update = house.report(0, stage)
    assert update is not None
    house.deliver(process, [update])
    await house.rest()
    await _step(house, process.reconciler.apply_reports_once)


async def _act(house: House, process: Process, name: str) -> None:
    row = (await house.fetch("SELECT bucket, id FROM reply"))[0]
    await _step(house, lambda: getattr(settle, name)(process.db, row["bucket"], row["id"], "Nadia", house.clock()))


async def _status(house: House) -> str:
    status: str = await house.value("SELECT status FROM reply ORDER BY id LIMIT 1")
    return status


async def _ends(house: House) -> list[str]:
    return [*await house.findings(), *await drain(house)]


async def _go_on(house: House, change: Callable[[], Any]) -> None:
    change()
    await house.rest()


async def _step(house: House, step: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    house.start(_failing_as_planned(step))
    await house.rest()


async def _failing_as_planned(step: Callable[[], Awaitable[Any]]) -> None:
    try:
        await step()
    except EXPECTED:
        return
