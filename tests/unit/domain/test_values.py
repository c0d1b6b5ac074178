"""Values for people: the same value in each language, and nothing in it that we would not say."""

import pytest

from support.turns import small_flow
from surereply.domain.flow import FieldType, FlowField
from surereply.domain.values import format_value, is_empty, plain, same_value

FLOW = small_flow()


def field(kind: str, of: str | None = None) -> FlowField:
    return FlowField(type=FieldType(kind), of=of, label="Label", question="?")


@pytest.mark.parametrize(
    ("kind", "value", "english", "arabic"),
    [
        ("date", "2026-03-12", "12 March 2026", "12 مارس 2026"),
        ("money", {"amount": 50000, "currency": "AED"}, "AED 50,000", "AED 50,000"),
        ("money", {"amount": 99.5, "currency": "AED"}, "AED 99.5", "AED 99.5"),
        ("yes_no", True, "Yes", "نعم"),
        ("yes_no", False, "No", "لا"),
        ("count", 3, "3", "3"),
        ("country", "IN", "India", "الهند"),
        ("duration", {"amount": 30, "unit": "day"}, "30 days", "30 يومًا"),
        ("time", "18:30", "18:30", "18:30"),
        ("service", "moving", "Moving house", "Moving house"),
        ("person", "Sara", "Sara", "Sara"),
        ("date", {"from": "2026-03-12", "to": "2026-03-14"}, "12 March 2026 – 14 March 2026",
         "12 مارس 2026 – 14 مارس 2026"),
    ],
)  # fmt: skip
def test_a_value_reads_as_people_write_it(kind, value, english, arabic):
    assert format_value(value, field(kind), FLOW, "en") == english
    assert format_value(value, field(kind), FLOW, "ar") == arabic


def test_a_list_is_joined_and_a_choice_shows_its_label():
    assert format_value(["2026-03-12", "2026-04-01"], field("list", "date"), FLOW, "en") == (
        "12 March 2026, 1 April 2026"
    )
    assert format_value("high", FLOW.fields["floor"], FLOW, "en") == "High"


@pytest.mark.parametrize("kind", list(FieldType))
@pytest.mark.parametrize("value", ["?", 1, True, {"amount": 1}, {}, [], None, ["x"]])
def test_a_value_of_another_shape_is_shown_all_the_same(kind, value):
    assert isinstance(format_value(value, field(kind), FLOW, "xx"), str)


@pytest.mark.parametrize(
    "text", ["100 % off", "$5", "AED 50", "50 aed", "5000 درهم", "http://evil.example/x", "see www.evil.example"]
)
def test_customers_words_carry_no_price_and_no_link_into_a_sentence_of_ours(text):
    """TURN-14."""
    shown = plain(text)

    assert "evil" not in shown
    assert not any(character.isdigit() for character in shown)


@pytest.mark.parametrize("text", ["Apt 12", "3 bedrooms", "Bay 4, 2nd floor", "عمارة 12"])
def test_plain_numbers_in_customers_words_stay(text):
    assert plain(text) == text


def test_customers_words_are_one_bounded_line():
    assert plain("a\n\tb\x00c") == "a bc"
    assert len(plain("word " * 5000)) <= 80


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sara  Ali", "sara ali"),
        (2, 2.0),
        (["a", "b"], ["B", "a"]),
        ({"amount": 1, "unit": "day"}, {"unit": "day", "amount": 1.0}),
    ],
)
def test_values_that_mean_the_same_are_the_same(one, other):
    assert same_value(one, other)


@pytest.mark.parametrize(("one", "other"), [(True, 1), ("1", 1), (["a"], ["a", "b"]), (None, "")])
def test_values_that_differ_are_not_the_same(one, other):
    assert not same_value(one, other)


def test_zero_and_no_are_not_empty():
    assert not is_empty(0)
    assert not is_empty(False)
    assert is_empty({"from": None, "to": ""})
