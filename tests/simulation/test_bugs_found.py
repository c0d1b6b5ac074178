"""The simulation sees what it is there to see: core bugs, planted one at a time, are found in the fifty seeds."""

import pytest

from mutants import MUTANTS, plant
from simulation.seeds import play_seed
from simulation.test_seeds import SEEDS

# Where each was found when it was last looked for; the others are tried if its conversations have changed since.
FOUND_IN = {
    "acknowledged_before_commit": 17,
    "blind_resend": 17,
    "counter_fence": 16,
    "delete_all_unread": 10,
    "no_fence": 5,
    "no_inbound_key": 1,
    "no_state_version": 1,
    "pending_not_looked_at": 17,
    "ticket_do_nothing": 1,
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", FOUND_IN)
def test_a_core_bug_is_found(postgres_server: str, businesses_template: str, name: str) -> None:
    with plant(MUTANTS[name]):
        found_in = next(
            (
                seed
                for seed in (FOUND_IN[name], *SEEDS)
                if play_seed(postgres_server, businesses_template, seed).findings
            ),
            None,
        )

    assert found_in is not None, f"none of the fifty seeds finds {name}"
