"""The shapes of a delivery as WhatsApp writes it, read tolerantly: unknown fields ignored, items left raw."""

from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

NOTHING = Raw()  # reading it fails, as reading anything that is not there should


class Envelope(Struct):
    object: str
    entry: list[Raw]


class Entry(Struct):
    changes: list[Raw]
    id: Any = None  # of the WhatsApp Business account


class Change(Struct):
    value: Raw
    field: str = "messages"


class Value(Struct):
    metadata: Raw = NOTHING
    contacts: Raw = NOTHING
    messages: Raw = NOTHING
    statuses: Raw = NOTHING
    errors: Raw = NOTHING
    message_echoes: Raw = NOTHING
    user_preferences: Raw = NOTHING
    event: Any = None


class Metadata(Struct):
    phone_number_id: str


class Contact(Struct):
    wa_id: Any = None
    user_id: Any = None
    username: Any = None
    profile: Any = None


class Message(Struct, rename={"from_": "from"}):
    """Its head; the member named like the type is the content. A strange head is looked at, not refused."""

    id: Any = None
    from_: Any = None
    from_user_id: Any = None
    to: Any = None  # of an echo
    to_user_id: Any = None
    timestamp: Any = None
    type: Any = None
    context: Raw = NOTHING
    referral: Raw = NOTHING
    text: Raw = NOTHING
    button: Raw = NOTHING
    interactive: Raw = NOTHING
    image: Raw = NOTHING
    audio: Raw = NOTHING
    video: Raw = NOTHING
    document: Raw = NOTHING
    sticker: Raw = NOTHING
    location: Raw = NOTHING
    contacts: Raw = NOTHING
    reaction: Raw = NOTHING
    order: Raw = NOTHING
    system: Raw = NOTHING


class Text(Struct):
    body: str


class Button(Struct):
    text: str
    payload: str | None = None


class Choice(Struct):
    id: str
    title: str = ""


class Form(Struct):
    response_json: Any  # a JSON string; an object is taken too


class Interactive(Struct):
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Form | None = None


class File(Struct):
    id: str
    mime_type: str = "application/octet-stream"
    caption: str | None = None
    filename: str | None = None
    voice: bool | None = None


class Place(Struct):
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class CardPhone(Struct):
    phone: str | None = None
    wa_id: str | None = None


class Card(Struct):
    phones: list[CardPhone] | None = None


class Reaction(Struct):
    message_id: str
    emoji: str | None = None  # none: the reaction was taken back


class Order(Struct):
    text: str | None = None


class System(Struct):
    """`wa_id` (or `new_wa_id`) and `user_id` are the new names; the message's sender is the old one."""

    body: str | None = None
    type: str | None = None
    wa_id: Any = None
    new_wa_id: Any = None
    user_id: Any = None


class Context(Struct):
    id: str | None = None


class Referral(Struct):
    source_type: str | None = None
    source_id: str | None = None
    source_url: str | None = None
    headline: str | None = None
    ctwa_clid: str | None = None


class Status(Struct):
    id: Any = None
    status: Any = None
    timestamp: Any = None
    recipient_id: Any = None
    recipient_user_id: Any = None
    biz_opaque_callback_data: Any = None
    errors: Any = None


class Preference(Struct):
    wa_id: Any = None
    user_id: Any = None
    category: Any = None
    value: Any = None
    timestamp: Any = None


read_envelope = Decoder(Envelope).decode
read_entry = Decoder(Entry).decode
read_change = Decoder(Change).decode
read_value = Decoder(Value).decode
read_metadata = Decoder(Metadata).decode
read_items = Decoder(list[Raw]).decode
read_contact = Decoder(Contact).decode
read_message = Decoder(Message).decode
read_status = Decoder(Status).decode
read_preference = Decoder(Preference).decode
read_text = Decoder(Text).decode
read_button = Decoder(Button).decode
read_interactive = Decoder(Interactive).decode
read_file = Decoder(File).decode
read_place = Decoder(Place).decode
read_cards = Decoder(list[Card]).decode
read_reaction = Decoder(Reaction).decode
read_order = Decoder(Order).decode
read_system = Decoder(System).decode
read_context = Decoder(Context).decode
read_referral = Decoder(Referral).decode
read_error = Decoder(dict[str, Any]).decode
