"""YAML as owners mean it: plain values with the line of every key, and none of YAML's surprises."""

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

MAX_CHARACTERS = 512 * 1024
MAX_DEPTH = 24
MAX_VALUES = 50_000  # an alias counts again wherever it stands, so a small file cannot unfold without end

Path: TypeAlias = tuple[str | int, ...]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\Z")
_DECIMAL_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]{1,17}\Z")


class BadYaml(Exception):
    """The text is not YAML that we read; `line` is where, from 1."""

    def __init__(self, message: str, line: int, path: Path = ()) -> None:
        super().__init__(message)
        self.message, self.line, self.path = message, line, path


@dataclass(slots=True)
class Lines:
    """The line of every key and item of a file, from 1."""

    of: dict[Path, int] = field(default_factory=dict)

    def find(self, path: Path) -> int:
        """The line of the path, else of the nearest thing around it."""
        while path and path not in self.of:
            path = path[:-1]
        return self.of.get(path, 1)


def read_yaml(text: str) -> tuple[Any, Lines]:
    """The plain values (dict, list, str, int, float, bool, None) of one document and their lines.

    Only `true` and `false` are truth values (not `yes`, `no`, `on`), only decimal numbers are numbers, and a
    date, a time or a phone number with a leading 0 stays the text it looks like (YAML 1.2, JSON schema).
    """
    if len(text) > MAX_CHARACTERS:
        raise BadYaml(f"the file is longer than {MAX_CHARACTERS // 1024} KB", 1)
    try:
        _measure_depth(text)
        root = yaml.compose(text, _LOADER)
    except yaml.YAMLError as error:
        raise _bad_yaml(error) from None
    if root is None:
        raise BadYaml("the file is empty", 1)
    lines = Lines({(): _line(root)})
    return _Reader(lines).value(root, ()), lines


def _measure_depth(text: str) -> None:
    """Composing recurses, so the depth is measured first, on the flat list of what the parser sees."""
    depth = 0
    for seen in yaml.parse(text, _LOADER):
        if isinstance(seen, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise BadYaml(f"nested more than {MAX_DEPTH} deep", _line(seen))
        elif isinstance(seen, yaml.CollectionEndEvent):
            depth -= 1


def _line(seen: yaml.Event | yaml.Node) -> int:
    return seen.start_mark.line + 1 if seen.start_mark else 1


def _bad_yaml(error: yaml.YAMLError) -> BadYaml:
    if not isinstance(error, yaml.MarkedYAMLError):
        return BadYaml("this is not text that YAML allows (a control character?)", 1)
    mark = error.problem_mark or error.context_mark
    said = " ".join(part for part in (error.context, error.problem) if part) or "not valid YAML"
    if "cannot start any token" in said or "mapping values are not allowed" in said:
        said += "; put a text that has : # or a tab in it in quotes"
    return BadYaml(said, mark.line + 1 if mark else 1)


class _Reader:
    """Turns nodes into plain values and writes down their lines."""

    def __init__(self, lines: Lines) -> None:
        self.lines, self.count = lines, 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        line = _line(node)
        if self.count > MAX_VALUES:
            raise BadYaml(f"more than {MAX_VALUES:,} values (an alias counts wherever it stands)", line, path)
        if len(path) > MAX_DEPTH:
            raise BadYaml(f"nested more than {MAX_DEPTH} deep", line, path)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return self.sequence(node, path)
        return _scalar(str(node.value), is_quoted=bool(getattr(node, "style", None)))

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                raise BadYaml("a key must be a plain text", line, path)
            key = key_node.value  # always as written: `no:` and `30:` are texts
            if key == "<<":
                raise BadYaml("merge keys (<<) are not read; write the keys out", line, path)
            here = (*path, key)
            if key in values:
                raise BadYaml(f"'{key}' stands here twice; first on line {self.lines.of[here]}", line, here)
            self.lines.of[here] = line
            values[key] = self.value(value_node, here)
        return values

    def sequence(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        values = []
        for index, item in enumerate(node.value):
            self.lines.of[*path, index] = _line(item)
            values.append(self.value(item, (*path, index)))
        return values


def _scalar(text: str, *, is_quoted: bool) -> str | int | float | bool | None:
    """`is_quoted` is also said of a block of text."""
    if is_quoted:
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return text.lower() == "true"
    if _WHOLE_NUMBER.match(text):
        return int(text)
    return float(text) if _DECIMAL_NUMBER.match(text) else text
