"""The tables of docs/proof.md are what the code says."""

import ast

from proof import document, faults


def test_every_fault_is_done_by_something() -> None:
    undone = [number for number, doers in faults.doers_of_faults().items() if not doers]

    assert undone == []


def test_the_table_of_faults_is_written_from_the_code() -> None:
    assert document.is_current(), "run `make proof-table`"


def test_marks_are_found_on_modules_classes_and_functions() -> None:
    source = """
pytestmark = [pytest.mark.slow, fault(1, 2)]
@fault(3)
async def test_a(): ...
class TestB:
    @support.faults.fault(4)
    def test_c(self): ...
def test_d(): ...
"""

    found = list(faults._marks(ast.parse(source)))

    assert found == [(1, ""), (2, ""), (3, "test_a"), (4, "TestB::test_c")]
