"""The machines see what they are there to see: the core bugs, planted one at a time, are found within CI's time."""

from functools import partial

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from mutants import MUTANTS, plant
from properties.house import House
from properties.machine import BusinessMachine
from properties.test_inbox_and_turns import InboxMachine
from properties.test_outbox_and_people import OutboxMachine

# Which machine finds it, and as what.
CORE: dict[str, tuple[type[BusinessMachine], str]] = {
    "ticket_do_nothing": (InboxMachine, "read once"),
    "no_inbound_key": (InboxMachine, "kept once"),
    "no_fence": (InboxMachine, "read once"),
    "counter_fence": (InboxMachine, "read once"),
    "delete_all_unread": (InboxMachine, "read once"),
    "asynchronous_claim": (OutboxMachine, "written down first"),
    "sent_before_the_claim": (OutboxMachine, "written down first"),
    "lease_to_pending": (OutboxMachine, "written down first"),
    "blind_resend": (OutboxMachine, "accepted"),
    "no_reply_key": (OutboxMachine, "one reply a reason"),
}


@pytest.mark.parametrize("name", CORE)
def test_a_core_bug_is_found(house: House, lengths: settings, name: str, sound_code: None) -> None:
    machine, invariant = CORE[name]

    with plant(MUTANTS[name]), pytest.raises(AssertionError, match=invariant):
        run_state_machine_as_test(partial(machine, house), settings=lengths)
