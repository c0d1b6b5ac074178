"""What the real API refuses in the body of a send: shapes, lengths and counts, from its documentation."""

from typing import Any

from surereply.lab.errors import Refusal

TEXT_CHARACTERS = 4096
INTERACTIVE_CHARACTERS = 1024
CAPTION_CHARACTERS = 1024
HEADER_CHARACTERS = 60
BUTTONS = 3
BUTTON_TITLE_CHARACTERS = 20
BUTTON_ID_CHARACTERS = 256
ROWS = 10
SECTIONS = 10
ROW_TITLE_CHARACTERS = 24
ROW_DESCRIPTION_CHARACTERS = 72
ROW_ID_CHARACTERS = 200
CALLBACK_CHARACTERS = 512
MEDIA_TYPES = ("image", "audio", "video", "document", "sticker")
KNOWN_KEYS = {
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
    "text",
    "interactive",
    "template",
    "location",
    "contacts",
    "reaction",
    *MEDIA_TYPES,
}


def refusal_of(body: Any) -> Refusal | None:
    """The first thing the API would refuse in this body, or None."""
    if not isinstance(body, dict):
        return Refusal(100, "The body must be a JSON object.")
    try:
        _check_envelope(body)
        _check_content(body)
    except _RefusedError as refused:
        return refused.refusal
    return None


def recipient_of(body: Any) -> str | None:
    """Whom the body is for: a BSUID as it stands, a phone number as bare digits."""
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("recipient"), str):
        return str(body["recipient"])
    if isinstance(body.get("to"), str):
        return "".join(letter for letter in body["to"] if letter not in "+ -()")
    return None


class _RefusedError(Exception):
    """The body is refused for the reason in `refusal`."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.refusal = Refusal(code, details)


def _check_envelope(body: dict[str, Any]) -> None:
    for key in body:
        _require(key in KNOWN_KEYS, 100, f'Unexpected key "{key}".')
    _require(body.get("messaging_product") == "whatsapp", 100, "messaging_product must be whatsapp.")
    _require(body.get("recipient_type", "individual") == "individual", 100, "recipient_type is invalid.")
    _require(("to" in body) != ("recipient" in body), 100, "Exactly one of to and recipient is required.")
    if "to" in body:
        digits = recipient_of(body)
        valid = digits is not None and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15
        _require(valid, 131009, "to is not a phone number.")
    else:
        valid = isinstance(body["recipient"], str) and "." in body["recipient"]
        _require(valid, 131009, "recipient is not a business-scoped user id.")
    if "biz_opaque_callback_data" in body:
        _check_text(body["biz_opaque_callback_data"], CALLBACK_CHARACTERS, "biz_opaque_callback_data", 100)
    if "context" in body:
        context = body["context"]
        valid = isinstance(context, dict) and isinstance(context.get("message_id"), str)
        _require(valid, 131009, "context.message_id must be a string.")


def _check_content(body: dict[str, Any]) -> None:
    kind = body.get("type", "text")
    _require(isinstance(kind, str) and kind in KNOWN_KEYS, 131051, "type is not supported.")
    content = body.get(kind)
    _require(content is not None, 131008, f"{kind} is missing.")
    if kind == "contacts":
        _require(isinstance(content, list) and bool(content), 131009, "contacts must be a list.")
        return
    if not isinstance(content, dict):
        raise _RefusedError(131009, f"{kind} must be an object.")
    if kind == "text":
        _check_text(content.get("body"), TEXT_CHARACTERS, "text.body", 100)
    elif kind == "interactive":
        _check_interactive(content)
    elif kind == "template":
        language = content.get("language")
        named = isinstance(content.get("name"), str) and isinstance(language, dict) and "code" in language
        _require(named, 131008, "template.name and template.language.code are required.")
    elif kind == "location":
        for key in ("latitude", "longitude"):
            _require(isinstance(content.get(key), int | float | str), 131008, f"location.{key} is missing.")
    elif kind == "reaction":
        _require(isinstance(content.get("message_id"), str), 131008, "reaction.message_id is missing.")
    elif kind in MEDIA_TYPES:
        _require(("id" in content) != ("link" in content), 131008, f"{kind} needs an id or a link.")
        if "caption" in content:
            _check_text(content["caption"], CAPTION_CHARACTERS, f"{kind}.caption", 100)
    else:
        raise _RefusedError(131051, "type is not supported.")


def _check_interactive(interactive: dict[str, Any]) -> None:
    text = interactive.get("body")
    _require(isinstance(text, dict), 131008, "interactive.body is missing.")
    _check_text(interactive["body"].get("text"), INTERACTIVE_CHARACTERS, "interactive.body.text")
    for part in ("header", "footer"):
        written = interactive.get(part)
        if isinstance(written, dict) and "text" in written:
            _check_text(written["text"], HEADER_CHARACTERS, f"interactive.{part}.text")
    action = interactive.get("action")
    if not isinstance(action, dict):
        raise _RefusedError(131008, "interactive.action is missing.")
    if interactive.get("type") == "button":
        _check_buttons(action.get("buttons"))
    elif interactive.get("type") == "list":
        _check_list(action)
    else:
        raise _RefusedError(131009, "interactive.type is not valid.")


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise _RefusedError(131009, f"Invalid buttons count. Min: 1, max: {BUTTONS}.")
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) else None
        if not isinstance(reply, dict) or button.get("type") != "reply":
            raise _RefusedError(131009, "A button must be of type reply.")
        _check_text(reply.get("id"), BUTTON_ID_CHARACTERS, "button id")
        _check_text(reply.get("title"), BUTTON_TITLE_CHARACTERS, "button title")
    _check_unique([button["reply"]["id"] for button in buttons], "button ids")
    _check_unique([button["reply"]["title"] for button in buttons], "button titles")


def _check_list(action: dict[str, Any]) -> None:
    _check_text(action.get("button"), BUTTON_TITLE_CHARACTERS, "list button")
    sections = action.get("sections")
    if not isinstance(sections, list) or not 1 <= len(sections) <= SECTIONS:
        raise _RefusedError(131009, f"Invalid sections count. Min: 1, max: {SECTIONS}.")
    rows: list[dict[str, Any]] = []
    for section in sections:
        _require(isinstance(section, dict), 131009, "A section must be an object.")
        if len(sections) > 1 or "title" in section:
            _check_text(section.get("title"), ROW_TITLE_CHARACTERS, "section title")
        inside = section.get("rows")
        valid = isinstance(inside, list) and bool(inside) and all(isinstance(row, dict) for row in inside)
        _require(valid, 131009, "A section needs rows.")
        rows += section["rows"]
    _require(len(rows) <= ROWS, 131009, f"Total row count exceeds the allowed maximum of {ROWS}.")
    for row in rows:
        _check_text(row.get("id"), ROW_ID_CHARACTERS, "row id")
        _check_text(row.get("title"), ROW_TITLE_CHARACTERS, "row title")
        if row.get("description") is not None:
            _check_text(row["description"], ROW_DESCRIPTION_CHARACTERS, "row description")
    _check_unique([row["id"] for row in rows], "row ids")


def _check_text(value: Any, most: int, name: str, code: int = 131009) -> None:
    _require(isinstance(value, str) and bool(value.strip()), code, f"{name} must be a text.")
    _require(len(value) <= most, code, f"{name} must be at most {most} characters long.")


def _check_unique(values: list[str], name: str) -> None:
    _require(len(set(values)) == len(values), 131009, f"{name} must be unique.")


def _require(holds: bool, code: int, details: str) -> None:
    if not holds:
        raise _RefusedError(code, details)
