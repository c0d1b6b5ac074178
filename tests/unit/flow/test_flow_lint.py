"""Hints for an owner: each one is given where it is due, and none for the flows that ship."""

import pytest

from surereply.domain.flow_file import parse_flow, read_flow_file
from surereply.domain.flow_lint import lint, lint_file, most_questions


def hints_of(text):
    return [str(warning) for warning in lint_file(read_flow_file(text, "x.yaml"))]


def test_a_flow_without_faults_gets_no_hints(bakery_text):
    assert hints_of(bakery_text) == []


def test_the_flows_that_ship_get_no_hints(shipped_path):
    assert hints_of(shipped_path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{label: Small, synonyms: [small, little]}", "{label: Small}", "size.options.small: has no synonyms"),
        ("synonyms: [cake, birthday cake]", "weight: 5", "services.CAKE: has no synonyms"),
        ("synonyms: [bread, loaf]", "synonyms: {en: [bread]}", "BREAD.synonyms: has no words for ar"),
        ("label: A cake", "label: {en: A cake}", "services.CAKE.label: has no text for ar"),
        ("synonyms: [bread, loaf]", "synonyms: [bread, Cake]", "BREAD: 'cake' stands for CAKE as well"),
        ("[large, big]", "[large, BIG, small]", "options.large: 'small' stands for small as well"),
        ("[large, big]", "[large, stop]", "large.synonyms: 'stop' alone is taken for STOP or START"),
        ("tests:", "words: {stop: [big]}\ntests:", "large.synonyms: 'big' alone is taken for STOP or START"),
        ("tests:", "words: {person: [big]}\ntests:", "large.synonyms: 'big' asks for a person"),
        ("needs: [size, people]", "needs: [people]", "fields.size: no service needs it"),
        ("    needs: [people]", "    needs: []", "services.BREAD: needs nothing"),
        ("tests:", "limits: {max_questions: 1}\ntests:", "up to 2 questions where 1 are allowed"),
        ("    minimum: 1\n", "    when: {size: [large]}\n", "'people' waits for 'size', which this service"),
        ("    clarification: Small or large?\n", "", "fields.size: has no clarification"),
        ("Small or large?", "Which size?", "fields.size.clarification: is the question again"),
        ("label: Small,", "label: A size that is far too long,", "is cut: a button has 20 characters"),
        ("Which size?", "Which size?" + "x" * 1024, "over 1024 it goes without buttons"),
        ("For how many people?", "x" * 4090, "fields.people.question: 4114 characters with the greeting"),
        ("Thank you! {summary}", "Thank you!", "texts.closing: says no {summary}"),
        ("{label}: {value}. Is", "{label}. Is", "texts.confirmation: says no {value}"),
        ("  opted_in", "  list_button: Please choose one of these\n  opted_in", "texts.list_button: "),
    ],
)
def test_a_hint_is_given_where_it_is_due(bakery_text, old, new, said):
    assert old in bakery_text

    hints = hints_of(bakery_text.replace(old, new, 1))

    assert any(said in hint for hint in hints), hints


def test_options_that_fill_no_list_are_asked_as_text(bakery_text):
    options = "".join(f"      o{n}: {{label: Option {n}, synonyms: [word{n}]}}\n" for n in range(11))
    start = bakery_text.index("      small:")
    end = bakery_text.index("  people:")

    hints = hints_of(bakery_text[:start] + options + bakery_text[end:].replace("size: large", "size: o1"))

    assert any("fields.size: 11 options do not fit a list of 10" in hint for hint in hints)


def test_more_than_three_options_have_the_longer_titles_of_a_list(bakery_text):
    label = "Twenty-two characters!"
    more = f"      huge: {{label: {label}, synonyms: [huge]}}\n      tiny: {{label: Tiny, synonyms: [tiny]}}\n"

    two = hints_of(bakery_text.replace("label: Small,", f"label: {label},", 1))
    four = hints_of(bakery_text.replace("  people:\n", more + "  people:\n", 1))

    assert len(label) == 22
    assert any("a button has 20 characters" in hint for hint in two)
    assert four == []


def test_the_same_question_in_two_entries_for_everybody_is_left_to_chance(bakery_text):
    entry = "  {name}:\n    questions: [When are you  open]\n    answer: x\n"
    general = bakery_text.replace("tests:", entry.replace("{name}", "other") + "tests:", 1)
    narrow = general.replace("answer: x", "answer: x\n    services: [CAKE]")

    assert any("knowledge.other.questions" in hint for hint in hints_of(general))
    assert hints_of(narrow) == []


def test_a_hint_names_its_line_only_where_the_file_is_at_hand(bakery_text):
    text = bakery_text.replace("    clarification: Small or large?\n", "", 1)
    line = text.splitlines().index("  size:") + 1

    (warning,) = lint(parse_flow(text, "x.yaml"))
    (in_file,) = lint_file(read_flow_file(text, "x.yaml"))

    assert warning.line is None
    assert in_file.line == line
    assert str(in_file).startswith(f"x.yaml:{line}: fields.size: ")


def test_fields_of_one_category_count_as_the_one_that_is_asked(shipped_path):
    flow = parse_flow(shipped_path.read_text("utf-8"), "x")

    assert all(most_questions(flow, service) <= flow.limits.max_questions for service in flow.services)
