"""`flow check|test|graph`, `chat`, `understand`: what a flow file says, without a database."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from surereply.commands.failures import WrongUse
from surereply.config import read_settings
from surereply.domain.flow import Flow
from surereply.domain.flow_file import BrokenFlow, FlowFile, parse_flow, read_flow_file

if TYPE_CHECKING:
    from surereply.commands.explaining import Reader


def check_flow(file: Path) -> int:
    """A line for each mistake and each warning; 1 if there is a mistake."""
    from surereply.domain.flow_lint import lint_file

    try:
        flow_file = _read(file)
    except BrokenFlow as error:
        for problem in error.problems:
            typer.echo(str(problem))
        typer.echo(f"{file}: {_count(len(error.problems), 'mistake')}")
        return 1
    warnings = lint_file(flow_file)
    for warning in warnings:
        typer.echo(f"{warning} (warning)")
    typer.echo(f"{file}: sound, {_count(len(warnings), 'warning')}")
    return 0


def test_flow(file: Path) -> int:
    from surereply.domain.flow_test import report, run_tests
    from surereply.understanding.reader import read

    flow = _read(file).flow
    if not flow.tests:
        raise WrongUse(f"{file}: there are no tests in it; write some under `tests:` (docs/flow-files.md)")
    results = run_tests(flow, read)
    typer.echo(report(results))
    return 0 if all(result.passed for result in results) else 1


def draw_flow(file: Path, out: Path | None, language: str) -> int:
    from surereply.domain.flow_graph import flow_svg
    from surereply.web.panel.texts import LANGUAGES, texts_in

    if language not in LANGUAGES:
        raise WrongUse(f"--language {language}: the picture speaks {' and '.join(LANGUAGES)}")
    svg = flow_svg(_read(file).flow, texts_in(language))
    if out is None:
        typer.echo(svg)
    else:
        out.write_text(svg, encoding="utf-8")
    return 0


def chat_with(file: Path | None, name: str | None) -> int:
    from surereply.lab.terminal_chat import run_chat
    from surereply.understanding.reader import read

    return run_chat(_flow_of(file), read, profile_name=name)


def understand_lines(file: Path | None, lines: Iterable[bytes], *, with_model: bool = False) -> int:
    """Answer each line of JSON on standard output; those that cannot be read are named on standard error (code 1).

    With the model, a line's answer has `model` beside its other keys: the calls, and what became of each proposal.
    """
    from surereply.understanding.explain import NotUnderstandable, understand_line

    flow = _flow_of(file)
    reads = _reader(with_model)
    code = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            answer = understand_line(flow, json.loads(line), read=reads) | dict(reads.shown)
        except NotUnderstandable as error:
            typer.echo(f"surereply: line {number}: {error}", err=True)
            code = 1
        except (ValueError, RecursionError) as error:
            what = error.msg if isinstance(error, json.JSONDecodeError) else "unreadable text"
            typer.echo(f"surereply: line {number}: no JSON ({what})", err=True)
            code = 1
        else:
            typer.echo(json.dumps(answer, ensure_ascii=False))
    return code


def explain_text(file: Path | None, text: str, asked: list[str], *, with_model: bool = False) -> int:
    """One message, for people."""
    from surereply.commands.explaining import explain_message

    return explain_message(_flow_of(file), text, asked, reads=_reader(with_model))


def _reader(with_model: bool) -> "Reader":
    from surereply.commands.explaining import Reader, ReaderWithModel

    return ReaderWithModel(read_settings()) if with_model else Reader()


def _flow_of(file: Path | None) -> Flow:
    if file is None:
        file = read_settings().flow
    if file is None:
        raise WrongUse("which flow? Give --flow FILE, or set SUREREPLY_FLOW")
    return _read(file).flow


def _read(file: Path) -> FlowFile:
    """Raises `BrokenFlow`, and OSError where it cannot be opened."""
    return read_flow_file(read_source(file), str(file))


def read_source(file: Path) -> str:
    """Raises `WrongUse` where the file is no text, and OSError where it cannot be opened."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise WrongUse(f"{file}: is not UTF-8 text; save it as UTF-8") from None


def sound_flow(file: Path) -> tuple[Flow, str]:
    """The flow and its source. Raises `BrokenFlow`, `WrongUse`, OSError."""
    source = read_source(file)
    return parse_flow(source, str(file)), source


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
