"""Every bug can still be planted, and leaves the code sound behind it."""

import pytest

from mutants import MUTANTS, OF_MODELS, Mutant, Unplantable, edit, plant
from surereply.domain.outcome import fold
from surereply.domain.replies import Reported


@pytest.mark.parametrize("name", MUTANTS | OF_MODELS)
def test_a_mutant_is_planted_and_taken_out_again(name: str) -> None:
    with plant((MUTANTS | OF_MODELS)[name]):
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
