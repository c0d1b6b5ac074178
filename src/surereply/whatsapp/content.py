"""What a message says, for every type WhatsApp knows; an unknown type or content is named as such."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Raw

from surereply.domain.message import Location, Media, MessageKind
from surereply.whatsapp import shapes

# All that reading a foreign item can raise: wrong shape, bad UTF-8, a nesting without end.
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


@dataclass(slots=True)
class Content:
    """The part of a `Message` that depends on its type; `problem` is set where it was not understood."""

    kind: MessageKind
    text: str = ""
    tap: str | None = None
    reply_to: str | None = None
    media: Media | None = None
    location: Location | None = None
    form: str | None = None
    shared_phones: tuple[str, ...] = ()
    problem: str | None = None


def read_content(head: shapes.Message) -> Content:
    """Never raises: a customer whose message cannot be read has still written, and is answered."""
    name = head.type if isinstance(head.type, str) else ""
    if name in WITHOUT_CONTENT:
        return Content(WITHOUT_CONTENT[name])
    if name not in READERS:
        return Content(MessageKind.UNSUPPORTED, problem="message of an unknown type")
    try:
        return READERS[name](getattr(head, name))
    except UNREADABLE:
        kind = NEVER_ANSWERED.get(name, MessageKind.UNSUPPORTED)
        return Content(kind, problem=f"content of the {name} message cannot be read")


def _text(raw: Raw) -> Content:
    return Content(MessageKind.TEXT, shapes.read_text(raw).body)


def _button(raw: Raw) -> Content:
    button = shapes.read_button(raw)
    return Content(MessageKind.TAP, button.text, tap=button.payload or button.text)


def _interactive(raw: Raw) -> Content:
    interactive = shapes.read_interactive(raw)
    tapped = interactive.button_reply or interactive.list_reply
    if tapped is not None:
        return Content(MessageKind.TAP, tapped.title, tap=tapped.id)
    if interactive.nfm_reply is not None:
        return Content(MessageKind.FORM, form=_json_text(interactive.nfm_reply.response_json))
    return Content(MessageKind.UNSUPPORTED, problem="interactive message of an unknown type")


def _json_text(form: Any) -> str:
    return form if isinstance(form, str) else msgspec.json.encode(form).decode()


def _file(kind: MessageKind) -> Callable[[Raw], Content]:
    def read(raw: Raw) -> Content:
        file = shapes.read_file(raw)
        media = Media(file.id, file.mime_type, file.filename, voice=bool(file.voice))
        return Content(kind, file.caption or "", media=media)

    return read


def _location(raw: Raw) -> Content:
    place = shapes.read_place(raw)
    if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):
        return Content(MessageKind.UNSUPPORTED, problem="location outside the globe")
    location = Location(place.latitude, place.longitude, place.name, place.address)
    return Content(MessageKind.LOCATION, location=location)


def _contacts(raw: Raw) -> Content:
    phones = [phone for card in shapes.read_cards(raw) for phone in card.phones or ()]
    shared = [f"+{phone.wa_id}" if phone.wa_id else phone.phone for phone in phones]
    return Content(MessageKind.CONTACTS, shared_phones=tuple(number for number in shared if number))


def _reaction(raw: Raw) -> Content:
    reaction = shapes.read_reaction(raw)
    return Content(MessageKind.REACTION, reaction.emoji or "", reply_to=reaction.message_id)


def _order(raw: Raw) -> Content:
    return Content(MessageKind.ORDER, shapes.read_order(raw).text or "")


def _system(raw: Raw) -> Content:
    return Content(MessageKind.SYSTEM, shapes.read_system(raw).body or "")


NEVER_ANSWERED = {"reaction": MessageKind.REACTION, "system": MessageKind.SYSTEM}
WITHOUT_CONTENT = {
    "request_welcome": MessageKind.WELCOME,
    "unsupported": MessageKind.UNSUPPORTED,
    "unknown": MessageKind.UNSUPPORTED,
}
READERS: dict[str, Callable[[Raw], Content]] = {
    "text": _text,
    "button": _button,
    "interactive": _interactive,
    "image": _file(MessageKind.IMAGE),
    "audio": _file(MessageKind.AUDIO),
    "video": _file(MessageKind.VIDEO),
    "document": _file(MessageKind.DOCUMENT),
    "sticker": _file(MessageKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
}
