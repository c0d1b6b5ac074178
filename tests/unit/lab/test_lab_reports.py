"""What WhatsApp reports of a send: in any order, twice, early, late, or never."""

import pytest

from support.lab_inbox import NUMBER, Inbox, send
from surereply.lab.clock import StandingClock
from surereply.lab.faults import Fault, Rule
from surereply.lab.graph import Manners
from surereply.lab.reporting import DELIVERED, FAILED, READ, SENT, Reporting
from surereply.lab.world import World


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def world(inbox: Inbox) -> World:
    return World(deliver=inbox.deliver, clock=StandingClock(), by_hand=True)


async def test_reports_echo_the_callback_data(world: World, inbox: Inbox) -> None:
    """OUT-2."""
    phone = world.phone(NUMBER)
    phone.says("hi")
    answer = await send(world)
    await world.deliver()
    phone.reads()
    await world.deliver()

    assert answer.entry is not None
    assert [status["status"] for status in inbox.statuses] == [SENT, DELIVERED, READ]
    assert {status["id"] for status in inbox.statuses} == {answer.entry.wamid}
    assert {status["biz_opaque_callback_data"] for status in inbox.statuses} == {answer.entry.callback_data}
    assert {status["recipient_id"] for status in inbox.statuses} == {NUMBER}
    assert phone.reads() == 0


async def test_reports_can_overtake_the_answer(world: World, inbox: Inbox) -> None:
    """OUT-5: they are delivered before the sender hears anything."""
    world.graph.change_manners(Manners(reporting=Reporting(before_answer=True)))
    world.phone(NUMBER).says("hi")

    await send(world)

    assert [status["status"] for status in inbox.statuses] == [SENT, DELIVERED]


async def test_reports_can_come_twice_and_out_of_order(inbox: Inbox) -> None:
    """OUT-6."""
    reporting = Reporting(stages=(SENT, DELIVERED, READ), copies=2, shuffled=True)
    world = World(
        deliver=inbox.deliver,
        clock=StandingClock(),
        by_hand=True,
        seed=1,
        manners=Manners(reporting=reporting),
    )
    world.phone(NUMBER).says("hi")
    await send(world)
    await world.deliver()

    stages = [status["status"] for status in inbox.statuses]
    assert sorted(stages) == sorted([SENT, DELIVERED, READ] * 2)
    assert stages != [SENT, SENT, DELIVERED, DELIVERED, READ, READ]


async def test_reports_wait_for_their_time(inbox: Inbox) -> None:
    clock = StandingClock()
    manners = Manners(reporting=Reporting(delay_s=10))
    world = World(deliver=inbox.deliver, clock=clock, by_hand=True, manners=manners)
    world.phone(NUMBER).says("hi")
    await send(world)
    counts = []
    for _ in range(3):
        await world.deliver()
        counts.append(len(inbox.statuses))
        clock.advance(seconds=10)

    assert counts == [0, 1, 2]


async def test_a_send_reported_as_failed_is_on_no_phone(world: World, inbox: Inbox) -> None:
    """OUT-18."""
    phone = world.phone(NUMBER)
    phone.says("hi")
    failing = Fault(reporting=Reporting(stages=(SENT, FAILED), failed_code=131026))
    world.graph.faults.add(Rule(failing, times=1))
    await send(world, "lost")
    await send(world, "seen")
    await world.deliver()

    assert phone.texts == ["seen"]
    [failed] = [status for status in inbox.statuses if status["status"] == FAILED]
    assert failed["errors"][0]["code"] == 131026
    assert len(world.graph.ledger.accepted) == 2


async def test_a_report_may_come_without_the_callback_data(inbox: Inbox) -> None:
    manners = Manners(reporting=Reporting(stages=(FAILED,), echoes_callback=False))
    world = World(deliver=inbox.deliver, clock=StandingClock(), by_hand=True, manners=manners)
    world.phone(NUMBER).says("hi")
    await send(world)
    await world.deliver()

    assert "biz_opaque_callback_data" not in inbox.statuses[0]


async def test_reports_may_be_withheld_and_come_by_hand_much_later(inbox: Inbox) -> None:
    """OUT-4, and then a late echo."""
    manners = Manners(reporting=Reporting(withheld=1.0))
    clock = StandingClock()
    world = World(deliver=inbox.deliver, clock=clock, by_hand=True, manners=manners)
    world.phone(NUMBER).says("hi")
    answer = await send(world)
    await world.deliver()
    none = list(inbox.statuses)
    clock.advance(hours=3)
    world.tell_report(answer.entry, DELIVERED)
    await world.deliver()

    assert none == []
    assert inbox.statuses[0]["biz_opaque_callback_data"] == answer.entry.callback_data
    assert inbox.statuses[0]["timestamp"] == str(int(clock().timestamp()))
