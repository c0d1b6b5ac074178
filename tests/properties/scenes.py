"""Moments before a step is taken: what to put in place, and the step itself, for tests that break it everywhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from properties.house import House
from properties.process import Process
from properties.setting import HOLDS, RESENDS
from surereply.admin import handover, reply
from surereply.domain.replies import Body
from surereply.lab.faults import Harm, lost
from surereply.lab.phones import Phone

ONE, OTHER, THIRD = "971501110001", "971501110002", "971501110003"
BSUID = "AE.13491208655302741918"


@dataclass(frozen=True, slots=True)
class Scene:
    """`act` is begun by a process of its own, after `prepare` by another one."""

    name: str
    prepare: Callable[[House, Process], Awaitable[None]]
    act: Callable[[House, Process], Awaitable[None]]
    is_a_step: bool = True  # and no person's act


async def _told(house: House, process: Process, *said: tuple[Phone, str]) -> None:
    house.deliver(process, [house.says(phone, text) for phone, text in said])
    await house.rest()
    house.clock.advance(seconds=10)


async def _taken(house: House, process: Process) -> None:
    house.start(process.responder.respond_once())
    await house.rest()


async def _sent(house: House, process: Process) -> None:
    house.start(process.dispatcher.dispatch_once())
    await house.rest()


def _two(house: House) -> tuple[Phone, Phone]:
    return house.world.phone(ONE, line=HOLDS), house.world.phone(OTHER, line=RESENDS)


async def _one_is_answered(house: House, process: Process) -> None:
    one, _ = _two(house)
    await _told(house, process, (one, "Hello, I need a family visa"))
    await _taken(house, process)
    await _sent(house, process)


async def _delivers(house: House, process: Process) -> None:
    """Of somebody known and somebody new, what came before, and reports."""
    one, other = _two(house)
    items = [house.says(one, "I am employed"), house.says(other, "I need a golden visa"), house.said[0]]
    reports = [house.report(0, stage) for stage in ("sent", "delivered")]
    house.deliver(process, [*items, *(update for update in reports if update is not None)])


async def _both_wrote(house: House, process: Process) -> None:
    one, other = _two(house)
    await _one_is_answered(house, process)
    await _told(house, process, (one, "I am employed"), (one, "My name is Omar Haddad"), (other, "human please"))


async def _takes_turns(house: House, process: Process) -> None:
    await process.responder.respond_once()


async def _both_are_owed(house: House, process: Process) -> None:
    one, other = _two(house)
    await _told(house, process, (one, "Hello, I need a family visa"), (other, "I need a golden visa"))
    await _taken(house, process)


async def _dispatches(house: House, process: Process) -> None:
    """Claim, requests, results: one is accepted, one refused for now."""
    await process.dispatcher.dispatch_once()


async def _reports_wait(house: House, process: Process) -> None:
    """A doubt that an echo settles, and a reply that failed after all."""
    house.world.graph.faults.script(OTHER, [lost(Harm.RESET, accepted=True)])
    await _both_are_owed(house, process)
    await _sent(house, process)
    updates = [house.report(0, "failed"), house.report(1, "delivered"), house.report(1, "sent")]
    house.deliver(process, [update for update in updates if update is not None])
    await house.rest()


async def _folds(house: House, process: Process) -> None:
    await process.reconciler.apply_reports_once()


async def _doubts_wait(house: House, process: Process) -> None:
    """A send that nobody settled, and one that grew quiet on the line whose owner resends."""
    one, other = _two(house)
    third = house.world.phone(THIRD, line=RESENDS)
    house.world.graph.faults.script(OTHER, [lost(Harm.RESET, accepted=False)])
    await _told(house, process, (other, "I need a golden visa"))
    await _taken(house, process)
    await _sent(house, process)
    await _told(house, process, (third, "I need a family visa"))
    await _taken(house, process)
    await _sent(house, process)
    update = house.report(0, "delivered")
    assert update is not None
    house.deliver(process, [update])
    await house.rest()
    house.start(process.reconciler.apply_reports_once())
    await house.rest()
    house.clock.advance(seconds=100)
    await _told(house, process, (one, "Hello, I need a family visa"))
    await _taken(house, process)
    process.provider.holds = True
    await _sent(house, process)
    house.clock.advance(seconds=31)


async def _settles_doubts(house: House, process: Process) -> None:
    await process.reconciler.settle_doubts_once()


async def _evidence_came(house: House, process: Process) -> None:
    """One customer under two names: one asked and owed, one with a message that nobody read."""
    by_number, by_bsuid = house.world.phone(ONE, line=HOLDS), house.world.phone(None, bsuid=BSUID, line=HOLDS)
    await _told(house, process, (by_number, "Hello, I need a family visa"), (by_bsuid, "My e-mail is a@example.com"))
    await _taken(house, process)
    await _told(house, process, (by_bsuid, "I am employed"))
    by_number.bsuid, by_number.shows_bsuid = BSUID, True
    house.world.moved(by_number)
    await _told(house, process, (by_number, "My name is Omar Haddad"))


async def _unites(house: House, process: Process) -> None:
    await process.reconciler.unite_contacts_once()


async def _answers_by_hand(house: House, process: Process) -> None:
    """The bot owes a reply, and a person presses Send."""
    found = (await house.fetch_any("SELECT bucket, id FROM conversation ORDER BY id LIMIT 1"))[0]
    seen = (await house.fetch_any("SELECT id FROM reply WHERE conversation_id = $1", found["id"]))[0]["id"]
    draft = reply.Draft("draft", Body("by hand"), seen)
    await reply.send_reply(process.db, found["bucket"], found["id"], draft, "Nadia", house.clock())


async def _a_person_has_it(house: House, process: Process) -> None:
    await _both_are_owed(house, process)
    await _answers_by_hand(house, process)


async def _gives_back(house: House, process: Process) -> None:
    found = (await house.fetch_any("SELECT bucket, id FROM conversation ORDER BY id LIMIT 1"))[0]
    await handover.give_back(process.db, found["bucket"], found["id"], "Nadia", house.clock())


SCENES = (
    Scene("ingest", _one_is_answered, _delivers),
    Scene("turn", _both_wrote, _takes_turns),
    Scene("dispatch", _both_are_owed, _dispatches),
    Scene("fold", _reports_wait, _folds),
    Scene("doubt", _doubts_wait, _settles_doubts),
    Scene("unite", _evidence_came, _unites),
    Scene("answer by hand", _both_are_owed, _answers_by_hand, is_a_step=False),
    Scene("give back", _a_person_has_it, _gives_back, is_a_step=False),
)
