"""A send as the customer sees it: a bubble with its words, buttons and rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surereply.lab.ledger import Entry


@dataclass(frozen=True, slots=True)
class Button:
    """What can be tapped: a reply button or a list row."""

    id: str
    title: str
    description: str | None = None
    in_list: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """One bubble on a phone. `choices` are its buttons or its rows, in order."""

    number: int  # sorts with what the customer said
    wamid: str
    at: datetime
    kind: str
    text: str
    choices: tuple[Button, ...] = ()
    list_button: str | None = None
    header: str | None = None
    footer: str | None = None
    reply_to: str | None = None

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(choice.title for choice in self.choices)


def bubble_of(entry: Entry) -> Bubble:
    """Read straight from the body that the provider accepted."""
    kind = str(entry.body.get("type", "text"))
    content = entry.body.get(kind)
    content = content if isinstance(content, dict) else {}
    interactive = content if kind == "interactive" else {}
    action = interactive.get("action", {})
    return Bubble(
        number=entry.number,
        wamid=entry.wamid or "",
        at=entry.received_at,
        kind=kind,
        text=_text(kind, content),
        choices=_choices(action),
        list_button=action.get("button"),
        header=interactive.get("header", {}).get("text"),
        footer=interactive.get("footer", {}).get("text"),
        reply_to=entry.body.get("context", {}).get("message_id"),
    )


def _text(kind: str, content: dict[str, Any]) -> str:
    if kind == "text":
        return str(content["body"])
    if kind == "interactive":
        return str(content["body"]["text"])
    if kind == "template":
        parameters = [
            str(parameter.get("text", ""))
            for component in content.get("components", [])
            for parameter in component.get("parameters", [])
        ]
        return f"[template {content['name']}] {' · '.join(parameters)}".strip()
    if kind == "reaction":
        return str(content.get("emoji", ""))
    return str(content.get("caption", f"[{kind}]"))


def _choices(action: dict[str, Any]) -> tuple[Button, ...]:
    buttons = [Button(button["reply"]["id"], button["reply"]["title"]) for button in action.get("buttons", [])]
    rows = [
        Button(row["id"], row["title"], row.get("description"), in_list=True)
        for section in action.get("sections", [])
        for row in section["rows"]
    ]
    return tuple(buttons + rows)
