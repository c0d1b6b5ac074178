"""The end of a run: everything works again, for long enough; what is still wrong then."""

from collections.abc import Callable, Coroutine
from typing import Any

from properties.house import House, update_of
from properties.process import Process
from support.invariants import unfinished

ROUNDS = 40


async def drain(house: House) -> list[str]:
    """Whatever was held goes on, whatever was not acknowledged is told again until it is, and every send is reported
    in the end; findings."""
    for process in house.processes:
        process.let_go()
    await house.rest()
    await _take(house, *(process.dispatcher.drain for process in house.processes))  # what is in doubt is given back
    for number in range(ROUNDS):
        await house.fetch("UPDATE line_pace SET closed_until = NULL, stopped_at = NULL, templates_stopped_at = NULL")
        house.clock.advance(seconds=31)
        await _one_round(house, house.processes[(number + 1) % len(house.processes)])
        if not _unacknowledged(house) and not await unfinished(house.fetch, house.book()):
            break
    return [*await house.findings(), *await unfinished(house.fetch, house.book()), *_unacknowledged(house)]


async def _one_round(house: House, process: Process) -> None:
    """In the order in which one step's work becomes the next one's."""
    await _redeliver(house, process)
    await _take(house, process.reconciler.unite_contacts_once, process.responder.respond_once)
    await _take(house, process.dispatcher.dispatch_once)
    _tell_the_rest(house)
    await _redeliver(house, process)
    await _take(house, process.reconciler.apply_reports_once, process.reconciler.settle_doubts_once)


async def _take(house: House, *steps: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    for step in steps:
        house.start(step())
        await house.rest()


def _tell_the_rest(house: House) -> None:
    """Every send that was accepted is reported in the end."""
    told = {update.key.split()[0] for update in house.reports}
    for entry in house.world.graph.ledger.accepted:
        if entry.wamid not in told:
            house.reports.append(house.world.tell_report(entry, "delivered"))


async def _redeliver(house: House, process: Process) -> None:
    waiting = [item for item in (*house.said, *house.reports) if update_of(item).acknowledged_at is None]
    if waiting:
        house.deliver(process, waiting)
        await house.rest()


def _unacknowledged(house: House) -> list[str]:
    return [
        f"the backlog drains: {update_of(item).key} was told again and again, and never answered with 200"
        for item in (*house.said, *house.reports)
        if update_of(item).acknowledged_at is None
    ]
