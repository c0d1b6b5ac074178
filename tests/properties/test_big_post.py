"""One POST of 500 messages and 500 statuses, cut off wherever it can be: kept whole and once, or not at all."""

from collections.abc import Sequence
from itertools import product

from properties.house import House
from properties.process import Process
from properties.setting import RESENDS
from properties.stage import Trouble
from support.faults import fault
from surereply.lab.envelope import Update
from surereply.lab.phones import Said

CUSTOMERS, MESSAGES = 125, 500
STAGES = ("sent", "delivered", "read", "failed")
TABLES = ("message", "inbound_key", "unread", "report", "report_key", "report_ticket", "delivery", "conversation")


@fault(3, 4, 11)
def test_a_big_post_is_kept_whole_or_not_at_all_wherever_it_is_cut_off(house: House) -> None:
    findings = house.run(_cut_off_everywhere(house))
    house.run(house.end())

    assert findings == []


async def _cut_off_everywhere(house: House) -> list[str]:
    await house.begin()
    process, found = house.processes[0], []
    await _send_to_all(house, process)
    items = _big_post(house)
    before = await _counts(house)
    for number in range(1, await _statements_of_a_post(house, process) + 1):
        process.stage.plan(Trouble.CUT, number)
        await _delivered(house, process, items)
        if await _counts(house) != before:
            found.append(f"kept once: a POST cut off at statement {number} left something behind")
    process.stage.plan(Trouble.UNANSWERED)  # at the COMMIT: it happened, and nobody was told
    await _delivered(house, process, items)
    if house.acknowledged & {item.wamid for item in items if isinstance(item, Said)}:
        found.append("kept once: a POST was answered with 200 although its commit was in doubt")
    process.stage.plan(None)
    await _delivered(house, process, items)
    after = await _counts(house)
    grown = {table: after[table] - before[table] for table in ("message", "unread", "report", "report_ticket")}
    if grown != {"message": MESSAGES, "unread": MESSAGES, "report": 4 * CUSTOMERS, "report_ticket": 4 * CUSTOMERS}:
        found.append(f"kept once: {grown}")
    for _ in range(4):
        house.start(process.reconciler.apply_reports_once())
        await house.rest()
    read = await house.value("SELECT count(*) FROM reply WHERE status = 'SENT' AND reported = 'read'")
    if read != CUSTOMERS:
        found.append(f"forward only: {read} of {CUSTOMERS} replies are read")
    return [*found, *await house.findings()]


async def _send_to_all(house: House, process: Process) -> None:
    """So many sends for WhatsApp to report on."""
    phones = [house.world.phone(f"97150200{number:04}", line=RESENDS) for number in range(CUSTOMERS)]
    await _delivered(house, process, [house.says(phone, "Hello, I need a family visa") for phone in phones])
    house.clock.advance(seconds=10)
    house.start(process.responder.respond_once())
    await house.rest()
    while len(house.world.graph.ledger.accepted) < CUSTOMERS:
        house.start(process.dispatcher.dispatch_once())
        await house.rest()
        house.clock.advance(seconds=1)


def _big_post(house: House) -> list[Said | Update]:
    phones = [house.world.phone(f"97150300{number:04}", line=RESENDS) for number in range(MESSAGES)]
    messages = [house.says(phone, "I need a golden visa") for phone in phones]
    reports = [house.report(number, stage) for number, stage in product(range(CUSTOMERS), STAGES)]
    return [*messages, *(update for update in reports if update is not None)]


async def _delivered(house: House, process: Process, items: Sequence[Said | Update]) -> None:
    house.deliver(process, items)
    await house.rest()


async def _statements_of_a_post(house: House, process: Process) -> int:
    """Counted on a small one of the same kind, which is nobody's in the end: it is cut off at its COMMIT."""
    process.stage.passed.clear()
    process.stage.plan(Trouble.CUT)
    phone = house.world.phone("971504000000", line=RESENDS)
    said, report = phone.says("Hello"), house.world.tell_report(house.world.graph.ledger.accepted[0], "sent")
    await _delivered(house, process, [said, report])
    return len([sql for sql in process.stage.passed if not sql.startswith("ROLLBACK")])


async def _counts(house: House) -> dict[str, int]:
    return {table: await house.value(f"SELECT count(*) FROM {table}") for table in TABLES}
