"""Fault 55: a process is told to stop, is given its grace, and is killed before it has come to its end."""

import signal

from faults.afterwards import breaches_in_the_end
from faults.served import a_served_world, all_told, killed, serve
from support.faults import fault
from support.servers import WORDS, rows_of, settings_of, until
from surereply.lab.faults import Fault, Harm
from surereply.lab.reporting import Reporting

TAKEN_UNHEARD = Fault(Harm.SILENCE, accepted=True, reporting=Reporting(stages=()))


@fault(55)
async def test_what_was_under_way_is_settled_by_evidence_and_the_rest_is_done_by_the_next(database_url: str) -> None:
    """A send hangs while it drains, so it waits, and is killed: nothing is sent again, nobody is forgotten."""
    async with a_served_world(ports=2) as (world, ports):
        hanging, waiting, later = (world.phone(f"97150000000{number}") for number in range(3))
        first, second = [settings_of(world, port, DATABASE_URL=database_url) for port in ports]
        async with serve(first) as old:
            world.graph.faults.script(hanging.address, [TAKEN_UNHEARD])
            hanging.says(WORDS[0])
            await until(lambda: bool(world.graph.ledger.accepted))
            old.process.send_signal(signal.SIGTERM)
            await until(lambda: any("process.draining" in line for line in old.lines))
            waiting.says(WORDS[0])
            exit_code = await killed(old)
        left = await rows_of(database_url, "SELECT status FROM reply")
        later.says(WORDS[0])
        async with serve(second):
            await until(lambda: len(waiting.texts) == len(later.texts) == 1)
            world.tell_report(world.graph.ledger.accepted[0], "delivered")
            await all_told(world)
            held = await breaches_in_the_end(world, database_url)

    assert exit_code == -signal.SIGKILL
    assert [row["status"] for row in left] == ["SENDING"]
    assert [len(phone.texts) for phone in (hanging, waiting, later)] == [1, 1, 1]
    assert held == []
