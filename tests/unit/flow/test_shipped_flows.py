"""The flows that ship go as their own tests say, with the real reader and the real decision."""

from surereply.domain.flow_file import parse_flow
from surereply.domain.flow_test import report, run_tests
from surereply.understanding.reader import read

FEWEST_TESTS = {"business-services": 16, "homes": 8, "clinic": 8}


def test_every_conversation_of_a_flow_that_ships_goes_as_written(shipped_path):
    flow = parse_flow(shipped_path.read_text("utf-8"), shipped_path.name)

    results = run_tests(flow, read)

    assert len(results) >= FEWEST_TESTS[flow.name]
    assert all(result.passed for result in results), report(results)


def test_the_business_of_two_languages_is_tried_in_both(root):
    flow = parse_flow((root / "flows" / "business-services.yaml").read_text("utf-8"), "x")

    assert sum(test.language == "ar" for test in flow.tests) >= 4


def test_no_answer_of_a_flow_that_ships_promises_or_discounts(shipped_path):
    flow = parse_flow(shipped_path.read_text("utf-8"), "x")

    for entry in flow.knowledge.values():
        for answer in entry.answer.values():
            assert not any(word in answer.lower() for word in ("guarantee", "discount", "100 %", "نضمن", "خصم"))
