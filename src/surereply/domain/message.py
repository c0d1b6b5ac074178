"""What a customer sent, as we understand it: one value for every type WhatsApp knows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class MessageKind(StrEnum):
    TEXT = "text"
    TAP = "tap"  # a reply button, a list row, a template's quick reply
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    ORDER = "order"
    FORM = "form"  # nfm_reply, a WhatsApp Flow sent back
    WELCOME = "welcome"  # request_welcome: the chat was opened, nothing was said yet
    REACTION = "reaction"
    SYSTEM = "system"
    ECHO = "echo"  # the owner wrote from the phone app
    UNSUPPORTED = "unsupported"


MEDIA_KINDS = frozenset(
    {MessageKind.IMAGE, MessageKind.AUDIO, MessageKind.VIDEO, MessageKind.DOCUMENT, MessageKind.STICKER}
)

# Kept for the record, and never the start of a turn; the name is the recorded reason.
NEEDS_NO_TURN = frozenset({MessageKind.REACTION, MessageKind.SYSTEM, MessageKind.ECHO})


@dataclass(frozen=True, slots=True)
class Media:
    media_id: str
    mime_type: str
    file_name: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message kept. `text` is what was written, a caption, the title of what was tapped, or what was said in a voice
    note that was `transcribed`; "" if none."""

    id: UUID
    wamid: str
    kind: MessageKind
    text: str
    sent_at: datetime  # WhatsApp's timestamp, whole seconds; may be wrong
    received_at: datetime  # when we kept it
    tap: str | None = None  # id of the button or row that was tapped
    reply_to: str | None = None  # wamid of the message it answers
    media: Media | None = None
    location: Location | None = None
    form: str | None = None  # the JSON text of a form sent back
    shared_phones: tuple[str, ...] = ()  # phone numbers of shared contact cards
    transcribed: bool = False


class IdentifierKind(StrEnum):
    PHONE = "phone"  # wa_id: digits, no plus
    BSUID = "bsuid"
    USERNAME = "username"


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    kind: IdentifierKind
    value: str


def identifiers_of(phone: str | None, bsuid: str | None) -> tuple[Identifier, ...]:
    """Those of a customer that are known; none once they were erased."""
    by_kind = ((IdentifierKind.PHONE, phone), (IdentifierKind.BSUID, bsuid))
    return tuple(Identifier(kind, value) for kind, value in by_kind if value)
