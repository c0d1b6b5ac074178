"""What Meta's webhooks hold, type by type, written from Meta's documentation and not from our parser."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from surereply.lab.errors import reported_error
from surereply.lab.lines import LabLine

Json = dict[str, Any]


def contact(name: str, *, number: str | None = None, bsuid: str | None = None, username: str | None = None) -> Json:
    """The `contacts[]` item; either name of the customer may be missing."""
    profile: Json = {"name": name}
    if username is not None:
        profile["username"] = username
    return {"profile": profile, **_present(wa_id=number, user_id=bsuid)}


def message(
    wamid: str,
    at: datetime,
    content: Mapping[str, Any],
    *,
    number: str | None = None,
    bsuid: str | None = None,
    reply_to: str | None = None,
    business_number: str | None = None,
) -> Json:
    """The `messages[]` item around a content such as `text("hi")`. Timestamps have whole seconds."""
    made = {
        **_present(**{"from": number, "from_user_id": bsuid}),
        "id": wamid,
        "timestamp": str(int(at.timestamp())),
        **content,
    }
    if reply_to is not None:
        made["context"] = {**_present(**{"from": business_number}), "id": reply_to}
    return made


def text(body: str) -> Json:
    return {"type": "text", "text": {"body": body}}


def button_reply(id: str, title: str) -> Json:
    return {
        "type": "interactive",
        "interactive": {"type": "button_reply", "button_reply": {"id": id, "title": title}},
    }


def list_reply(id: str, title: str, description: str | None = None) -> Json:
    reply = {"id": id, "title": title, **_present(description=description)}
    return {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": reply}}


def template_button(payload: str, title: str) -> Json:
    return {"type": "button", "button": {"payload": payload, "text": title}}


def form(answers: Mapping[str, Any]) -> Json:
    """A WhatsApp Flow sent back: `response_json` is a JSON string."""
    reply = {"response_json": json.dumps(answers), "body": "Sent", "name": "flow"}
    return {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}


def image(media_id: str, caption: str | None = None) -> Json:
    return {"type": "image", "image": {**_media(media_id, "image/png"), **_present(caption=caption)}}


def voice(media_id: str) -> Json:
    return {"type": "audio", "audio": {**_media(media_id, "audio/ogg; codecs=opus"), "voice": True}}


def audio(media_id: str) -> Json:
    return {"type": "audio", "audio": {**_media(media_id, "audio/mpeg"), "voice": False}}


def video(media_id: str, caption: str | None = None) -> Json:
    return {"type": "video", "video": {**_media(media_id, "video/mp4"), **_present(caption=caption)}}


def document(media_id: str, file_name: str, caption: str | None = None) -> Json:
    made = {**_media(media_id, "application/pdf"), "filename": file_name, **_present(caption=caption)}
    return {"type": "document", "document": made}


def sticker(media_id: str) -> Json:
    return {"type": "sticker", "sticker": {**_media(media_id, "image/webp"), "animated": False}}


def location(latitude: float, longitude: float, name: str | None = None, address: str | None = None) -> Json:
    place = {"latitude": latitude, "longitude": longitude, **_present(name=name, address=address)}
    return {"type": "location", "location": place}


def contacts(cards: Sequence[tuple[str, str]]) -> Json:
    """Shared contact cards: (name, phone number)."""
    made = [
        {
            "name": {"formatted_name": name, "first_name": name.split()[0]},
            "phones": [{"phone": number, "wa_id": number.lstrip("+"), "type": "CELL"}],
        }
        for name, number in cards
    ]
    return {"type": "contacts", "contacts": made}


def reaction(wamid: str, emoji: str | None) -> Json:
    """A reaction to a message; without an emoji it is taken back."""
    return {"type": "reaction", "reaction": {"message_id": wamid, **_present(emoji=emoji)}}


def order(items: Sequence[tuple[str, int, float, str]]) -> Json:
    """A cart sent from the catalogue: (product, quantity, price, currency)."""
    products = [
        {"product_retailer_id": product, "quantity": quantity, "item_price": price, "currency": currency}
        for product, quantity, price, currency in items
    ]
    return {"type": "order", "order": {"catalog_id": "194836987003835", "product_items": products}}


def welcome() -> Json:
    """The chat was opened for the first time, nothing was said."""
    return {"type": "request_welcome"}


def changed_number(old: str, new: str) -> Json:
    body = f"User A changed from {old} to {new}"
    return {"type": "system", "system": {"body": body, "wa_id": new, "type": "user_changed_number"}}


def changed_user_id(old: str, new: str) -> Json:
    body = "User A changed their user id"
    system = {"body": body, "user_id": new, "previous_user_id": old, "type": "user_changed_user_id"}
    return {"type": "system", "system": system}


def unsupported() -> Json:
    return {
        "type": "unsupported",
        "errors": [
            {
                "code": 131051,
                "title": "Message type unknown",
                "message": "Message type unknown",
                "error_data": {"details": "Message type is currently not supported."},
            }
        ],
    }


def unheard_of() -> Json:
    """A type that nobody has documented yet."""
    return {"type": "hologram", "hologram": {"frames": 12}}


def from_advertisement(content: Mapping[str, Any]) -> Json:
    """The same message after a click on a click-to-WhatsApp ad."""
    return {
        **content,
        "referral": {
            "source_url": "https://fb.me/ad",
            "source_type": "ad",
            "source_id": "120210",
            "headline": "Talk to us",
            "body": "We answer here",
            "ctwa_clid": "ARAkLkA8rmlFeiCktEJQ",
        },
    }


def echo(wamid: str, at: datetime, line: LabLine, body: str, *, number: str | None, bsuid: str | None) -> Json:
    """A message that the owner wrote from the phone app: the item of field `smb_message_echoes`."""
    return {
        "from": line.display_phone_number,
        **_present(to=number, to_user_id=bsuid),
        "id": wamid,
        "timestamp": str(int(at.timestamp())),
        **text(body),
    }


def status(
    wamid: str,
    stage: str,
    at: datetime,
    *,
    number: str | None = None,
    bsuid: str | None = None,
    callback_data: str | None = None,
    failed_code: int | None = None,
) -> Json:
    """The `statuses[]` item: how a send of ours fared."""
    made = {
        "id": wamid,
        "status": stage,
        "timestamp": str(int(at.timestamp())),
        **_present(recipient_id=number, recipient_user_id=bsuid, biz_opaque_callback_data=callback_data),
    }
    if failed_code is not None:
        made["errors"] = [reported_error(failed_code)]
    return made


def metadata(line: LabLine) -> Json:
    return {
        "display_phone_number": line.display_phone_number,
        "phone_number_id": line.phone_number_id,
    }


def _media(media_id: str, mime_type: str) -> Json:
    return {"mime_type": mime_type, "id": media_id}


def _present(**named: Any) -> Json:
    return {key: value for key, value in named.items() if value is not None}
