"""A flow file is read whole or refused whole, and each mistake says where it stands."""

import json
import re

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surereply.domain.flow import FieldType, Flow
from surereply.domain.flow_file import BrokenFlow, flow_json_schema, parse_flow, read_flow_file
from surereply.domain.flow_yaml import read_yaml


def problems_of(text):
    with pytest.raises(BrokenFlow) as broken:
        parse_flow(text, "flows/x.yaml")
    return [str(problem) for problem in broken.value.problems]


def line_of(text, words):
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def last_name(key):
    return [part for part in key.split(".") if not part.isdigit()][-1]


def changed(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


def test_a_sound_file_becomes_a_flow(bakery_text):
    flow = parse_flow(bakery_text, "bakery.yaml")

    assert flow.fields["size"].type is FieldType.CHOICE
    assert flow.services["CAKE"].needs == ("size", "people")
    assert flow.texts.greeting == {"*": "Hello from {business}!"}


def test_a_mistake_names_file_line_key_and_the_likely_word(bakery_text):
    text = changed(bakery_text, "type: count", "type: cuont")

    (problem,) = problems_of(text)

    line = line_of(text, "cuont")
    assert problem == f"flows/x.yaml:{line}: fields.people.type: unknown type 'cuont'; did you mean 'count'?"


def test_every_mistake_is_named_in_one_go_in_the_order_of_the_file(bakery_text):
    text = changed(bakery_text, "type: count", "type: cuont")
    text = changed(text, "opted_in: Welcome back!\n", "opted_inn: Welcome back!\n")

    problems = problems_of(text)

    assert len(problems) == 3
    assert "texts: " in problems[0] or "texts.opted_in: is missing" in problems[0]
    assert "texts.opted_inn: unknown key; did you mean 'opted_in'?" in problems[1]
    assert "cuont" in problems[2]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("surereply: 1", "surereply: 2", "surereply: must be 1"),
        ("name: bakery", "name: My Bakery", "name: 'My Bakery' does not fit; expected small letters"),
        ("country: AE", "country: UK", "business.country: no country has the code 'UK'; the United"),
        ("Asia/Dubai", "Asia/Dubbai", "business.time_zone: unknown time zone 'Asia/Dubbai'"),
        ("currency: AED", "currency: dirham", "currency: 'dirham' does not fit; expected three capital"),
        ("languages: [en, ar]", "languages: [english]", "languages.0: 'english' is not a language code"),
        ("  thanks: You are welcome!", "  thanks: {en: Welcome}", "texts.thanks: has no text for ar"),
        (
            "  thanks: You are welcome!",
            "  thanks: {fr: Merci, en: a, ar: b}",
            "texts.thanks.fr: 'fr' is not one",
        ),
        ("  thanks: You are welcome!", "  thanks:", "texts.thanks: is empty"),
        ("  thanks: You are welcome!", "  thanks: true", 'write "true"'),
        ("  thanks: You are welcome!", "  thanks: 20", 'put the number in quotes: "20"'),
        ("{summary}", "{sumary}", "unknown placeholder {sumary}; did you mean 'summary'?"),
        ("Hello from {business}!", "Hello {value}!", "texts.greeting: unknown placeholder {value}"),
        ("Hello from {business}!", '"Hello {business!"', "texts.greeting: a { without its }"),
        ("  service:\n    type: service", "  order:\n    type: text", "fields: one field must be named"),
        ("type: count\n    minimum: 1", "type: service", "fields.people.type: only the field 'service'"),
        ("type: count\n    minimum: 1", "type: list", "fields.people.type: a list needs `of`"),
        (
            "type: count\n    minimum: 1",
            "type: count\n    of: date",
            "fields.people.of: only a list has `of`",
        ),
        ("type: count\n    minimum: 1", "type: choice", "fields.people.type: a choice needs options"),
        ("type: choice", "type: text", "fields.size.options: only a choice has options"),
        ("minimum: 1", "minimum: 9\n    maximum: 2", "people.minimum: is greater than the maximum (9 > 2)"),
        ("minimum: 1", "pattern: abc", "people.pattern: says nothing about a count"),
        ("minimum: 1", "past: true", "people.past: says nothing about a count"),
        ("minimum: 1", "when: {sise: [small]}", "when.sise: no choice is named 'sise'; did you mean"),
        ("minimum: 1", "when: {size: [tiny]}", "fields.people.when.size.0: no option is named 'tiny'"),
        ("minimum: 1", "buttons: maybe", "fields.people.buttons: must be true or false, not 'maybe'"),
        ("minimum: 1", "weight: 101", "fields.people.weight: "),
        ("needs: [size, people]", "needs: [sice]", "needs.0: no field is named 'sice'; did you mean 'size'?"),
        ("needs: [size, people]", "needs: [size, size]", "services.CAKE.needs.1: 'size' stands here twice"),
        ("needs: [size, people]", "needs: size", "services.CAKE.needs: must be a list"),
        ("knowledge:", "always: [peple]\nknowledge:", "always.0: no field is named 'peple'; did you mean"),
        ("    answer: From", "    services: [CAKES]\n    answer: From", "no service is named 'CAKES'"),
        ("[when are you open]", "[]", "knowledge.hours.questions: needs at least one question"),
        ("tests:", "limits: {reopen_after: soon}\ntests:", "limits.reopen_after: write a length of time"),
        ("tests:", "limits: {reopen_after: 0d}\ntests:", "limits.reopen_after: must be longer than nothing"),
        (
            "tests:",
            "limits: {ignore_below: 0.9}\ntests:",
            "limits.ignore_below: is greater than confirm_below",
        ),
        ("tests:", "follow_ups: [{after: 25h, text: x}]\ntests:", "follow_ups.0.after: WhatsApp allows it"),
        (
            "tests:",
            "follow_ups: [{after: 2h, text: x}, {after: 1h, text: y}]\ntests:",
            "1.after: must be later",
        ),
        (
            "- taps: Large",
            "- taps: Large\n        says: x",
            "conversation.1: a step has either `says` or `taps`",
        ),
        ("says: cake", "says: 30", "tests.0.conversation.0.says: must be a text; put the number in quotes"),
        ("service: CAKE}", "service: CAKES}", "expect_fields.service: no service is named 'CAKES'"),
        ("size: large}", "size: larg}", "no option is named 'larg'; did you mean 'large'?"),
        ("size: large}", "siz: large}", "no field is named 'siz'; did you mean 'size'?"),
        ("expect_asked: size", "expect_asked: sizes", "no field is named 'sizes'; did you mean 'size'?"),
        ("type: closing", "type: closed", "no reply has the type 'closed'; did you mean 'closing'?"),
        ("stage: qualified", "stage: finished", "no lead has the stage 'finished'"),
        ("- name: A cake", "- name: A cake\n    at: tomorrow", "tests.0.at: write it as 2026-03-02 10:00"),
        ("- name: A cake", "- name: A cake\n    language: fr", "tests.0.language: 'fr' is not one"),
    ],
)
def test_a_mistake_says_what_is_wrong_at_its_own_line(bakery_text, old, new, said):
    text = changed(bakery_text, old, new)

    problems = problems_of(text)

    assert any(said in problem for problem in problems), problems
    where = next(problem for problem in problems if said in problem)
    line = text.splitlines()[int(where.split(":")[1]) - 1]
    name = last_name(where.split(": ")[1])
    assert name in line or line.lstrip().startswith("- ")


