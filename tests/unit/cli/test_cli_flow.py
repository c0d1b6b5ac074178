"""`flow check|test|graph` and `understand`: exit codes, and where what is said goes."""

import json
from pathlib import Path

import pytest

from support.commands import FLOWS, surereply

CLINIC = str(FLOWS / "clinic.yaml")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["business-services", "homes", "clinic"])
def test_the_flows_that_come_along_are_sound(name: str) -> None:
    said = surereply("flow", "check", str(FLOWS / f"{name}.yaml"))

    assert said.code == 0
    assert said.out.splitlines()[-1].endswith("0 warnings")


def test_a_mistake_in_a_flow_fails_the_check_with_file_line_and_key(tmp_path: Path) -> None:
    source = Path(CLINIC).read_text().replace("type: choice", "type: chioce", 1)
    flow = tmp_path / "clinic.yaml"
    flow.write_text(source)
    line = source[: source.index("chioce")].count("\n") + 1

    said = surereply("flow", "check", str(flow))

    assert said.code == 1
    assert said.out.splitlines()[0].startswith(f"{flow}:{line}: fields.pain.type: ")


def test_a_file_that_is_no_text_is_wrong_use(tmp_path: Path) -> None:
    flow = tmp_path / "flow.yaml"
    flow.write_bytes(b"\xff\xfe\x00")

    said = surereply("flow", "check", str(flow))

    assert (said.code, said.err.count("\n")) == (2, 1)


def test_conversations_that_go_as_written_pass() -> None:
    said = surereply("flow", "test", CLINIC)

    assert said.code == 0
    assert said.out.splitlines()[-1].endswith("all went as written")


def test_a_conversation_that_goes_another_way_fails(tmp_path: Path) -> None:
    flow = tmp_path / "clinic.yaml"
    source = Path(CLINIC).read_text()
    flow.write_text(source.replace("expect_stage: qualified", "expect_stage: lost", 1))
    assert flow.read_text() != source

    said = surereply("flow", "test", str(flow))

    assert said.code == 1
    assert "FAIL" in said.out


def test_a_flow_is_drawn_to_standard_output_or_into_a_file(tmp_path: Path) -> None:
    shown = surereply("flow", "graph", CLINIC)
    written = surereply("flow", "graph", CLINIC, "--out", str(tmp_path / "clinic.svg"))

    assert (shown.code, written.code, written.out) == (0, 0, "")
    assert shown.out.strip() == (tmp_path / "clinic.svg").read_text().strip()
    assert shown.out.startswith("<svg")


def test_each_line_is_answered_by_a_line() -> None:
    lines = [{"text": "I have toothache", "now": "2026-03-02T10:00"}, {"text": "STOP", "now": "2026-03-02T10:00"}]

    said = surereply("understand", "--flow", CLINIC, stdin="".join(json.dumps(line) + "\n" for line in lines))

    answers = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [fact["value"] for fact in answers[0]["facts"]] == ["EMERGENCY"]
    assert answers[1]["signals"] == ["stop"]


@pytest.mark.parametrize(
    "bad", ["nonsense", "[]", '{"now": "2026-03-02T10:00"}', '{"text": "x", "now": "soon"}', "\x80"]
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_answered(bad: str) -> None:
    good = json.dumps({"text": "hello", "now": "2026-03-02T10:00"})

    said = surereply("understand", "--flow", CLINIC, stdin=f"{good}\n{bad}\n\n{good}\n")

    assert said.code == 1
    assert len(said.out.splitlines()) == 2
    assert said.err.startswith("surereply: line 2: ")
    assert said.err.count("\n") == 1


def test_no_flow_at_all_is_wrong_use() -> None:
    said = surereply("understand")

    assert said.code == 2
    assert "--flow" in said.err
