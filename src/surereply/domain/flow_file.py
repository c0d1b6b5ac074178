"""A flow file's text to a checked flow; every mistake with its file, line and key."""

import re
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from surereply.domain.flow import Flow
from surereply.domain.flow_checks import cross_check, did_you_mean
from surereply.domain.flow_yaml import BadYaml, Lines, Path, read_yaml


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `key` is its path with dots, such as `fields.nationality.type`; "" for the file itself."""

    file: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.key}: " if self.key else ""
        return f"{self.file}:{self.line}: {where}{self.message}"


class BrokenFlow(Exception):
    """The flow file has mistakes; one line for each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FlowFile:
    """A sound flow and the lines of its keys, for lints."""

    name: str
    flow: Flow
    lines: Lines


def parse_flow(text: str, name: str) -> Flow:
    """The flow in the text. `name` is the file's, for messages. Raises BrokenFlow with each mistake found."""
    return read_flow_file(text, name).flow


def read_flow_file(text: str, name: str) -> FlowFile:
    """As `parse_flow`, with the line of every key."""
    try:
        plain, lines = read_yaml(text.removeprefix("\ufeff"))
    except BadYaml as error:
        raise BrokenFlow((Problem(name, error.line, dotted(error.path), error.message),)) from None
    if not isinstance(plain, dict):
        raise BrokenFlow((Problem(name, 1, "", "a flow file is keys and values; see docs/flow-files.md"),))
    try:
        flow = Flow.model_validate(plain)
    except ValidationError as error:
        raise BrokenFlow(_shape_problems(error, plain, lines, name)) from None
    mistakes = [Problem(name, lines.find(path), dotted(path), said) for path, said in cross_check(flow)]
    if mistakes:
        raise BrokenFlow(tuple(sorted(mistakes, key=lambda problem: problem.line)))
    return FlowFile(name, flow, lines)


def dotted(path: Path) -> str:
    """`tests.3.conversation.0.says`; items are counted from 0."""
    return ".".join(str(part) for part in path)


def flow_json_schema() -> dict[str, Any]:
    """The JSON Schema of a flow file for editors; published as flows/flow.schema.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Flow.model_json_schema(),
        "title": "Surereply flow file",
    }


def _shape_problems(error: ValidationError, plain: Any, lines: Lines, name: str) -> tuple[Problem, ...]:
    """pydantic's complaints in the owner's words, in the order of the file."""
    problems = []
    for complaint in error.errors(include_url=False, include_context=True):
        path = _path_in_file(complaint["loc"], plain, complaint["type"])
        problems.append(Problem(name, lines.find(path), dotted(path), _said(complaint, path)))
    return tuple(sorted(set(problems), key=lambda problem: (problem.line, problem.key)))


def _path_in_file(loc: tuple[str | int, ...], plain: Any, kind: str) -> Path:
    """pydantic's location without what the file does not have, such as the "*" of a plain text."""
    path: list[str | int] = []
    here = plain
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(here, dict) and (part in here or (last and kind == "missing")):
            here = here.get(str(part))
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            continue
        path.append(part)
    return tuple(path)


def _said(complaint: ErrorDetails, path: Path) -> str:
    kind, given = complaint["type"], complaint["input"]
    known = complaint.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(path[-1]), _keys_at(path[:-1]))}"
    if kind == "missing":
        return "is missing"
    if kind in ("enum", "literal_error"):
        allowed = re.findall(r"'([^']*)'", str(known.get("expected", "")))
        if path == ("surereply",):
            return "must be 1, the version of the format that this program reads"
        what = "type" if path[-1:] in (("type",), ("of",)) else "value"
        return f"unknown {what} {given!r}{did_you_mean(str(given), allowed) or _one_of(allowed)}"
    if given is None:
        return "is empty"
    if kind in ("dict_type", "model_type"):
        return _not_a_text(given) if isinstance(given, int | float) else "must be keys and values"
    if kind == "string_type":
        return _not_a_text(given)
    if kind in ("tuple_type", "list_type"):
        return "must be a list: [one, two], or a line with - for each"
    if kind in ("bool_type", "bool_parsing"):
        return f"must be true or false, not {given!r}"
    if kind == "string_pattern_mismatch":
        return f"{given!r} does not fit; expected {_expected_shape(path)}"
    message = complaint["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _not_a_text(given: Any) -> str:
    if isinstance(given, bool):
        word = str(given).lower()
        return f'must be a text; {word} without quotes is a truth value: write "{word}"'
    if isinstance(given, int | float):
        return f'must be a text; put the number in quotes: "{given}"'
    return "must be a text"


def _expected_shape(path: Path) -> str:
    shapes = {
        "name": "small letters, digits and hyphens",
        "country": "two capital letters, such as AE",
        "currency": "three capital letters, such as AED",
    }
    return shapes.get(str(path[-1]), "another form")


def _one_of(allowed: list[str]) -> str:
    return f"; one of {', '.join(allowed)}" if allowed else ""


def _keys_at(path: Path) -> list[str]:
    """The keys that the model knows at a path."""
    here: Any = Flow
    for part in path:
        here = _model_under(here, part)
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _model_under(annotation: Any, part: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        known = annotation.model_fields.get(str(part))
        return _bare(known.annotation) if known else None
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return _bare(arguments[1])
    return _bare(arguments[0]) if arguments else None


def _bare(annotation: Any) -> Any:
    """Without `Annotated` and `| None`."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _bare(next(one for one in get_args(annotation) if one is not type(None)))
    return annotation
