"""A reply's body as the Cloud API takes it: shaped to its limits first, then written as a request."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.replies import Body, Choice, Template
from surereply.whatsapp.clip import clip, length

TEXT_LIMIT = 4096
INTERACTIVE_TEXT_LIMIT = 1024
BUTTONS_LIMIT = 3
BUTTON_TITLE_LIMIT = 20
BUTTON_ID_LIMIT = 256
ROWS_LIMIT = 10
ROW_TITLE_LIMIT = 24
ROW_DESCRIPTION_LIMIT = 72
ROW_ID_LIMIT = 200
LIST_BUTTON_LIMIT = 20
CALLBACK_DATA_LIMIT = 512


def request_body(to: Identifier | tuple[Identifier, ...], body: Body, callback_data: str) -> dict[str, Any]:
    """The JSON of `POST /{phone_number_id}/messages`: to a phone rather than a BSUID, never to a username.

    The body is fitted first. Raises ValueError without an address, or for callback data that is too long.
    """
    if len(callback_data) > CALLBACK_DATA_LIMIT:
        raise ValueError(f"callback data is longer than {CALLBACK_DATA_LIMIT} characters")
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(to if isinstance(to, tuple) else (to,)),
        **_content(fit(body)),
        "biz_opaque_callback_data": callback_data,
    }


def _address(identifiers: tuple[Identifier, ...]) -> dict[str, str]:
    named = {identifier.kind: identifier.value for identifier in identifiers}
    if IdentifierKind.PHONE in named:
        return {"to": named[IdentifierKind.PHONE]}
    if IdentifierKind.BSUID in named:
        return {"recipient": named[IdentifierKind.BSUID]}
    raise ValueError("the contact has neither a phone number nor a business-scoped user id to send to")


def _content(body: Body) -> dict[str, Any]:
    if body.template is not None:
        return {"type": "template", "template": _template(body.template)}
    if body.buttons:
        buttons = [{"type": "reply", "reply": {"id": button.id, "title": button.title}} for button in body.buttons]
        return _interactive("button", body.text, {"buttons": buttons})
    if body.rows:
        rows = [_row(row) for row in body.rows]
        return _interactive("list", body.text, {"button": body.list_button, "sections": [{"rows": rows}]})
    return {"type": "text", "text": {"body": body.text, "preview_url": False}}


def _template(template: Template) -> dict[str, Any]:
    wanted: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if template.parameters:
        parameters = [{"type": "text", "text": text} for text in template.parameters]
        wanted["components"] = [{"type": "body", "parameters": parameters}]
    return wanted


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _row(row: Choice) -> dict[str, str]:
    named = {"id": row.id, "title": row.title}
    return named | {"description": row.description} if row.description else named


def fit(body: Body) -> Body:
    """The same bubble within WhatsApp's limits; fitting it again changes nothing.

    Titles are cut and kept apart. Options that cannot be shown as buttons or a list (a text over 1,024
    characters, too many, no label for the list's button, an id too long) are written out in the text instead.
    """
    if body.template is not None:
        parameters = tuple(_parameter(text) for text in body.template.parameters)
        return Body(body.text, template=replace(body.template, parameters=parameters))
    buttons, rows = _distinct(body.buttons), _distinct(body.rows)
    fits = length(body.text) <= INTERACTIVE_TEXT_LIMIT and body.text.strip() != ""
    if buttons and fits and len(buttons) <= BUTTONS_LIMIT and _ids_fit(buttons, BUTTON_ID_LIMIT):
        return Body(body.text, buttons=_titled(buttons, BUTTON_TITLE_LIMIT))
    list_button = clip(_one_line(body.list_button or ""), LIST_BUTTON_LIMIT)
    if rows and list_button and fits and len(rows) <= ROWS_LIMIT and _ids_fit(rows, ROW_ID_LIMIT):
        return Body(body.text, rows=_titled(rows, ROW_TITLE_LIMIT), list_button=list_button)
    return Body(_written_out(body.text, buttons or rows))


def _parameter(text: str) -> str:
    return _one_line(text) or "-"  # WhatsApp refuses line breaks, runs of spaces and nothing at all


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _distinct(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """The first of each id: a tap could not tell the others apart."""
    by_id: dict[str, Choice] = {}
    for choice in choices:
        by_id.setdefault(choice.id, choice)
    return tuple(by_id.values())


def _ids_fit(choices: Iterable[Choice], limit: int) -> bool:
    return all(0 < length(choice.id) <= limit for choice in choices)


def _titled(choices: Iterable[Choice], limit: int) -> tuple[Choice, ...]:
    titled: list[Choice] = []
    for choice in choices:
        taken = {other.title for other in titled}
        title = _title(_one_line(choice.title) or _one_line(choice.id) or "?", limit, taken)
        description = _description(choice.description) if limit == ROW_TITLE_LIMIT else None
        titled.append(Choice(choice.id, title, description))
    return tuple(titled)


def _title(wanted: str, limit: int, taken: set[str]) -> str:
    title, number = clip(wanted, limit), 1
    while title in taken:
        number += 1
        suffix = f" {number}"
        title = clip(wanted, limit - len(suffix)) + suffix
    return title


def _description(text: str | None) -> str | None:
    return clip(_one_line(text or ""), ROW_DESCRIPTION_LIMIT) or None


def _written_out(text: str, choices: Iterable[Choice]) -> str:
    """The text with the options under it; of the two the text is cut, since an answer needs the options."""
    lines = [_one_line(choice.title) or _one_line(choice.id) for choice in choices]
    options = clip("\n".join(f"• {line}" for line in lines if line), TEXT_LIMIT)
    if not options:
        return clip(text, TEXT_LIMIT)
    room = TEXT_LIMIT - length(options) - 2
    shown = clip(text.rstrip(), room) if room > 0 else ""
    return f"{shown}\n\n{options}" if shown.strip() else options
