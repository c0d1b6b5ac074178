"""Every bug can still be planted, and leaves the code sound behind it."""

import pytest

from mutants import MUTANTS, PLANTABLE, PROBES, Mutant, Unplantable, edit, plant
from mutants.reach import is_reached, noting
from surereply.domain.outcome import fold
from surereply.domain.replies import Reported


@pytest.mark.parametrize("name", PLANTABLE)
def test_a_mutant_is_planted_and_taken_out_again(name: str) -> None:
    with plant(PLANTABLE[name]):
        pass


def test_planted_code_runs_wherever_it_was_imported_and_only_while_planted() -> None:
    with plant(MUTANTS["reports_step_back"]):
        planted = fold(Reported.READ, Reported.SENT)

    assert planted is Reported.SENT
    assert fold(Reported.READ, Reported.SENT) is Reported.READ


def test_a_mutant_of_code_that_is_gone_says_so() -> None:
    gone = Mutant("gone", "nothing", (edit("surereply.domain.outcome:fold", ("return nobody", "return None")),))

    with pytest.raises(Unplantable, match="stands 0 times"), plant(gone):
        pass


def test_probes_note_what_was_run_and_change_nothing() -> None:
    with noting() as reached, plant(PROBES):
        before = reached()
        folded = fold(Reported.READ, Reported.SENT)

        assert folded is Reported.READ
        assert not is_reached(MUTANTS["reports_step_back"], before)
        assert is_reached(MUTANTS["reports_step_back"], reached())
        assert not is_reached(MUTANTS["no_fence"], reached())
