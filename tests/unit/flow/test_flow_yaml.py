"""YAML as owners mean it: no surprises, no double keys, no bombs."""

import pytest

from surereply.domain.flow_yaml import MAX_CHARACTERS, MAX_DEPTH, BadYaml, read_yaml


def test_only_true_and_false_are_truth_values():
    plain, _ = read_yaml("[true, False, yes, no, on, off, y, n]")

    assert plain == [True, False, "yes", "no", "on", "off", "y", "n"]


def test_keys_are_always_texts():
    plain, _ = read_yaml("{no: a, yes: b, 30: c, null: d}")

    assert plain == {"no": "a", "yes": "b", "30": "c", "null": "d"}


def test_dates_times_and_phone_numbers_stay_texts():
    plain, _ = read_yaml("[2026-03-02, 10:30, 0501234567, 1_000, 0x10, 1e3, 007]")

    assert plain == ["2026-03-02", "10:30", "0501234567", "1_000", "0x10", "1e3", "007"]


def test_decimal_numbers_are_numbers_unless_quoted():
    plain, _ = read_yaml("""[1, -2, 0.5, "3", '4', ~, null]""")

    assert plain == [1, -2, 0.5, "3", "4", None, None]


def test_every_key_and_item_has_its_line():
    _, lines = read_yaml("a: 1\nb:\n  - x\n  - c: 2\n")

    assert lines.find(("a",)) == 1
    assert lines.find(("b", 0)) == 3
    assert lines.find(("b", 1, "c")) == 4
    assert lines.find(("b", 1, "nowhere", "deeper")) == 4


def test_a_key_that_stands_twice_is_refused_with_both_lines():
    with pytest.raises(BadYaml, match="'a' stands here twice; first on line 1") as bad:
        read_yaml("a: 1\nb: 2\na: 3\n")

    assert bad.value.line == 3


def test_a_bomb_of_aliases_is_refused():
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(BadYaml, match="more than 50,000 values"):
        read_yaml("\n".join(rows))


def test_an_alias_to_itself_is_refused():
    with pytest.raises(BadYaml, match=r"nested more than"):
        read_yaml("a: &a [*a]")


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 100_000, "{a: " * 100_000])
def test_nesting_without_end_is_refused(text):
    with pytest.raises(BadYaml, match=f"nested more than {MAX_DEPTH} deep"):
        read_yaml(text)


def test_an_alias_within_bounds_is_read():
    plain, _ = read_yaml("a: &words [one, two]\nb: *words\n")

    assert plain["b"] == ["one", "two"]


def test_merge_keys_are_refused():
    with pytest.raises(BadYaml, match="merge keys"):
        read_yaml("a: &a {x: 1}\nb: {<<: *a}\n")


def test_a_file_that_is_too_long_is_refused_before_it_is_read():
    with pytest.raises(BadYaml, match="longer than 512 KB"):
        read_yaml("#" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_an_empty_file_is_refused(text):
    with pytest.raises(BadYaml, match="empty"):
        read_yaml(text)


@pytest.mark.parametrize(("text", "line"), [("a: 1\nb: [1, 2\n", 3), ("a: b: c\n", 1), ("a: 1\n\tb: 2\n", 2)])
def test_what_is_not_yaml_is_refused_with_its_line(text, line):
    with pytest.raises(BadYaml) as bad:
        read_yaml(text)

    assert bad.value.line == line


def test_a_foreign_tag_makes_no_object():
    plain, _ = read_yaml("a: !!python/object/apply:os.system x")

    assert plain == {"a": "x"}


def test_two_documents_in_one_file_are_refused():
    with pytest.raises(BadYaml, match="document"):
        read_yaml("a: 1\n---\nb: 2\n")


def test_control_characters_are_refused():
    with pytest.raises(BadYaml):
        read_yaml("a: \x00")