def test_the_text_of_an_error_is_one_line_for_each_problem(bakery_text):
    text = changed(changed(bakery_text, "type: count", "type: x"), "surereply: 1", "surereply: 3")

    with pytest.raises(BrokenFlow) as broken:
        parse_flow(text, "x.yaml")

    assert len(str(broken.value).splitlines()) == len(broken.value.problems) == 2


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|aa)*", "(?:a?a)*b", "a*b*c*d", "(a)\\1", "x(?=y)", "(", "a" * 201, "a*"]
)
def test_a_pattern_that_may_take_too_long_or_means_nothing_is_refused(bakery_text, pattern):
    text = changed(bakery_text, "type: count\n    minimum: 1", f"type: text\n    pattern: {json.dumps(pattern)}")

    assert any("fields.people.pattern: " in problem for problem in problems_of(text))


@pytest.mark.parametrize("pattern", ["[A-Z]{2}[0-9]{6,9}", r"\d{3}-\d{4}(?:-\d{7})?", r"[(]\w+[)]", r"[^\s@]+@[^\s@]+"])
def test_an_ordinary_pattern_is_taken(bakery_text, pattern):
    text = changed(bakery_text, "type: count\n    minimum: 1", f"type: text\n    pattern: {json.dumps(pattern)}")

    assert parse_flow(text, "x").fields["people"].pattern == pattern


