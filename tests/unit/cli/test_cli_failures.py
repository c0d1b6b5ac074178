"""What goes wrong outside is told in one line and ends with 2; a mistake of ours keeps its traceback."""

import sys
from pathlib import Path

import pytest

from support.commands import FLOWS, Said, surereply
from surereply.assembly import ROLES
from surereply.commands import flow_files
from surereply.commands.serving import roles_of

NOWHERE = "postgresql://127.0.0.1:9/nowhere"
NEED_A_DATABASE = (
    ("migrate",),
    ("migrate", "--check"),
    ("hold",),
    ("release",),
    ("export", "leads"),
    ("erase", "971501234567", "--yes"),
    ("line", "list"),
)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def in_one_line(said: Said) -> bool:
    lines = said.err.splitlines()
    return said.code == 2 and len(lines) == 1 and lines[0].startswith("surereply: ") and not said.out


@pytest.mark.parametrize("command", NEED_A_DATABASE, ids=" ".join)
def test_an_unreachable_database_is_told_in_one_line(command: tuple[str, ...]) -> None:
    said = surereply(*command, settings={"DATABASE_URL": NOWHERE, "SECRET_KEY": "key"})

    assert in_one_line(said)
    assert "cannot be reached" in said.err
    assert "SUREREPLY_DATABASE_URL" in said.err


def test_each_wrong_setting_is_named_and_its_value_is_not() -> None:
    said = surereply(
        "hold", settings={"DATABASE_URL": "mysql://root:hunter2@db", "PORT": "http", "ADMIN_TOKEN": "short"}
    )

    assert said.code == 2
    assert [line.split(":")[1].strip() for line in said.err.splitlines()] == [
        "SUREREPLY_DATABASE_URL",
        "SUREREPLY_PORT",
        "SUREREPLY_ADMIN_TOKEN",
    ]
    assert "hunter2" not in said.err
    assert "short" not in said.err


def test_a_broken_flow_is_told_with_a_line_for_each_mistake(tmp_path: Path) -> None:
    flow = tmp_path / "broken.yaml"
    flow.write_text("surereply: 1\nname: broken\nlanguages: [en]\n")

    said = surereply("flow", "graph", str(flow))

    assert said.code == 2
    assert all(line.startswith(f"surereply: {flow}:") for line in said.err.splitlines())


def test_a_file_that_is_not_there_is_told_in_one_line() -> None:
    assert in_one_line(surereply("flow", "check", "nowhere.yaml"))


def test_a_wrong_option_is_told_in_one_line_with_where_to_look() -> None:
    said = surereply("serve", "--procesess", "2")

    assert in_one_line(said)
    assert "surereply serve --help" in said.err


def test_an_unknown_command_is_wrong_use() -> None:
    assert in_one_line(surereply("answer"))


def test_a_group_without_a_command_shows_its_help_as_wrong_use() -> None:
    said = surereply("line")

    assert said.code == 2
    assert "rotate" in said.err


def test_help_and_version_are_no_failures() -> None:
    assert surereply("--help").code == 0
    assert surereply("--version").out.startswith("surereply ")


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(flow_files, "check_flow", broken)

    with pytest.raises(ZeroDivisionError):
        surereply("flow", "check", "any.yaml")


def test_an_interruption_ends_quietly_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow_files, "check_flow", interrupted)

    assert surereply("flow", "check", "any.yaml") == Said(130, "", "")


def test_a_command_needs_no_settings_but_its_own() -> None:
    """A flow is checked where no database is, and with settings that would not do to serve."""
    assert surereply("flow", "check", str(FLOWS / "clinic.yaml"), settings={"PORT": "http"}).code == 0


def test_roles_are_named_with_commas_between() -> None:
    assert roles_of(None, ROLES) == ROLES
    assert roles_of("respond, dispatch", ROLES) == {"respond", "dispatch"}


@pytest.mark.parametrize("only", ["", ",", "web,sleep"])
def test_a_role_that_does_not_exist_is_wrong_use(only: str) -> None:
    assert in_one_line(surereply("serve", "--only", only))


def test_a_demo_with_a_model_says_what_to_install_where_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic_ai", None)

    said = surereply("demo", "--once", "--llm", "fake")

    assert in_one_line(said)
    assert "pip install 'surereply[llm]'" in said.err
