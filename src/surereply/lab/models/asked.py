"""What the server was asked, taken out of an OpenAI chat request: instructions, data, and the form of the answer.

Parsed here on its own, so that a mistake in the asking side shows: https://platform.openai.com/docs/api-reference/chat
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """How the answer must come."""

    SCHEMA = "json_schema"
    OBJECT = "json_object"
    TOOL = "tool"
    TEXT = "text"


class Malformed(Exception):
    """A request that a real server would answer with 400; the text says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `name` is what the answer is called: the schema's or the tool's name; "" for plain text."""

    model: str
    instructions: str
    user: str
    form: Form
    name: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    most_tokens: int | None = None

    @property
    def data(self) -> Any:
        """The user's message as JSON; None where it is none."""
        try:
            return json.loads(self.user)
        except ValueError:
            return None

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text of the data, wherever it stands: what a willing model would find its orders in."""
        data = self.data
        return tuple(_texts(data)) if data is not None else (self.user,)


def read_request(body: Any) -> Asked:
    """Raises `Malformed`."""
    if not isinstance(body, dict):
        raise Malformed("the body must be a JSON object")
    if body.get("stream"):
        raise Malformed("the lab's model does not stream")
    model, messages = body.get("model"), body.get("messages")
    if not isinstance(model, str) or not model:
        raise Malformed("you must provide a model parameter")
    if not isinstance(messages, list) or not messages:
        raise Malformed("'messages' must be a list with at least one message")
    form, name, schema = _form(body)
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    if most is not None and (not isinstance(most, int) or most < 1):
        raise Malformed("'max_completion_tokens' must be a whole number from 1")
    return Asked(
        model,
        _said_by(messages, "system", "developer"),
        _said_by(messages, "user"),
        form,
        name,
        schema,
        most,
    )


def _form(body: dict[str, Any]) -> tuple[Form, str, Mapping[str, Any]]:
    wanted = body.get("response_format") or {}
    tools = body.get("tools") or []
    if wanted.get("type") == "json_schema":
        described = wanted.get("json_schema")
        if (
            not isinstance(described, dict)
            or not described.get("name")
            or not isinstance(described.get("schema"), dict)
        ):
            raise Malformed("'response_format.json_schema' needs a name and a schema")
        return Form.SCHEMA, described["name"], described["schema"]
    if tools:
        if len(tools) != 1 or not isinstance(tools[0].get("function"), dict):
            raise Malformed("the lab's model takes one tool, a function")
        function = tools[0]["function"]
        return Form.TOOL, function.get("name", ""), function.get("parameters") or {}
    return (Form.OBJECT if wanted.get("type") == "json_object" else Form.TEXT), "", {}


def _said_by(messages: list[Any], *roles: str) -> str:
    return "\n".join(
        _text(message.get("content"))
        for message in messages
        if isinstance(message, dict) and message.get("role") in roles
    )


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
