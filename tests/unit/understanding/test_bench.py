"""The bench's own rules: when a value counts as right, how a flow is made, how messages are roughened."""

from bench.understanding.flows import flow_of_service, type_by_words
from bench.understanding.knowledge import score_knowledge
from bench.understanding.matching import fuzzily, same_canonical, strictly
from bench.understanding.noise import noisy
from bench.understanding.scoring import f1, gain

from surereply.domain.flow import FieldType


def test_strictly_right_is_the_value_or_its_words() -> None:
    assert strictly("2019-03-01", "today", ["today", "2019-03-01"])
    assert strictly("New York", "NYC!", ["nyc", "New York"])
    assert strictly(4.5, None, ["4.50"])
    assert not strictly("2019-03-02", "tomorrow", ["today", "2019-03-01"])


def test_fuzzily_right_is_also_what_is_much_alike() -> None:
    assert fuzzily("Bistro Liaison", "Bistro Liaison", ["Bistro Liaisons"], FieldType.TEXT)
    assert fuzzily("18:30", "18:30", ["18:40"], FieldType.TIME)
    assert not fuzzily("18:30", "18:30", ["19:40"], FieldType.TIME)
    assert not fuzzily("2019-03-02", None, ["2019-03-01"], FieldType.DATE)


def test_parts_of_the_day_are_compared_by_overlap() -> None:
    evening = {"from": "17:00", "to": "21:00"}

    assert same_canonical(evening, {"from": "18:00", "to": "22:00"}, FieldType.TIME)
    assert not same_canonical(evening, {"from": "08:00", "to": "12:00"}, FieldType.TIME)


def test_a_field_s_type_is_told_by_its_name_and_else_by_its_description() -> None:
    assert type_by_words("visit_date", "when one comes") is FieldType.DATE
    assert type_by_words("where", "Town of the shop") is FieldType.PLACE
    assert type_by_words("begins", "Time at which it starts") is FieldType.TIME
    assert type_by_words("topic", "what it is about") is FieldType.TEXT


def test_a_declared_service_becomes_a_flow() -> None:
    fields = [
        {"name": "guests", "description": "", "categorical": True, "values": ["1", "2"]},
        {"name": "vegan", "description": "", "categorical": True, "values": ["True", "False"]},
        {"name": "size", "description": "", "categorical": True, "values": ["small", "large"]},
    ]
    flow = flow_of_service({"service": "Bakery", "description": "", "fields": fields})

    kinds = [flow.fields[name].type for name in ("guests", "vegan", "size")]
    assert kinds == [FieldType.COUNT, FieldType.YES_NO, FieldType.CHOICE]


def test_noise_is_the_same_for_the_same_seed() -> None:
    text = "I would like a table for two people, please. Tomorrow evening at 7:30!"

    assert noisy(text, None, "1") == text
    assert noisy(text, "lower", "1") == "i would like a table for two people please tomorrow evening at 7:30"
    assert noisy(text, "typos", "1") == noisy(text, "typos", "1")
    assert len({noisy(text, "typos", str(seed)) for seed in range(8)}) > 1


def test_a_gain_is_paired() -> None:
    before = [{"said_right": 1, "said_missed": 1}] * 20
    after = [{"said_right": 2}] * 20

    gained = gain(before, after, lambda counts: f1(counts, "said"), seed=1)
    assert gained.low > 0
    assert gained.value == f1({"said_right": 2}, "said") - f1({"said_right": 1, "said_missed": 1}, "said")


def test_of_our_own_messages_that_ask_nothing_hardly_any_is_given_an_answer() -> None:
    """Who tells a day or a name gets the next question, not the opening hours."""
    figures = score_knowledge()["messages that ask nothing"]

    assert figures["messages"] > 600
    assert figures["answered"] <= figures["messages"] / 100


def test_our_ranking_of_answers_beats_the_textbook_s() -> None:
    """Both at their best threshold, cross-validated; a wrong answer weighs as much as a right one."""
    figures = score_knowledge()["cross-validated threshold"]

    def worth(name: str) -> float:
        row = figures[name]
        return float(row["right"] - row["wrong"] - row["answered without an entry"])

    assert worth("ours") > worth("BM25") + 20