def test_flow_values_that_were_written_down_as_json_come_back_the_same(bakery):
    assert Flow.model_validate_json(bakery.model_dump_json()) == bakery


def test_a_byte_order_mark_does_not_matter(bakery_text, bakery):
    assert parse_flow("\ufeff" + bakery_text, "x") == bakery


def test_a_field_that_waits_is_needed_only_where_its_choice_was_made(bakery_text):
    flow = parse_flow(changed(bakery_text, "minimum: 1", "when: {size: [large]}"), "x")

    assert flow.needed_fields("CAKE", {"size": "small"}) == ("service", "size")
    assert flow.needed_fields("CAKE", {"size": "large"}) == ("service", "size", "people")
    assert flow.needed_fields("CAKE") == ("service", "size")


def test_what_every_service_needs_comes_last_unless_listed_earlier(bakery_text):
    flow = parse_flow(changed(bakery_text, "knowledge:", "always: [people, size]\nknowledge:"), "x")

    assert flow.needed_fields("BREAD") == ("service", "people", "size")
    assert flow.needed_fields(None) == ("service", "people", "size")


def test_the_published_schema_is_the_one_of_the_code(root):
    published = json.loads((root / "flows" / "flow.schema.json").read_text("utf-8"))

    assert published == flow_json_schema()


def test_every_flow_that_ships_is_sound_and_points_to_the_schema(shipped_path):
    text = shipped_path.read_text("utf-8")

    file = read_flow_file(text, shipped_path.name)

    assert text.startswith("# yaml-language-server: $schema=flow.schema.json\n")
    assert file.flow.name == shipped_path.stem


def test_the_guide_names_every_key(root):
    guide = (root / "docs" / "flow-files.md").read_text("utf-8")
    schema = flow_json_schema()
    models = [schema, *(one for one in schema["$defs"].values() if "properties" in one)]

    for model in models:
        for key in model["properties"]:
            assert f"`{key}`" in guide, f"{model['title']}.{key}"
    for kind in FieldType:
        assert f"| `{kind}` |" in guide


def test_the_small_flow_of_the_guide_works(root):
    guide = (root / "docs" / "flow-files.md").read_text("utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    whole = next(block for block in blocks if "surereply: 1" in block)
    tests = next(block for block in blocks if block.startswith("tests:"))

    flow = parse_flow(whole + tests, "guide")

    assert flow.tests[0].conversation[0].expect_fields["service"] == "CAKE"


def test_every_key_has_a_description_for_editors():
    schema = flow_json_schema()

    for model in (one for one in schema["$defs"].values() if "properties" in one):
        for key, value in model["properties"].items():
            assert value.get("description"), f"{model['title']}.{key}"


def test_what_the_schema_says_is_what_the_program_reads(shipped_path):
    validator = jsonschema_rs.validator_for(flow_json_schema())
    plain, _ = read_yaml(shipped_path.read_text("utf-8"))
    broken = {**plain, "languages": "en", "serivces": {}}

    assert list(validator.iter_errors(plain)) == []
    assert len(list(validator.iter_errors(broken))) == 2


@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["drop", "double", "indent", "swap", "cut"])), max_size=4)
)
def test_however_a_file_is_broken_it_is_read_or_refused_with_lines(bakery_text, changes):
    lines = bakery_text.splitlines()
    for place, change in changes:
        at = place % len(lines)
        if change == "drop" and len(lines) > 1:
            del lines[at]
        elif change == "double":
            lines.insert(at, lines[at])
        elif change == "indent":
            lines[at] = "  " + lines[at]
        elif change == "swap":
            lines[at], lines[at - 1] = lines[at - 1], lines[at]
        else:
            lines[at] = lines[at][: len(lines[at]) // 2]

    found = None
    try:
        parse_flow("\n".join(lines), "x.yaml")
    except BrokenFlow as broken:
        found = broken.problems

    assert found is None or found
    assert all(1 <= problem.line <= len(lines) + 1 for problem in found or ())


@given(st.text(max_size=200))
def test_any_text_is_refused_and_never_an_accident(text):
    with pytest.raises(BrokenFlow):
        parse_flow(text, "x.yaml")
